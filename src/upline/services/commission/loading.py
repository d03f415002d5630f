"""From tables to arrays: what a run reads, as of the end of its period.

Every query packs its columns on the server (core/copy.py), so a million members take about as long
as PostgreSQL needs to scan them. The caller opens a REPEATABLE READ transaction: members, trees and
entries are of one instant while orders go on.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import psycopg

from upline.core.copy import Kind, read_columns
from upline.engine.columns import AdjustmentColumns, EntryColumns, MemberColumns
from upline.services.period import calendar
from upline.services.period.calendar import PeriodType

# Rows are packed in whatever order they are scanned; joins are made here, on sorted ids, because
# the server would hash every row of every table for them.
MEMBERS = """
SELECT customer_id, customer_type_id,
       CASE WHEN terminated_at < %(end)s THEN 4 WHEN status_id = 4 THEN 1 ELSE status_id END
       AS status_id,
       extract(epoch FROM enrolled_at) AS enrolled_at
FROM customers WHERE enrolled_at < %(end)s
"""
ACHIEVED = """
SELECT customer_id, max(rank_id) AS rank_id FROM rank_achievements
WHERE period_id < %(period_id)s GROUP BY customer_id
"""
PREVIOUS = """
SELECT customer_id, paid_rank_id, carry_left_out, carry_right_out
FROM member_periods WHERE run_id = %(run_id)s
"""
PLACEMENTS = """
SELECT customer_id, coalesce(parent_id, 0) AS parent_id, coalesce(position_id, 0) AS position_id
FROM placements
WHERE genealogy_id = %(genealogy)s
  AND valid_from < %(end)s AND (valid_to IS NULL OR valid_to >= %(end)s)
"""
ENTRIES = """
SELECT entry_id, customer_id, order_type_id, pv, cv, retail_margin_base
FROM volume_entries WHERE {period_column} = %(period_id)s
"""
ADJUSTMENTS = """
SELECT adjustment_id, customer_id, ledger_type_id, amount
FROM commission_adjustments WHERE period_id = %(period_id)s
"""
SEEN = "SELECT pg_current_snapshot()::text"
ENROLLER, SPONSOR, BINARY = 1, 2, 3

Connection = psycopg.AsyncConnection[Any]
Array = np.ndarray[Any, Any]
Arrays = dict[str, Array]


@dataclass(frozen=True, slots=True)
class Loaded:
    """The inputs of a run and the database snapshot (pg_snapshot) they were read in."""

    members: MemberColumns
    entries: EntryColumns
    adjustments: AdjustmentColumns
    seen: str


async def load(
    connection: Connection, period_id: int, zone: str, previous_run: int | None
) -> Loaded:
    """Read all a run of `period_id` needs; `previous_run` gives ranks and carry brought in."""
    _, end = calendar.bounds(period_id, zone)
    weekly = calendar.period_type(period_id) is PeriodType.WEEK
    members = await read_columns(
        connection,
        MEMBERS,
        {
            "customer_id": Kind.BIGINT,
            "customer_type_id": Kind.SMALLINT,
            "status_id": Kind.SMALLINT,
            "enrolled_at": Kind.BIGINT,
        },
        {"end": end},
    )
    order = np.argsort(members["customer_id"])
    members = {name: column[order] for name, column in members.items()}
    ids = members["customer_id"]
    achieved = await read_columns(
        connection,
        ACHIEVED,
        {"customer_id": Kind.BIGINT, "rank_id": Kind.SMALLINT},
        {"period_id": period_id},
    )
    previous = await read_columns(
        connection,
        PREVIOUS,
        {
            "customer_id": Kind.BIGINT,
            "paid_rank_id": Kind.SMALLINT,
            "carry_left_out": Kind.NUMERIC,
            "carry_right_out": Kind.NUMERIC,
        },
        {"run_id": previous_run},
    )
    sponsor = await _placed(connection, SPONSOR, end)
    enroller = await _placed(connection, ENROLLER, end)
    binary = await _placed(connection, BINARY, end)
    entries = await read_columns(
        connection,
        ENTRIES.format(period_column="week_id" if weekly else "period_id"),
        {
            "entry_id": Kind.BIGINT,
            "customer_id": Kind.BIGINT,
            "order_type_id": Kind.SMALLINT,
            "pv": Kind.NUMERIC,
            "cv": Kind.NUMERIC,
            "retail_margin_base": Kind.NUMERIC,
        },
        {"period_id": period_id},
    )
    adjustments = await read_columns(
        connection,
        ADJUSTMENTS,
        {
            "adjustment_id": Kind.BIGINT,
            "customer_id": Kind.BIGINT,
            "ledger_type_id": Kind.SMALLINT,
            "amount": Kind.NUMERIC,
        },
        {"period_id": period_id},
    )
    return Loaded(
        MemberColumns(
            customer_id=ids,
            customer_type=members["customer_type_id"],
            status=members["status_id"],
            enrolled_period=_periods(members["enrolled_at"], zone),
            sponsor_id=_joined(ids, sponsor, "parent_id", 0),
            enroller_id=_joined(ids, enroller, "parent_id", 0),
            binary_parent_id=_joined(ids, binary, "parent_id", 0),
            binary_position=_joined(ids, binary, "position_id", 0),
            max_rank=_joined(ids, achieved, "rank_id", -1),
            previous_rank=_joined(ids, previous, "paid_rank_id", -1),
            carry_left=_joined(ids, previous, "carry_left_out", 0),
            carry_right=_joined(ids, previous, "carry_right_out", 0),
        ),
        EntryColumns(
            entry_id=entries["entry_id"],
            customer_id=entries["customer_id"],
            order_type=entries["order_type_id"],
            pv=entries["pv"],
            cv=entries["cv"],
            retail_margin_base=entries["retail_margin_base"],
        ),
        AdjustmentColumns(
            adjustment_id=adjustments["adjustment_id"],
            customer_id=adjustments["customer_id"],
            ledger_type=adjustments["ledger_type_id"],
            amount=adjustments["amount"],
        ),
        await _snapshot(connection),
    )


async def _placed(connection: Connection, genealogy: int, end: datetime) -> Arrays:
    return await read_columns(
        connection,
        PLACEMENTS,
        {"customer_id": Kind.BIGINT, "parent_id": Kind.BIGINT, "position_id": Kind.SMALLINT},
        {"genealogy": genealogy, "end": end},
    )


def _joined(ids: Array, rows: Arrays, name: str, missing: int) -> Array:
    """Column `name` of `rows` for each of the sorted `ids`; `missing` where there is no row."""
    column = rows[name]
    joined = np.full(len(ids), missing, column.dtype)
    if len(ids):
        at = np.minimum(np.searchsorted(ids, rows["customer_id"]), len(ids) - 1)
        known = ids[at] == rows["customer_id"]
        joined[at[known]] = column[known]
    return joined


def _periods(seconds: Array, zone: str) -> Array:
    """The month each instant (Unix seconds) lies in, by the company's calendar."""
    months = np.arange(calendar.FIRST_MONTH, calendar.LAST_MONTH + 1)
    starts = np.array([calendar.bounds(int(month), zone)[0].timestamp() for month in months])
    return months[np.searchsorted(starts, seconds, side="right") - 1].astype(np.int32)


async def _snapshot(connection: Connection) -> str:
    row = await (await connection.execute(SEEN)).fetchone()
    assert row is not None  # noqa: S101 - a SELECT of one value has one row
    return str(row[0])
