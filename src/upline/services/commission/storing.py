"""From arrays to tables: a run's figures go by binary COPY into partitions of its own.

Each partition is made bare, filled, and only then attached, which builds its indexes in one pass;
readers see nothing until the period points at the run.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import psycopg
from psycopg import sql

from upline.core.copy import Column, Kind, write_columns
from upline.core.progress import Progress
from upline.engine.result import Result
from upline.engine.snapshot import Snapshot

KEYS = {
    "member_periods": ("run_id", "customer_id", "sponsor_id", "enroller_id", "pre"),
    "commission_checks": ("run_id", "customer_id"),
    "check_items": ("run_id", "customer_id"),
    "commission_lines": ("run_id", "customer_id", "bonus_id", "level"),
}
TABLES = tuple(KEYS)

Connection = psycopg.AsyncConnection[Any]
Array = np.ndarray[Any, Any]


async def store(
    connection: Connection,
    run_id: int,
    snapshot: Snapshot,
    result: Result,
    *,
    numbered: bool,
    progress: Progress,
) -> None:
    """Write every figure of a run; `numbered` draws check numbers (final runs only)."""
    tables: dict[str, Sequence[Column]] = {
        "member_periods": _members(snapshot, result),
        "commission_checks": _checks(snapshot, result, numbered=numbered),
        "check_items": _items(snapshot, result),
        "commission_lines": _lines(snapshot, result),
    }
    for done, (table, columns) in enumerate(tables.items()):
        progress("Storing", done, len(tables))
        partition = partition_name(table, run_id)
        await connection.execute(
            sql.SQL(
                "CREATE TABLE {} (LIKE {} INCLUDING DEFAULTS INCLUDING CONSTRAINTS,"
                " CONSTRAINT run_id CHECK (run_id = {}))"
            ).format(sql.Identifier(partition), sql.Identifier(table), sql.Literal(run_id))
        )
        count = len(columns[0].values)
        key = Column("run_id", Kind.BIGINT, np.full(count, run_id, np.int64))
        await write_columns(connection, partition, [key, *columns])
    for table in TABLES:
        # Without statistics the first readers of a fresh partition would be planned blindly; the
        # columns they look things up by are enough.
        keys = sql.SQL(", ").join(map(sql.Identifier, KEYS[table]))
        await connection.execute(
            sql.SQL("ANALYZE {} ({})").format(sql.Identifier(partition_name(table, run_id)), keys)
        )
        await connection.execute(
            sql.SQL("ALTER TABLE {} ATTACH PARTITION {} FOR VALUES IN ({})").format(
                sql.Identifier(table),
                sql.Identifier(partition_name(table, run_id)),
                sql.Literal(run_id),
            )
        )
        # Partitions inherit the guards against changing rows, but not the one against TRUNCATE.
        await connection.execute(
            sql.SQL(
                "CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON {}"
                " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
            ).format(sql.Identifier(partition_name(table, run_id)))
        )
    progress("Storing", len(tables), len(tables))


async def drop(connection: Connection, run_id: int) -> None:
    """Remove the partitions of a superseded preview."""
    for table in TABLES:
        await connection.execute(
            sql.SQL("DROP TABLE IF EXISTS {}").format(sql.Identifier(partition_name(table, run_id)))
        )


def partition_name(table: str, run_id: int) -> str:
    """The partition of `table` that holds one run."""
    return f"{table}_r{run_id}"


def _members(snapshot: Snapshot, result: Result) -> list[Column]:
    ids = snapshot.customer_id

    def id_of(name: str, index: Array) -> Column:
        return Column(name, Kind.BIGINT, np.where(index >= 0, ids[index], 0), null=index < 0)

    unplaced = (snapshot.binary_parent < 0) & (snapshot.binary_end - snapshot.binary_pre <= 1)
    volumes = (
        "pv", "cv", "total_pv", "gv", "ov", "ov_less_2", "ov_less_3", "ov_less_4", "ov_less_5",
        "ov_less_6", "carry_left_out", "carry_right_out",
    )  # fmt: skip
    return [
        Column("customer_id", Kind.BIGINT, ids),
        Column("customer_type_id", Kind.SMALLINT, snapshot.customer_type),
        Column("status_id", Kind.SMALLINT, snapshot.status),
        id_of("sponsor_id", snapshot.sponsor),
        Column("pre", Kind.INTEGER, np.arange(len(ids), dtype=np.int32)),
        Column("pre_end", Kind.INTEGER, snapshot.end),
        Column("level", Kind.INTEGER, snapshot.level),
        id_of("enroller_id", snapshot.enroller),
        id_of("binary_parent_id", snapshot.binary_parent),
        Column(
            "binary_position_id",
            Kind.SMALLINT,
            snapshot.binary_position,
            null=snapshot.binary_position == 0,
        ),
        Column("binary_pre", Kind.INTEGER, snapshot.binary_pre, null=unplaced),
        Column("binary_pre_end", Kind.INTEGER, snapshot.binary_end, null=unplaced),
        Column("binary_level", Kind.INTEGER, snapshot.binary_level, null=unplaced),
        *(Column(name, Kind.NUMERIC, getattr(result, name)) for name in volumes),
        Column("left_volume", Kind.NUMERIC, result.left),
        Column("right_volume", Kind.NUMERIC, result.right),
        Column("carry_left_in", Kind.NUMERIC, snapshot.carry_left),
        Column("carry_right_in", Kind.NUMERIC, snapshot.carry_right),
        Column("rank_id", Kind.SMALLINT, result.rank),
        Column("paid_rank_id", Kind.SMALLINT, result.paid_rank),
        Column("max_rank_id", Kind.SMALLINT, result.max_rank),
        Column("previous_rank_id", Kind.SMALLINT, snapshot.previous_rank),
        Column("is_active", Kind.BOOLEAN, result.is_active),
        Column("is_qualified", Kind.BOOLEAN, result.is_qualified),
    ]


def _checks(snapshot: Snapshot, result: Result, *, numbered: bool) -> list[Column]:
    checks = result.checks
    columns = [
        Column("customer_id", Kind.BIGINT, snapshot.customer_id[checks.payee]),
        Column("total_commission", Kind.NUMERIC, checks.total_commission),
        Column("adjustments", Kind.NUMERIC, checks.adjustments),
        Column("net", Kind.NUMERIC, checks.net),
    ]
    if not numbered:
        # Left out, check_id takes the next number of its sequence.
        columns.append(Column("check_id", Kind.BIGINT, np.zeros(len(checks.payee), np.int64)))
    return columns


def _items(snapshot: Snapshot, result: Result) -> list[Column]:
    items = result.items
    return [
        Column("item_no", Kind.BIGINT, np.arange(1, len(items.payee) + 1, dtype=np.int64)),
        Column("customer_id", Kind.BIGINT, snapshot.customer_id[items.payee]),
        Column("kind_id", Kind.SMALLINT, items.kind),
        Column("bonus_id", Kind.SMALLINT, items.bonus_id),
        Column("ledger_type_id", Kind.SMALLINT, items.ledger_type),
        Column("level", Kind.SMALLINT, items.level),
        Column("volume", Kind.NUMERIC, items.volume),
        Column("rate", Kind.MILLIONTHS, items.rate),
        Column("amount", Kind.NUMERIC, items.amount),
    ]


def _lines(snapshot: Snapshot, result: Result) -> list[Column]:
    lines = result.lines
    return [
        Column("line_no", Kind.BIGINT, np.arange(1, len(lines.payee) + 1, dtype=np.int64)),
        Column("customer_id", Kind.BIGINT, snapshot.customer_id[lines.payee]),
        Column("source_id", Kind.BIGINT, snapshot.customer_id[lines.source]),
        Column("entry_id", Kind.BIGINT, lines.entry_id),
        Column("bonus_id", Kind.SMALLINT, lines.bonus_id),
        Column("level", Kind.SMALLINT, lines.level),
        Column("paid_level", Kind.SMALLINT, lines.paid_level),
        Column("base", Kind.NUMERIC, lines.base),
        Column("rate", Kind.MILLIONTHS, lines.rate),
        Column("amount", Kind.NUMERIC, lines.amount),
    ]
