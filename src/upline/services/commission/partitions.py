"""The partitions of a run: made bare, filled by binary COPY, indexed, attached.

A table that nobody can see yet needs no guard, no log of its rows (where the server keeps a minimal
one) and no second look at them: COPY writes them as old rows are, visible to all (FREEZE). What it
takes to be a partition of its table, indexes and a CHECK on `run_id`, is there before it is
attached, so attaching reads no row.
"""

from collections.abc import Iterable, Sequence
from typing import Any, LiteralString, NamedTuple

import numpy as np
import psycopg
from psycopg import sql

from upline.core.copy import Column, Kind, write_columns
from upline.services.commission import downline_counts

KEYS = {
    "member_periods": ("run_id", "customer_id", "sponsor_id", "enroller_id", "pre"),
    "commission_checks": ("run_id", "customer_id"),
    "check_items": ("run_id", "customer_id"),
    "commission_lines": ("run_id", "customer_id", "bonus_id", "level"),
    "binary_lots": ("run_id", "customer_id"),
    "bonus_memories": ("run_id", "customer_id"),
    "rollup_blocks": ("run_id", "kind_id", "block_no"),
    "level_blocks": ("run_id", "level", "place"),
    "contest_standings": ("run_id", "contest_id", "ordinal", "customer_id"),
    "contest_entries": ("run_id", "contest_id", "customer_id"),
    "contest_tops": ("run_id", "contest_id", "tier", "node_no"),
}
TABLES = tuple(KEYS)
# Tables of many runs, whose rows go with a run as well.
SHARED = (downline_counts.TABLE, "leg_blocks", "loose_members", "name_blocks", "rollups")
# What news are folded into, and how full pages of members are left for rows that change in place.
CHANGEABLE = (
    "member_periods",
    "commission_checks",
    "check_items",
    "commission_lines",
    "bonus_memories",
)
ROOMY = 85
# Of the rows that statistics usually rest on; of final figures the server takes better ones in its
# own time. Previews last for minutes, and tidying them up would take the processors from the news.
STATISTICS = 25

INDEXES = """
SELECT t.name, c.oid IS NOT NULL, CASE WHEN c.oid IS NOT NULL
  THEN format('ALTER TABLE %%I ADD %%s', t.partition, pg_get_constraintdef(c.oid))
  ELSE format('CREATE %%s INDEX ON %%I %%s', CASE WHEN i.indisunique THEN 'UNIQUE' ELSE '' END,
              t.partition, substring(pg_get_indexdef(i.indexrelid) FROM 'USING .*')) END
FROM unnest(%(tables)s::text[], %(partitions)s::text[]) t (name, partition)
JOIN pg_index i ON i.indrelid = to_regclass(t.name)
LEFT JOIN pg_constraint c ON c.conindid = i.indexrelid AND c.conrelid = i.indrelid
ORDER BY i.indexrelid
"""

Connection = psycopg.AsyncConnection[Any]
Part = Sequence[Column]


class Indexes(NamedTuple):
    """Statements that give a partition the indexes of its table: keys need it for themselves, of
    the others several may be built at once."""

    keys: list[LiteralString]
    others: list[LiteralString]


def partition_name(table: str, run_id: int) -> str:
    """The partition of `table` that holds one run."""
    return f"{table}_r{run_id}"


async def find_indexes(
    connection: Connection, run_id: int, tables: Iterable[str]
) -> dict[str, Indexes]:
    """The indexes that the partitions of a run need, by table; shared tables have theirs."""
    own = [table for table in tables if table not in SHARED]
    partitions = [partition_name(table, run_id) for table in own]
    found = await connection.execute(INDEXES, {"tables": own, "partitions": partitions})
    indexes = {table: Indexes([], []) for table in tables}
    for table, is_key, statement in await found.fetchall():
        (indexes[table].keys if is_key else indexes[table].others).append(statement)
    return indexes


async def fill(
    connection: Connection,
    run_id: int,
    table: str,
    parts: Sequence[Part],
    indexes: Sequence[LiteralString],
    *,
    changeable: bool,
) -> None:
    """Make the partition of one table with all its rows and some of its indexes; the run_id is
    added to each row.

    It must be made and filled in one transaction, which others do not see before its end.
    """
    if table in SHARED:
        for columns in parts:
            await write_columns(connection, table, _of_run(run_id, columns))
        return
    partition = partition_name(table, run_id)
    await connection.execute(
        sql.SQL(
            "CREATE TABLE {} (LIKE {} INCLUDING DEFAULTS INCLUDING CONSTRAINTS"
            " INCLUDING STORAGE, CONSTRAINT run_id CHECK (run_id = {}))"
            " WITH (fillfactor = {}, autovacuum_enabled = {})"
        ).format(
            sql.Identifier(partition),
            sql.Identifier(table),
            sql.Literal(run_id),
            sql.Literal(ROOMY if changeable and table == "member_periods" else 100),
            sql.Literal(not changeable),
        )
    )
    for columns in parts:
        await write_columns(connection, partition, _of_run(run_id, columns), freeze=True)
    for statement in indexes:
        await connection.execute(statement)
    # Without statistics the first readers of a fresh partition would be planned blindly; for them
    # the columns they look things up by are enough.
    await connection.execute(
        sql.SQL("SET LOCAL default_statistics_target = {}").format(sql.Literal(STATISTICS))
    )
    keys = sql.SQL("({})").format(sql.SQL(", ").join(map(sql.Identifier, KEYS[table])))
    columns_told = sql.SQL("") if changeable else keys
    await connection.execute(
        sql.SQL("ANALYZE {} {}").format(sql.Identifier(partition), columns_told)
    )


def _of_run(run_id: int, columns: Part) -> Part:
    count = len(columns[0].values)
    return [Column("run_id", Kind.BIGINT, np.full(count, run_id, np.int64)), *columns]


async def attach(
    connection: Connection, run_id: int, tables: Sequence[str], *, changeable: bool
) -> None:
    """Let filled partitions belong to their tables; `changeable` lets rows be changed afterwards
    (previews only: the database looks)."""
    # In one order, so that two runs that end at once never wait for each other.
    for table in [table for table in TABLES if table in tables]:
        partition = sql.Identifier(partition_name(table, run_id))
        await connection.execute(
            sql.SQL("ALTER TABLE {} ATTACH PARTITION {} FOR VALUES IN ({})").format(
                sql.Identifier(table), partition, sql.Literal(run_id)
            )
        )
        # Partitions inherit the guards against changing rows, but not the one against TRUNCATE.
        await connection.execute(
            sql.SQL(
                "CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON {}"
                " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
            ).format(partition)
        )
        if changeable and table in CHANGEABLE:
            await _let_change(connection, run_id, partition)


async def _let_change(connection: Connection, run_id: int, partition: sql.Identifier) -> None:
    """Guard the partition of a preview by its kind, once a statement, instead of row by row."""
    await connection.execute(
        sql.SQL("ALTER TABLE {} DISABLE TRIGGER append_only_rows").format(partition)
    )
    await connection.execute(
        sql.SQL(
            "CREATE TRIGGER preview_only BEFORE UPDATE OR DELETE ON {}"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_unless_preview({})"
        ).format(partition, sql.Literal(str(run_id)))
    )


async def drop(connection: Connection, run_id: int) -> None:
    """Remove what a run stored: partitions, attached or not, and its rows elsewhere.

    Waits for whoever still writes it: they hold the row of the run.
    """
    await connection.execute("SELECT FROM commission_runs WHERE run_id = %s FOR UPDATE", [run_id])
    for table in TABLES:
        await connection.execute(
            sql.SQL("DROP TABLE IF EXISTS {}").format(sql.Identifier(partition_name(table, run_id)))
        )
    for table in SHARED:
        await connection.execute(
            sql.SQL("DELETE FROM {} WHERE run_id = %s").format(sql.Identifier(table)), [run_id]
        )
