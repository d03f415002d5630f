"""From tables to arrays: what a run reads, as of the end of its period.

Every query packs its columns on the server (core/copy.py), so a million members take about as long
as PostgreSQL needs to scan them. The caller opens a REPEATABLE READ transaction: members, trees and
entries are of one instant while orders go on.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, LiteralString

import numpy as np
import psycopg

from upline.core.copy import Kind, read_columns
from upline.core.together import together
from upline.engine.columns import AdjustmentColumns, EntryColumns, MemberColumns
from upline.engine.extras import ExtraColumns
from upline.services.contest.inputs import Inputs
from upline.services.period import calendar
from upline.services.period.calendar import PeriodType
from upline.services.rollup import facts as rollup_facts
from upline.services.rollup.facts import Facts

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
SELECT customer_id, paid_rank_id, max_rank_id, carry_left_out, carry_right_out
FROM member_periods WHERE run_id = %(run_id)s
"""
# What a member was when a period closed; later changes of type and status leave no history.
AS_CLOSED = """
SELECT customer_id, customer_type_id, status_id FROM member_periods WHERE run_id = %(run_id)s
"""
PLACEMENTS = """
SELECT customer_id, coalesce(parent_id, 0) AS parent_id, coalesce(position_id, 0) AS position_id
FROM placements
WHERE genealogy_id = %(genealogy)s AND {known}
  AND valid_from < %(end)s AND (valid_to IS NULL OR valid_to >= %(end)s OR {not_yet})
"""
ENTRIES = """
SELECT entry_id, customer_id, order_type_id, pv, cv, retail_margin_base
FROM volume_entries WHERE {period_column} = %(period_id)s AND {known}
"""
ADJUSTMENTS = """
SELECT adjustment_id, customer_id, ledger_type_id, amount
FROM commission_adjustments WHERE period_id = %(period_id)s AND {known}
"""
# What a run with the snapshot %(seen)s could see of a row, and of the end of a stay.
SEEN_ROW: LiteralString = "pg_visible_in_snapshot((recorded_in::text)::xid8, %(seen)s::pg_snapshot)"
UNSEEN_END: LiteralString = (
    "NOT pg_visible_in_snapshot((closed_in::text)::xid8, %(seen)s::pg_snapshot)"
)
SEEN = "SELECT pg_current_snapshot()::text"
ENROLLER, SPONSOR, BINARY = 1, 2, 3

Connection = psycopg.AsyncConnection[Any]
Array = np.ndarray[Any, Any]
Arrays = dict[str, Array]


@dataclass(frozen=True, slots=True)
class Known:
    """Reading for a period that closed with `run_id`: its members are what they were then.

    With `seen` (pg_snapshot) whatever was recorded after it is left out, as if it were still then;
    without, all that became known of the period since is taken in.
    """

    run_id: int
    seen: str | None = None

    def visible(self) -> LiteralString:
        return "true" if self.seen is None else SEEN_ROW

    def unseen_end(self) -> LiteralString:
        return "false" if self.seen is None else UNSEEN_END


@dataclass(frozen=True, slots=True)
class Loaded:
    """The inputs of a run and the database snapshot (pg_snapshot) they were read in."""

    members: MemberColumns
    entries: EntryColumns
    adjustments: AdjustmentColumns
    seen: str
    facts: Facts
    contests: Inputs = field(default_factory=Inputs.none)
    extras: ExtraColumns = field(default_factory=ExtraColumns)


async def load(
    connection: Connection,
    beside: Connection,
    period_id: int,
    zone: str,
    previous_run: int | None,
    now: datetime,
    known: Known | None = None,
) -> Loaded:
    """Read all a run of `period_id` needs, over two connections that see the same instant;
    `previous_run` gives ranks and carry brought in, `now` tells whether autoships are still due."""
    visible = known.visible() if known else "true"
    seen: dict[str, object] = {"seen": known.seen} if known and known.seen else {}
    async with together() as group:
        people = group.create_task(read_members(connection, period_id, zone, previous_run, known))
        entries = group.create_task(read_entries(beside, period_id, visible, seen))
        adjustments = group.create_task(read_adjustments(beside, period_id, visible, seen))
        instant = group.create_task(read_instant(beside))
    members, enrolled_at = people.result()
    facts = await rollup_facts.load(
        connection, period_id, zone, members.customer_id, enrolled_at, now
    )
    return Loaded(members, entries.result(), adjustments.result(), instant.result(), facts)


async def read_members(
    connection: Connection,
    period_id: int,
    zone: str,
    previous_run: int | None,
    known: Known | None = None,
    only: Sequence[int] | None = None,
) -> tuple[MemberColumns, Array]:
    """All members of a period, or some of them, and when they enrolled (Unix seconds)."""
    _, end = calendar.bounds(period_id, zone)
    reader = _Reader(connection, only)
    members = await reader.read(
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
    if known is not None:
        members = await _as_closed(connection, members, known)
    ids = members["customer_id"]
    achieved = await reader.read(
        ACHIEVED,
        {"customer_id": Kind.BIGINT, "rank_id": Kind.SMALLINT},
        {"period_id": period_id},
    )
    previous = await reader.read(
        PREVIOUS,
        {
            "customer_id": Kind.BIGINT,
            "paid_rank_id": Kind.SMALLINT,
            "max_rank_id": Kind.SMALLINT,
            "carry_left_out": Kind.NUMERIC,
            "carry_right_out": Kind.NUMERIC,
        },
        {"run_id": previous_run},
    )
    sponsor = await _placed(reader, SPONSOR, end, known)
    enroller = await _placed(reader, ENROLLER, end, known)
    binary = await _placed(reader, BINARY, end, known)
    columns = MemberColumns(
        customer_id=ids,
        customer_type=members["customer_type_id"],
        status=members["status_id"],
        enrolled_period=_periods(members["enrolled_at"], zone, period_id),
        sponsor_id=_joined(ids, sponsor, "parent_id", 0),
        enroller_id=_joined(ids, enroller, "parent_id", 0),
        binary_parent_id=_joined(ids, binary, "parent_id", 0),
        binary_position=_joined(ids, binary, "position_id", 0),
        max_rank=_best_rank(ids, previous, achieved),
        previous_rank=_joined(ids, previous, "paid_rank_id", -1),
        carry_left=_joined(ids, previous, "carry_left_out", 0),
        carry_right=_joined(ids, previous, "carry_right_out", 0),
    )
    return columns, members["enrolled_at"]


async def read_entries(
    connection: Connection,
    period_id: int,
    rows: LiteralString,
    parameters: Mapping[str, object],
) -> EntryColumns:
    """Entries of a period; `rows` is a condition on them, with its parameters."""
    weekly = calendar.period_type(period_id) is PeriodType.WEEK
    entries = await read_columns(
        connection,
        ENTRIES.format(period_column="week_id" if weekly else "period_id", known=rows),
        {
            "entry_id": Kind.BIGINT,
            "customer_id": Kind.BIGINT,
            "order_type_id": Kind.SMALLINT,
            "pv": Kind.NUMERIC,
            "cv": Kind.NUMERIC,
            "retail_margin_base": Kind.NUMERIC,
        },
        {"period_id": period_id, **parameters},
    )
    return EntryColumns(
        entry_id=entries["entry_id"],
        customer_id=entries["customer_id"],
        order_type=entries["order_type_id"],
        pv=entries["pv"],
        cv=entries["cv"],
        retail_margin_base=entries["retail_margin_base"],
    )


async def read_adjustments(
    connection: Connection,
    period_id: int,
    rows: LiteralString,
    parameters: Mapping[str, object],
) -> AdjustmentColumns:
    """Adjustments of a period; `rows` is a condition on them, with its parameters."""
    adjustments = await read_columns(
        connection,
        ADJUSTMENTS.format(known=rows),
        {
            "adjustment_id": Kind.BIGINT,
            "customer_id": Kind.BIGINT,
            "ledger_type_id": Kind.SMALLINT,
            "amount": Kind.NUMERIC,
        },
        {"period_id": period_id, **parameters},
    )
    return AdjustmentColumns(
        adjustment_id=adjustments["adjustment_id"],
        customer_id=adjustments["customer_id"],
        ledger_type=adjustments["ledger_type_id"],
        amount=adjustments["amount"],
    )


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads rows of all customers, or of some."""

    connection: Connection
    only: Sequence[int] | None

    async def read(
        self, query: LiteralString, columns: dict[str, Kind], parameters: dict[str, object]
    ) -> Arrays:
        if self.only is not None:
            query = f"SELECT * FROM ({query}) q WHERE customer_id = ANY(%(only)s)"
            parameters = parameters | {"only": list(self.only)}
        return await read_columns(self.connection, query, columns, parameters)


async def _as_closed(connection: Connection, members: Arrays, known: Known) -> Arrays:
    """Types and statuses as of the close; as then known, nobody who came into the data later."""
    then = await read_columns(
        connection,
        AS_CLOSED,
        {
            "customer_id": Kind.BIGINT,
            "customer_type_id": Kind.SMALLINT,
            "status_id": Kind.SMALLINT,
        },
        {"run_id": known.run_id},
    )
    ids = members["customer_id"]
    was_there = np.isin(ids, then["customer_id"])
    for name in ("customer_type_id", "status_id"):
        members[name] = np.where(was_there, _joined(ids, then, name, 0), members[name])
    if known.seen is None:
        return members
    return {name: column[was_there] for name, column in members.items()}


async def _placed(reader: _Reader, genealogy: int, end: datetime, known: Known | None) -> Arrays:
    limit = known or Known(0)
    seen = {"seen": limit.seen} if limit.seen else {}
    return await reader.read(
        PLACEMENTS.format(known=limit.visible(), not_yet=limit.unseen_end()),
        {"customer_id": Kind.BIGINT, "parent_id": Kind.BIGINT, "position_id": Kind.SMALLINT},
        {"genealogy": genealogy, "end": end, **seen},
    )


def _best_rank(ids: Array, previous: Arrays, achieved: Arrays) -> Array:
    """The best rank ever before the period: as the run before it knows, which may be a restatement
    that took a rank away; of others, as achieved."""
    unknown = np.iinfo(np.int16).min
    best = _joined(ids, previous, "max_rank_id", unknown)
    return np.where(best != unknown, best, _joined(ids, achieved, "rank_id", -1))


def _joined(ids: Array, rows: Arrays, name: str, missing: int) -> Array:
    """Column `name` of `rows` for each of the sorted `ids`; `missing` where there is no row."""
    column = rows[name]
    joined = np.full(len(ids), missing, column.dtype)
    if len(ids):
        at = np.minimum(np.searchsorted(ids, rows["customer_id"]), len(ids) - 1)
        known = ids[at] == rows["customer_id"]
        joined[at[known]] = column[known]
    return joined


def _periods(seconds: Array, zone: str, last: int) -> Array:
    """The period each instant (Unix seconds) lies in, by the company's calendar: weeks where `last`
    is one, else months. Nothing lies after `last`."""
    weekly = calendar.period_type(last) is PeriodType.WEEK
    numbers = np.arange(calendar.FIRST_WEEK if weekly else calendar.FIRST_MONTH, last + 1)
    starts = np.array([calendar.bounds(int(number), zone)[0].timestamp() for number in numbers])
    at = np.searchsorted(starts, seconds, side="right") - 1
    return numbers[np.maximum(at, 0)].astype(np.int32)


async def read_instant(connection: Connection) -> str:
    """The database snapshot (pg_snapshot) of the transaction."""
    row = await (await connection.execute(SEEN)).fetchone()
    assert row is not None  # noqa: S101 - a SELECT of one value has one row
    return str(row[0])
