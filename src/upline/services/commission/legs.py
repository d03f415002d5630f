"""Binary legs between runs: dated carry, whose carry is kept, who owns a position; days of entries.

What a run leaves goes to columns of member_periods and, dated, to `binary_lots`; plans without a
binary bonus leave neither.
"""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any, LiteralString

import numpy as np
import psycopg

from upline.core.copy import Column, Kind, read_columns
from upline.engine.carry import DayColumns, LotColumns, PositionColumns
from upline.engine.result import Result
from upline.engine.snapshot import Snapshot
from upline.services.commission.known import Known
from upline.services.period import calendar
from upline.services.period.calendar import PeriodType

__all__ = [
    "figure_columns",
    "load_ages",
    "load_days",
    "load_hours",
    "load_lots",
    "load_positions",
    "lot_columns",
]

NOTHING: Mapping[str, object] = MappingProxyType({})
LOTS = """
SELECT customer_id, period_id, left_volume, right_volume
FROM binary_lots WHERE run_id = %(run_id)s
"""
# Whose a position was at the end of the period: changes later than that, or not known yet when the
# run that is repeated read it, are undone; the earliest of them says what there was before.
POSITIONS = """
WITH formerly AS (
  SELECT DISTINCT ON (customer_id) customer_id, owner_id FROM former_owners
  WHERE until >= %(end)s OR NOT ({known}) ORDER BY customer_id, former_owner_id
)
SELECT customer_id, owner_id, 0 AS kept FROM customers
WHERE owner_id IS NOT NULL AND customer_id NOT IN (SELECT customer_id FROM formerly)
UNION ALL
SELECT customer_id, owner_id, 0 FROM formerly WHERE owner_id IS NOT NULL
UNION ALL
SELECT customer_id, 0, 1 FROM carry_exemptions
WHERE valid_from < %(end)s AND (valid_to IS NULL OR valid_to >= %(end)s) AND {known}
"""
# Volume posted late counts on the first day of its period, and never beyond the last.
DAYS = """
SELECT entry_id, least(greatest((occurred_at AT TIME ZONE %(zone)s)::date, %(first)s), %(last)s)
       - %(monday)s AS day
FROM volume_entries WHERE {period_column} = %(period_id)s
"""
# By the day of the order itself, so that a return takes back what its order gave.
AGES = """
SELECT e.entry_id,
       greatest(0, least((coalesce(o.ordered_at, e.occurred_at) AT TIME ZONE %(zone)s)::date
                         - (c.enrolled_at AT TIME ZONE %(zone)s)::date, 32767)) AS age
FROM volume_entries e
JOIN customers c USING (customer_id)
LEFT JOIN orders o USING (order_id)
WHERE e.{period_column} = %(period_id)s AND {rows}
"""

HOURS = """
SELECT e.entry_id,
       greatest(0, least(floor(extract(epoch FROM coalesce(o.ordered_at, e.occurred_at)
                                                  - c.enrolled_at) / 3600), 32767)) AS age
FROM volume_entries e
JOIN customers c USING (customer_id)
LEFT JOIN orders o USING (order_id)
WHERE e.{period_column} = %(period_id)s AND {rows}
"""

Connection = psycopg.AsyncConnection[Any]


async def load_lots(connection: Connection, run_id: int | None) -> LotColumns:
    """The dated carry that a run left."""
    rows = await read_columns(
        connection,
        LOTS,
        {
            "customer_id": Kind.BIGINT,
            "period_id": Kind.INTEGER,
            "left_volume": Kind.NUMERIC,
            "right_volume": Kind.NUMERIC,
        },
        {"run_id": run_id},
    )
    return LotColumns(*rows.values())


async def load_positions(
    connection: Connection, end: datetime, known: Known | None = None
) -> PositionColumns:
    """Owners of further positions, and exemptions in force at the end of a period; `known` reads
    for a period that closed."""
    parameters: dict[str, object] = {"end": end}
    visible: LiteralString = "true"
    if known is not None and known.seen is not None:
        visible, parameters["seen"] = known.visible(), known.seen
    rows = await read_columns(
        connection,
        POSITIONS.format(known=visible),
        {"customer_id": Kind.BIGINT, "owner_id": Kind.BIGINT, "kept": Kind.SMALLINT},
        parameters,
    )
    return PositionColumns(rows["customer_id"], rows["owner_id"], rows["kept"].astype(np.bool_))


async def load_days(
    connection: Connection,
    period_id: int,
    zone: str,
    some: LiteralString = "true",
    parameters: Mapping[str, object] = NOTHING,
) -> tuple[DayColumns, tuple[int, int]]:
    """The day every entry of a period counts in, and the period's first and last day, all counted
    from the Monday of its first week; `some` is a condition on entries (e), with its parameters."""
    first, last = calendar.first_day(period_id), calendar.last_day(period_id)
    monday = calendar.first_day(calendar.week_id(first))
    weekly = calendar.period_type(period_id) is PeriodType.WEEK
    rows = await read_columns(
        connection,
        DAYS.format(period_column="week_id" if weekly else "period_id", rows=some),
        {"entry_id": Kind.BIGINT, "day": Kind.SMALLINT},
        {
            "period_id": period_id,
            "zone": zone,
            "first": first,
            "last": last,
            "monday": monday,
            **parameters,
        },
    )
    return DayColumns(rows["entry_id"], rows["day"]), ((first - monday).days, (last - monday).days)


async def load_ages(
    connection: Connection,
    period_id: int,
    zone: str,
    some: LiteralString = "true",
    parameters: Mapping[str, object] = NOTHING,
) -> DayColumns:
    """How many days after its member's enrolment each entry of a period was ordered."""
    return await _load_ages(connection, AGES, period_id, some, {"zone": zone, **parameters})


async def load_hours(
    connection: Connection,
    period_id: int,
    some: LiteralString = "true",
    parameters: Mapping[str, object] = NOTHING,
) -> DayColumns:
    """How many full hours after its member's enrolment each entry of a period was ordered."""
    return await _load_ages(connection, HOURS, period_id, some, parameters)


async def _load_ages(
    connection: Connection,
    statement: LiteralString,
    period_id: int,
    some: LiteralString,
    parameters: Mapping[str, object],
) -> DayColumns:
    weekly = calendar.period_type(period_id) is PeriodType.WEEK
    rows = await read_columns(
        connection,
        statement.format(period_column="week_id" if weekly else "period_id", rows=some),
        {"entry_id": Kind.BIGINT, "age": Kind.SMALLINT},
        {"period_id": period_id, **parameters},
    )
    return DayColumns(rows["entry_id"], rows["age"])


def figure_columns(result: Result) -> list[Column]:
    """What a binary bonus did with both legs; left out, the columns stay NULL."""
    figures = result.leg_figures
    if figures is None:
        return []
    return [
        Column(f"{side}_{name}", Kind.NUMERIC, volumes[row])
        for name, volumes in (
            ("new", figures.new),
            ("paid", figures.paid),
            ("flushed", figures.flushed),
        )
        for row, side in enumerate(("left", "right"))
    ]


def lot_columns(snapshot: Snapshot, result: Result) -> list[Column]:
    """Dated carry-out; no rows for plans without."""
    lots = result.lots
    return [
        Column("customer_id", Kind.BIGINT, snapshot.customer_id[lots.member]),
        Column("period_id", Kind.INTEGER, lots.period),
        Column("left_volume", Kind.NUMERIC, lots.left),
        Column("right_volume", Kind.NUMERIC, lots.right),
    ]
