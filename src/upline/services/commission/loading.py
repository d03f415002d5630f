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

# Rows are packed in whatever order they are scanned; the engine sorts them.
MEMBERS = """
SELECT c.customer_id, c.customer_type_id,
       CASE WHEN c.terminated_at < %(end)s THEN 4
            WHEN c.status_id = 4 THEN 1 ELSE c.status_id END AS status_id,
       (extract(year FROM c.enrolled_at AT TIME ZONE %(zone)s) * 12
        + extract(month FROM c.enrolled_at AT TIME ZONE %(zone)s) - %(month_base)s)
       AS enrolled_period,
       coalesce(r.rank_id, -1) AS max_rank,
       coalesce(p.paid_rank_id, -1) AS previous_rank,
       coalesce(p.carry_left_out, 0) AS carry_left,
       coalesce(p.carry_right_out, 0) AS carry_right
FROM customers c
LEFT JOIN (SELECT customer_id, max(rank_id) AS rank_id FROM rank_achievements
           WHERE period_id < %(period_id)s GROUP BY customer_id) r USING (customer_id)
LEFT JOIN (SELECT customer_id, paid_rank_id, carry_left_out, carry_right_out
           FROM member_periods WHERE run_id = %(previous_run)s) p USING (customer_id)
WHERE c.enrolled_at < %(end)s
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
LAST_ENTRY = "SELECT coalesce(max(entry_id), 0) FROM volume_entries"
ENROLLER, SPONSOR, BINARY = 1, 2, 3

Connection = psycopg.AsyncConnection[Any]
Arrays = dict[str, np.ndarray[Any, Any]]


@dataclass(frozen=True, slots=True)
class Loaded:
    """The inputs of a run and the newest volume entry the database held at that instant."""

    members: MemberColumns
    entries: EntryColumns
    adjustments: AdjustmentColumns
    last_entry_id: int


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
            "enrolled_period": Kind.INTEGER,
            "max_rank": Kind.SMALLINT,
            "previous_rank": Kind.SMALLINT,
            "carry_left": Kind.NUMERIC,
            "carry_right": Kind.NUMERIC,
        },
        {
            "end": end,
            "zone": zone,
            "month_base": calendar.MONTH_BASE,
            "period_id": period_id,
            "previous_run": previous_run,
        },
    )
    ids = members["customer_id"]
    sponsor, _ = await _parents(connection, ids, SPONSOR, end)
    enroller, _ = await _parents(connection, ids, ENROLLER, end)
    binary, position = await _parents(connection, ids, BINARY, end)
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
            enrolled_period=members["enrolled_period"],
            sponsor_id=sponsor,
            enroller_id=enroller,
            binary_parent_id=binary,
            binary_position=position,
            max_rank=members["max_rank"],
            previous_rank=members["previous_rank"],
            carry_left=members["carry_left"],
            carry_right=members["carry_right"],
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
        await _last_entry(connection),
    )


async def _parents(
    connection: Connection, ids: np.ndarray[Any, Any], genealogy: int, end: datetime
) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Parent and position of each of `ids` in one genealogy; 0 where there is none."""
    rows = await read_columns(
        connection,
        PLACEMENTS,
        {"customer_id": Kind.BIGINT, "parent_id": Kind.BIGINT, "position_id": Kind.SMALLINT},
        {"genealogy": genealogy, "end": end},
    )
    order = np.argsort(ids)
    at = np.searchsorted(ids, rows["customer_id"], sorter=order)
    at = order[np.minimum(at, len(ids) - 1)] if len(ids) else at
    known = ids[at] == rows["customer_id"] if len(ids) else np.zeros(0, np.bool_)
    parent = np.zeros(len(ids), np.int64)
    position = np.zeros(len(ids), np.int16)
    parent[at[known]] = rows["parent_id"][known]
    position[at[known]] = rows["position_id"][known]
    return parent, position


async def _last_entry(connection: Connection) -> int:
    row = await (await connection.execute(LAST_ENTRY)).fetchone()
    return int(row[0]) if row else 0
