"""Importing autoships: standing monthly orders with their contents, priced as they are sold."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

from upline.core.context import Context
from upline.core.progress import Progress, silent
from upline.services.imports.checks import Check, find_bad_rows, unknown_customer
from upline.services.imports.fields import (
    Bad,
    Field,
    choice,
    identifier,
    remembered,
    required,
    shown,
)
from upline.services.imports.order_fields import items, some
from upline.services.imports.product_fields import whole
from upline.services.imports.reference import Reference, load_reference
from upline.services.imports.report import Outcome
from upline.services.imports.staging import Connection, stage
from upline.services.imports.transaction import advance_sequence, importing, record
from upline.services.period import calendar

STAGED = "staged_autoships"
READY = "import_autoships"
ITEMS = "import_autoship_items"
PROGRAMS = {"Local market": 1, "OTG": 1, "Not for resale": 2, "NFR": 2}
STATUSES = {"Active": 1, "Paused": 2, "Cancelled": 3}
LAST_DAY = 28
FIRST_DATE, LAST_DATE = date(1990, 1, 1), date(2199, 12, 31)

# The same product twice in a cell is one item of both quantities.
_ITEMS = f"""
CREATE TEMPORARY TABLE {ITEMS} ON COMMIT DROP AS
SELECT s.line, p.product_id, min(p.sku) AS sku, sum(item.quantity) AS quantity,
  min(c.country_code) AS country_code, min(r.currency_code) AS currency_code,
  min(CASE WHEN c.customer_type_id = 3 THEN r.retail_price ELSE r.wholesale_price END) AS price,
  min(r.pv) AS pv, min(r.cv) AS cv
FROM {STAGED} s JOIN customers c USING (customer_id)
CROSS JOIN LATERAL unnest(s.product_ids, s.quantities) AS item (product_id, quantity)
JOIN products p ON p.product_id = item.product_id
LEFT JOIN product_prices r ON r.product_id = p.product_id AND r.country_code = c.country_code
WHERE NOT s.broken
GROUP BY s.line, p.product_id
"""
# Numbered by member and program, so that the order of the rows in the file makes no difference.
_READY = f"""
CREATE TEMPORARY TABLE {READY} ON COMMIT DROP AS
SELECT s.line, row_number() OVER (ORDER BY s.customer_id, coalesce(s.program_id, 1), s.line)
  + coalesce((SELECT max(autoship_id) FROM autoships), 0) AS autoship_id,
  s.customer_id, coalesce(s.program_id, 1) AS program_id, coalesce(s.status_id, 1) AS status_id,
  s.day_of_month, coalesce(s.started_on, %(today)s) AS started_on,
  CASE WHEN coalesce(s.status_id, 1) = 1 THEN coalesce(s.next_date, due.next) END AS next_date,
  i.currency_code, i.pv, i.cv, i.total
FROM {STAGED} s
JOIN (SELECT line, min(currency_code) AS currency_code, sum(pv * quantity) AS pv,
        sum(cv * quantity) AS cv, sum(price * quantity) AS total
      FROM {ITEMS} GROUP BY line) i USING (line)
CROSS JOIN LATERAL (SELECT date_trunc('month', %(today)s::date)::date + s.day_of_month - 1) d (this)
CROSS JOIN LATERAL (SELECT CASE WHEN d.this > %(today)s::date THEN d.this
                           ELSE (d.this + interval '1 month')::date END) due (next)
"""
_STATEMENTS = {
    "autoships": f"""
INSERT INTO autoships (autoship_id, customer_id, program_id, status_id, day_of_month, next_date,
  started_on, cancelled_on, currency_code, pv, cv, total)
SELECT autoship_id, customer_id, program_id, status_id, day_of_month, next_date, started_on,
  CASE WHEN status_id = 3 THEN %(today)s::date END, currency_code, pv, cv, total
FROM {READY} ORDER BY autoship_id
""",
    "autoship_items": f"""
INSERT INTO autoship_items (autoship_id, product_id, quantity)
SELECT r.autoship_id, i.product_id, i.quantity FROM {ITEMS} i JOIN {READY} r USING (line)
""",
}
_STAGED_CHECKS = (
    unknown_customer(STAGED, "member", "customer_id", in_file=False),
    Check(
        "member",
        "SELECT line, 'has this program in line ' || first || ' already' FROM (SELECT line,"
        "  min(line) OVER (PARTITION BY customer_id, coalesce(program_id, 1)) AS first"
        f" FROM {STAGED} WHERE NOT broken AND coalesce(status_id, 1) < 3) s WHERE line > first",
    ),
    Check(
        "member",
        f"SELECT s.line, 'has an autoship of this program already' FROM {STAGED} s"
        " WHERE NOT broken AND coalesce(s.status_id, 1) < 3 AND EXISTS (SELECT FROM autoships a"
        "  WHERE a.customer_id = s.customer_id AND a.program_id = coalesce(s.program_id, 1)"
        "  AND a.status_id < 3)",
    ),
)
_ITEM_CHECKS = (
    Check(
        "items",
        f"SELECT line, '“' || sku || '” is not sold in ' || country_code FROM {ITEMS}"
        " WHERE price IS NULL",
    ),
    Check(
        "items",
        f"SELECT line, 'has more than 99999 of “' || sku || '”' FROM {ITEMS}"
        " WHERE quantity > 99999",
    ),
)


def day(cell: str) -> str:
    """A calendar day, which may lie ahead."""
    cell = cell.strip()
    if not cell:
        return ""
    try:
        found = date.fromisoformat(cell)
    except ValueError:
        raise Bad(f"{shown(cell)} is not a date (YYYY-MM-DD)") from None
    if not FIRST_DATE <= found <= LAST_DATE:
        raise Bad(f"{shown(cell)} lies too far away")
    return found.isoformat()


def not_before(today: date) -> Callable[[str], str]:
    """A calendar day from today on."""

    def convert(cell: str) -> str:
        found = day(cell)
        if found and date.fromisoformat(found) < today:
            raise Bad(f"{shown(cell)} lies in the past")
        return found

    return convert


def autoship_fields(reference: Reference, today: date) -> tuple[Field, ...]:
    """What an autoships file may hold; the member comes first (see staging.stage)."""
    return (
        Field("member", ("customer_id bigint",), required(identifier),
              ("member id", "customer", "customer id"), required=True),
        Field("day", ("day_of_month smallint",), required(whole(1, LAST_DAY)),
              ("day of month", "autoship day"), required=True),
        Field("items", ("product_ids bigint[]", "quantities integer[]"),
              some(items(reference.products)), ("products",), required=True, structured=True),
        Field("program", ("program_id smallint",), remembered(choice(PROGRAMS, "program"))),
        Field("status", ("status_id smallint",), remembered(choice(STATUSES, "status"))),
        Field("next_date", ("next_date date",), remembered(not_before(today)), ("next",)),
        Field("started", ("started_on date",), remembered(day), ("started on",)),
    )  # fmt: skip


async def import_autoships(
    ctx: Context, path: Path, *, dry_run: bool = False, progress: Progress = silent
) -> Outcome:
    """Import an autoships file: every row, or none and the list of what is wrong with it.

    Raises FileRefused for a file that is no table, ImportRunning, ChangedMeanwhile.
    """
    reference = await load_reference(ctx)
    today = calendar.local_date(ctx.now, ctx.company.time_zone)
    async with importing(ctx) as connection:
        layout = autoship_fields(reference, today)
        staged = await stage(connection, path, STAGED, layout, progress)
        await find_bad_rows(connection, _STAGED_CHECKS, staged.issues)
        for table, statement in ((ITEMS, _ITEMS), (READY, _READY)):
            await connection.execute(f"DROP TABLE IF EXISTS pg_temp.{table}")
            await connection.execute(statement, {"today": today})
        await find_bad_rows(connection, _ITEM_CHECKS, staged.issues)
        stored: dict[str, int] = {}
        if not staged.issues and not dry_run:
            stored = await _store(connection, today, progress)
            await record(ctx, "autoships", path, stored)
    return Outcome(staged.rows, stored, tuple(staged.issues), dry_run)


async def _store(connection: Connection, today: date, progress: Progress) -> dict[str, int]:
    stored: dict[str, int] = {}
    for name, statement in _STATEMENTS.items():
        progress(f"Storing {name.replace('_', ' ')}", 0, None)
        stored[name] = (await connection.execute(statement, {"today": today})).rowcount
        progress(f"Storing {name.replace('_', ' ')}", stored[name], stored[name])
    await advance_sequence(connection, "autoships", "autoship_id")
    return stored
