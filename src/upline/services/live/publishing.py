"""Changes of a live preview written into the tables where it stands, in one transaction.

Rows of members are changed in place: as long as labels and ranks stay, no index is touched. Checks,
items and lines go by their keys and come by COPY.
"""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

import numpy as np
import psycopg
from psycopg import sql
from sqlalchemy import select, update

from upline.core.context import Context
from upline.core.copy import Column, Kind, write_columns
from upline.core.db import raw_connection
from upline.engine.exchange import LocalChecks
from upline.engine.items import Checks, Items
from upline.engine.line_book import Rewritten
from upline.engine.memory import Memories
from upline.engine.printed_rows import Replaced
from upline.engine.result import Result
from upline.engine.snapshot import Snapshot
from upline.models.commission import CommissionRun
from upline.models.period import Period
from upline.services.commission import partitions, runs, storing
from upline.services.commission.memories import memory_columns
from upline.services.commission.runs import COMMITTED
from upline.services.live.comparing import leg_figures
from upline.services.live.holding import Changes
from upline.services.live.leg_blocks import block_columns
from upline.services.period.queries import OPEN

Connection = psycopg.AsyncConnection[Any]
CHANGED, CHANGED_BLOCKS = "changed_members", "changed_leg_blocks"
# Rows to change are copied into tables of the session that every transaction finds empty. They are
# looked up one by one: a plan that reads the whole partition would be made for a few thousand.
READY = f"""
CREATE TEMP TABLE IF NOT EXISTS {CHANGED} (LIKE member_periods INCLUDING DEFAULTS)
    ON COMMIT DELETE ROWS;
CREATE TEMP TABLE IF NOT EXISTS {CHANGED_BLOCKS} (LIKE leg_blocks INCLUDING DEFAULTS)
    ON COMMIT DELETE ROWS;
SET LOCAL enable_hashjoin = off;
SET LOCAL enable_mergejoin = off;
"""


class Overtaken(Exception):
    """The figures held are not in force any more, or not as they were left."""


async def publish(ctx: Context, changes: Changes) -> None:
    """Write what a fold changed; raises Overtaken when the preview is not ours to change."""
    run_id = changes.started.run_id
    await _claim(ctx, changes)
    connection = await raw_connection(await ctx.session.connection())
    await connection.execute(READY)
    snapshot, result = changes.snapshot, changes.result
    await _delete(connection, run_id, snapshot, changes)
    await _change_members(connection, run_id, changes)
    if len(changes.newcomers):
        newcomers = storing.member_columns(snapshot, result, changes.labelled, changes.newcomers)
        await _insert(connection, "member_periods", run_id, newcomers)
    await _change_legs(connection, run_id, changes)
    came = changes.checks.came
    checks = replace(result, checks=Checks(*_rows(result.checks, came)))
    if len(result.local.net):
        checks = replace(checks, local=LocalChecks(*_rows(result.local, came)))
    columns = storing.check_columns(snapshot, checks, numbered=False)
    await _insert(connection, "commission_checks", run_id, columns)
    items = replace(result, items=Items(*_rows(result.items, changes.items.came)))
    columns = storing.item_columns(snapshot, items)
    await _insert_numbered(connection, "check_items", run_id, changes.items, columns)
    lines = replace(result, lines=changes.lines.came)
    columns = storing.line_columns(snapshot, lines)
    await _insert_numbered(connection, "commission_lines", run_id, changes.lines, columns)
    await _remember(connection, run_id, snapshot, result, changes.memories)
    await _record(ctx, changes)


async def _claim(ctx: Context, changes: Changes) -> None:
    """Make sure that the preview stands as we left it, and keep it from being replaced.

    The lock lets orders go on: it waits for a close alone, as theirs do.
    """
    figures = (
        await ctx.session.execute(
            select(Period.run_id, Period.status_id, CommissionRun.seen)
            .join(CommissionRun, CommissionRun.run_id == Period.run_id)
            .where(Period.period_id == changes.started.period_id)
            .with_for_update(read=True, of=Period)
        )
    ).one_or_none()
    if figures != (changes.started.run_id, OPEN, changes.after):
        raise Overtaken


async def _delete(
    connection: Connection, run_id: int, snapshot: Snapshot, changes: Changes
) -> None:
    """Take out the rows that are not there any more, of all tables in one statement."""
    keys: list[tuple[str, str, storing.Array]] = [
        ("commission_checks", "customer_id", snapshot.customer_id[changes.checks.members]),
        ("check_items", "item_no", changes.items.gone + 1),
        ("commission_lines", "line_no", changes.lines.gone + 1),
        ("bonus_memories", "customer_id", snapshot.customer_id[changes.memories.members]),
    ]
    gone = [(table, key, values.tolist()) for table, key, values in keys if len(values)]
    if not gone:
        return
    parts = [
        sql.SQL("{} AS (DELETE FROM {} WHERE run_id = {} AND {} = ANY(%s))").format(
            sql.Identifier(f"gone_{table}"),
            sql.Identifier(partitions.partition_name(table, run_id)),
            sql.Literal(run_id),
            sql.Identifier(key),
        )
        for table, key, _ in gone
    ]
    statement = sql.SQL("WITH {} SELECT").format(sql.SQL(", ").join(parts))
    await connection.execute(statement, [values for *_, values in gone])


async def _change_members(connection: Connection, run_id: int, changes: Changes) -> None:
    if not len(changes.changed):
        return
    columns = storing.member_columns(
        changes.snapshot, changes.result, changes.labelled, changes.changed
    )
    await _fill(connection, CHANGED, run_id, columns)
    names = [sql.Identifier(column.name) for column in columns if column.name != "customer_id"]
    await connection.execute(
        sql.SQL(
            "UPDATE {} m SET ({}) = ROW({}) FROM {} c"
            " WHERE m.run_id = {} AND m.customer_id = c.customer_id"
        ).format(
            sql.Identifier(partitions.partition_name("member_periods", run_id)),
            sql.SQL(", ").join(names),
            sql.SQL(", ").join(sql.SQL("c.{}").format(name) for name in names),
            sql.Identifier(CHANGED),
            sql.Literal(run_id),
        )
    )


async def _change_legs(connection: Connection, run_id: int, changes: Changes) -> None:
    if not len(changes.legs):
        return
    figures = leg_figures(changes.snapshot, changes.result)
    columns = block_columns(figures, changes.labelled.leg_place, changes.legs)
    await _fill(connection, CHANGED_BLOCKS, run_id, columns)
    await connection.execute(
        sql.SQL(
            "INSERT INTO leg_blocks (run_id, block_no, figures)"
            " SELECT run_id, block_no, figures FROM {}"
            " ON CONFLICT (run_id, block_no) DO UPDATE SET figures = excluded.figures"
        ).format(sql.Identifier(CHANGED_BLOCKS))
    )


async def _fill(connection: Connection, table: str, run_id: int, columns: Sequence[Column]) -> None:
    """Copy rows into a table of this transaction."""
    await write_columns(connection, table, [_run_key(run_id, len(columns[0].values)), *columns])


async def _remember(
    connection: Connection, run_id: int, snapshot: Snapshot, result: Result, replaced: Replaced
) -> None:
    """All rows of members of whom anything else is remembered."""
    if not len(replaced.members):
        return
    theirs = np.isin(result.memories.member, replaced.members)
    memories = Memories._make(column[theirs] for column in result.memories)
    columns = memory_columns(snapshot, replace(result, memories=memories))
    await _insert(connection, "bonus_memories", run_id, columns)


async def _insert_numbered(
    connection: Connection,
    table: str,
    run_id: int,
    replaced: Replaced | Rewritten,
    columns: Sequence[Column],
) -> None:
    """Rows of a table whose first column numbers them: 1 for the first written, and so on."""
    number, *rest = columns
    numbers = replaced.first + 1 + np.arange(len(number.values), dtype=np.int64)
    await _insert(connection, table, run_id, [replace(number, values=numbers), *rest])


async def _insert(
    connection: Connection, table: str, run_id: int, columns: Sequence[Column]
) -> None:
    if count := len(columns[0].values):
        partition = partitions.partition_name(table, run_id)
        await write_columns(connection, partition, [_run_key(run_id, count), *columns])


def _run_key(run_id: int, count: int) -> Column:
    return Column("run_id", Kind.BIGINT, np.full(count, run_id, np.int64))


def _rows(columns: Sequence[storing.Array], rows: storing.Array) -> list[storing.Array]:
    return [column[rows] for column in columns]


async def _record(ctx: Context, changes: Changes) -> None:
    """What the run says of itself; digests are those of runs that are not changed any more."""
    outcome = runs.outcome_of(changes.started, changes.snapshot, changes.result)
    values: dict[str, Any] = {"label_gap": None} if changes.reordered else {}
    recorded = await ctx.session.execute(
        update(CommissionRun)
        # Whoever wrote to it meanwhile was not seen by `_claim`.
        .where(
            CommissionRun.run_id == changes.started.run_id,
            CommissionRun.status_id == COMMITTED,
            CommissionRun.seen == changes.after,
        )
        .values(
            seen=changes.seen,
            read_at=ctx.now,
            snapshot_digest=None,
            result_digest=None,
            member_count=outcome.members,
            line_count=changes.line_count,
            check_count=outcome.checks,
            total=Decimal(outcome.total),
            issues=runs.issues_of(changes.snapshot, changes.result),
            **values,
        )
        .returning(CommissionRun.run_id)
        .execution_options(synchronize_session=False)
    )
    if recorded.one_or_none() is None:
        raise Overtaken
