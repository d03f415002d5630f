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
from upline.services.live.holding import Changes, Held, leg_figures
from upline.services.live.leg_blocks import block_columns
from upline.services.period.queries import OPEN

Connection = psycopg.AsyncConnection[Any]
CHANGED, CHANGED_BLOCKS = "changed_members", "changed_leg_blocks"


class Overtaken(Exception):
    """The figures held are not in force any more, or not as they were left."""


async def publish(ctx: Context, held: Held, changes: Changes) -> None:
    """Write what a fold changed; raises Overtaken when the preview is not ours to change."""
    run_id = held.started.run_id
    await _claim(ctx, held)
    connection = await raw_connection(await ctx.session.connection())
    snapshot, result = held.snapshot, held.result
    await _change_members(connection, run_id, held, changes.changed)
    newcomers = storing.member_columns(snapshot, result, held.labelled, changes.newcomers)
    await _insert(connection, "member_periods", run_id, newcomers)
    await _change_legs(connection, run_id, held, changes.legs)
    await _replace_checks(connection, run_id, snapshot, result, changes.checks)
    items = replace(result, items=Items(*_rows(result.items, changes.items.came)))
    await _replace_numbered(
        connection, "check_items", run_id, changes.items, storing.item_columns(snapshot, items)
    )
    lines = replace(result, lines=changes.lines.came)
    await _replace_numbered(
        connection, "commission_lines", run_id, changes.lines, storing.line_columns(snapshot, lines)
    )
    await _replace_memories(connection, run_id, snapshot, result, changes.memories)
    await _record(ctx, held, changes)


async def _claim(ctx: Context, held: Held) -> None:
    """Make sure that the preview stands as we left it, and keep it from being replaced.

    The lock lets orders go on: it waits for a close alone, as theirs do.
    """
    period = (
        await ctx.session.execute(
            select(Period.run_id, Period.status_id)
            .where(Period.period_id == held.started.period_id)
            .with_for_update(read=True)
        )
    ).one()
    if period.run_id != held.started.run_id or period.status_id != OPEN:
        raise Overtaken
    seen = await ctx.session.scalar(
        select(CommissionRun.seen)
        .where(CommissionRun.run_id == held.started.run_id, CommissionRun.status_id == 2)
        .with_for_update(key_share=True)
    )
    if seen != held.stored_seen:
        raise Overtaken


async def _change_members(
    connection: Connection, run_id: int, held: Held, positions: storing.Array
) -> None:
    if not len(positions):
        return
    columns = storing.member_columns(held.snapshot, held.result, held.labelled, positions)
    await _fill(connection, CHANGED, "member_periods", run_id, columns)
    names = [sql.Identifier(column.name) for column in columns if column.name != "customer_id"]
    # Looked up one by one: a plan that reads the whole partition would be made for a few thousand.
    await connection.execute(
        "SELECT set_config('enable_hashjoin', 'off', true),"
        " set_config('enable_mergejoin', 'off', true)"
    )
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


async def _change_legs(
    connection: Connection, run_id: int, held: Held, positions: storing.Array
) -> None:
    if not len(positions):
        return
    figures = leg_figures(held.snapshot, held.result)
    columns = block_columns(figures, held.labelled.leg_place, positions)
    await _fill(connection, CHANGED_BLOCKS, "leg_blocks", run_id, columns)
    await connection.execute(
        sql.SQL(
            "INSERT INTO leg_blocks (run_id, block_no, figures)"
            " SELECT run_id, block_no, figures FROM {}"
            " ON CONFLICT (run_id, block_no) DO UPDATE SET figures = excluded.figures"
        ).format(sql.Identifier(CHANGED_BLOCKS))
    )


async def _fill(
    connection: Connection, table: str, model: str, run_id: int, columns: Sequence[Column]
) -> None:
    """Copy rows into a table of this session, which is made where it is missing."""
    await connection.execute(
        sql.SQL("CREATE TEMP TABLE IF NOT EXISTS {} (LIKE {} INCLUDING DEFAULTS)").format(
            sql.Identifier(table), sql.Identifier(model)
        )
    )
    await connection.execute(sql.SQL("TRUNCATE {}").format(sql.Identifier(table)))
    await write_columns(connection, table, [_run_key(run_id, len(columns[0].values)), *columns])


async def _replace_checks(
    connection: Connection, run_id: int, snapshot: Snapshot, result: Result, replaced: Replaced
) -> None:
    ids = snapshot.customer_id[replaced.members]
    await _delete(connection, "commission_checks", run_id, "customer_id", ids)
    checks = replace(result, checks=Checks(*_rows(result.checks, replaced.came)))
    columns = storing.check_columns(snapshot, checks, numbered=False)
    await _insert(connection, "commission_checks", run_id, columns)


async def _replace_memories(
    connection: Connection, run_id: int, snapshot: Snapshot, result: Result, replaced: Replaced
) -> None:
    """All rows of members of whom anything else is remembered."""
    ids = snapshot.customer_id[replaced.members]
    await _delete(connection, "bonus_memories", run_id, "customer_id", ids)
    theirs = np.isin(result.memories.member, replaced.members)
    memories = Memories._make(column[theirs] for column in result.memories)
    columns = memory_columns(snapshot, replace(result, memories=memories))
    await _insert(connection, "bonus_memories", run_id, columns)


async def _replace_numbered(
    connection: Connection,
    table: str,
    run_id: int,
    replaced: Replaced | Rewritten,
    columns: Sequence[Column],
) -> None:
    """Rows of a table whose first column numbers them: 1 for the first written, and so on."""
    number, *rest = columns
    await _delete(connection, table, run_id, number.name, replaced.gone + 1)
    numbers = replaced.first + 1 + np.arange(len(number.values), dtype=np.int64)
    await _insert(connection, table, run_id, [replace(number, values=numbers), *rest])


async def _delete(
    connection: Connection, table: str, run_id: int, key: str, values: storing.Array
) -> None:
    if len(values):
        await connection.execute(
            sql.SQL("DELETE FROM {} WHERE run_id = {} AND {} = ANY(%s)").format(
                sql.Identifier(partitions.partition_name(table, run_id)),
                sql.Literal(run_id),
                sql.Identifier(key),
            ),
            [values.tolist()],
        )


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


async def _record(ctx: Context, held: Held, changes: Changes) -> None:
    """What the run says of itself; digests are those of runs that are not changed any more."""
    outcome = runs.outcome_of(held.started, held.snapshot, held.result)
    values: dict[str, Any] = {"label_gap": None} if changes.reordered else {}
    await ctx.session.execute(
        update(CommissionRun)
        .where(CommissionRun.run_id == held.started.run_id)
        .values(
            seen=held.seen,
            read_at=ctx.now,
            snapshot_digest=None,
            result_digest=None,
            member_count=outcome.members,
            line_count=len(held.lines),
            check_count=outcome.checks,
            total=Decimal(outcome.total),
            issues=runs.issues_of(held.snapshot, held.result),
            **values,
        )
    )
