"""The members of a run: who they are, where they are placed, what they bring along."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString

import numpy as np

from upline.core.copy import Kind, read_columns
from upline.core.together import together
from upline.engine.columns import MemberColumns
from upline.engine.tree import positions_of
from upline.services.commission.known import Connection, Known
from upline.services.period import calendar
from upline.services.period.calendar import PeriodType

# Rows are packed in whatever order they are scanned; joins are made here, on sorted ids, because
# the server would hash every row of every table for them.
# extract() would make each instant a numeric first.
MEMBERS = """
SELECT customer_id, customer_type_id,
       CASE WHEN terminated_at < %(end)s THEN 4 WHEN status_id = 4 THEN 1 ELSE status_id END
       AS status_id,
       floor(date_part('epoch', enrolled_at)) AS enrolled_at
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
ENROLLER, SPONSOR, BINARY = 1, 2, 3
UNKNOWN_RANK = np.iinfo(np.int16).min


Array = np.ndarray[Any, Any]
Arrays = dict[str, Array]


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


async def read_members(
    connection: Connection,
    period_id: int,
    zone: str,
    previous_run: int | None,
    known: Known | None = None,
    only: Sequence[int] | None = None,
    beside: Connection | None = None,
) -> tuple[MemberColumns, Array]:
    """All members of a period, or some of them, and when they enrolled (Unix seconds); over two
    connections where there is another one."""
    _, end = calendar.bounds(period_id, zone)
    reader, other = _Reader(connection, only), _Reader(beside or connection, only)
    async with together() as group:
        read = group.create_task(_read_people(reader, end, known))
        trees = [
            group.create_task(_read_placed(tree_reader, genealogy, end, known))
            for tree_reader, genealogy in ((reader, SPONSOR), (other, ENROLLER), (other, BINARY))
        ]
        before = group.create_task(_read_before(reader, period_id, previous_run))
    members = read.result()
    ids = members["customer_id"]
    sponsor, enroller = (_joined(ids, tree.result(), parent_id=0) for tree in trees[:2])
    binary = _joined(ids, trees[2].result(), parent_id=0, position_id=0)
    previous, achieved = before.result()
    last = _joined(
        ids,
        previous,
        paid_rank_id=-1,
        max_rank_id=UNKNOWN_RANK,
        carry_left_out=0,
        carry_right_out=0,
    )
    columns = MemberColumns(
        customer_id=ids,
        customer_type=members["customer_type_id"],
        status=members["status_id"],
        enrolled_period=_periods(members["enrolled_at"], zone, period_id),
        sponsor_id=sponsor["parent_id"],
        enroller_id=enroller["parent_id"],
        binary_parent_id=binary["parent_id"],
        binary_position=binary["position_id"],
        # The best rank ever before the period: as the run before it knows, which may be a
        # restatement that took a rank away; of others, as achieved.
        max_rank=np.where(
            last["max_rank_id"] != UNKNOWN_RANK,
            last["max_rank_id"],
            _joined(ids, achieved, rank_id=-1)["rank_id"],
        ),
        previous_rank=last["paid_rank_id"],
        carry_left=last["carry_left_out"],
        carry_right=last["carry_right_out"],
    )
    return columns, members["enrolled_at"]


async def _read_people(reader: "_Reader", end: datetime, known: Known | None) -> Arrays:
    """Who they are, by ascending id."""
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
    return members if known is None else await _as_closed(reader.connection, members, known)


async def _read_before(
    reader: "_Reader", period_id: int, previous_run: int | None
) -> tuple[Arrays, Arrays]:
    """What is brought in from the run before, and the ranks achieved before the period."""
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
    achieved = await reader.read(
        ACHIEVED,
        {"customer_id": Kind.BIGINT, "rank_id": Kind.SMALLINT},
        {"period_id": period_id},
    )
    return previous, achieved


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
    for name, column in _joined(ids, then, customer_type_id=0, status_id=0).items():
        members[name] = np.where(was_there, column, members[name])
    if known.seen is None:
        return members
    return {name: column[was_there] for name, column in members.items()}


async def _read_placed(
    reader: _Reader, genealogy: int, end: datetime, known: Known | None
) -> Arrays:
    limit = known or Known(0)
    seen = {"seen": limit.seen} if limit.seen else {}
    columns = {"customer_id": Kind.BIGINT, "parent_id": Kind.BIGINT}
    if genealogy == BINARY:
        columns["position_id"] = Kind.SMALLINT
    return await reader.read(
        PLACEMENTS.format(known=limit.visible(), not_yet=limit.unseen_end()),
        columns,
        {"genealogy": genealogy, "end": end, **seen},
    )


def _joined(ids: Array, rows: Arrays, **missing: int) -> Arrays:
    """Columns of `rows` for each of the sorted `ids`, by name; `missing` says what it is where
    there is no row."""
    at = positions_of(ids, rows["customer_id"])
    known = at >= 0
    joined = {}
    for name, value in missing.items():
        joined[name] = np.full(len(ids), value, rows[name].dtype)
        joined[name][at[known]] = rows[name][known]
    return joined


def _periods(seconds: Array, zone: str, last: int) -> Array:
    """The period each instant (Unix seconds) lies in, by the company's calendar: weeks where `last`
    is one, else months. Nothing lies after `last`."""
    weekly = calendar.period_type(last) is PeriodType.WEEK
    numbers = np.arange(calendar.FIRST_WEEK if weekly else calendar.FIRST_MONTH, last + 1)
    starts = np.array([calendar.bounds(int(number), zone)[0].timestamp() for number in numbers])
    at = np.searchsorted(starts, seconds, side="right") - 1
    return numbers[np.maximum(at, 0)].astype(np.int32)
