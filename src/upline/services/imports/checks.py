"""What only the whole file and the database together can tell, asked set by set in SQL."""

from collections.abc import Iterable
from typing import NamedTuple

from upline.services.imports.report import Issues
from upline.services.imports.staging import Connection


class Check(NamedTuple):
    """A question whose every answer is a bad row: `query` selects its line and the reason."""

    column: str
    query: str


async def find_bad_rows(connection: Connection, checks: Iterable[Check], issues: Issues) -> None:
    """Ask every check and add what it finds to `issues`, lowest lines first."""
    for check in checks:
        if issues.full:
            return
        cursor = await connection.execute(
            f"SELECT line, reason FROM ({check.query}) AS found (line, reason)"
            f" ORDER BY line LIMIT {issues.room}"
        )
        for line, reason in await cursor.fetchall():
            issues.add(line, check.column, reason)


def repeated(table: str, column: str, key: str, also: str = "") -> Check:
    """Rows whose `key` stood in an earlier line; `also` is a second part of the key."""
    keys = f"{key} AS key, {also or 'NULL::integer'} AS also"
    return Check(
        column,
        f"SELECT s.line, 'is the same as in line ' || first.line"
        f" FROM (SELECT line, {keys} FROM {table}) s"
        f" JOIN (SELECT min(line) AS line, key, also FROM (SELECT line, {keys} FROM {table}) k"
        f"       WHERE key IS NOT NULL GROUP BY key, also HAVING count(*) > 1) first"
        f"   ON s.key = first.key AND s.also IS NOT DISTINCT FROM first.also"
        f" WHERE s.line > first.line",
    )


def unknown_customer(table: str, column: str, key: str, *, in_file: bool) -> Check:
    """Rows that refer to a member who is neither a customer nor, where allowed, in the file."""
    elsewhere = f"AND NOT EXISTS (SELECT FROM {table} p WHERE p.customer_id = s.{key})"
    where = "neither in the file nor a customer" if in_file else "not a customer"
    return Check(
        column,
        f"SELECT s.line, '“' || s.{key} || '” is {where}' FROM {table} s"
        f" WHERE s.{key} IS NOT NULL {elsewhere if in_file else ''}"
        f" AND NOT EXISTS (SELECT FROM customers c WHERE c.customer_id = s.{key})",
    )
