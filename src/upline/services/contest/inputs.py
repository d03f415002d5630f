"""What contests need to know besides a run's own inputs: the period before, and when was sold.

Each is read only when a contest asks for it, in the transaction the run reads in.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, LiteralString

import numpy as np
import psycopg

from upline.core.copy import Kind, read_columns
from upline.engine.contests import COUPON, NEVER, Ties
from upline.engine.units import I64
from upline.services.period import calendar
from upline.services.period.calendar import PeriodType
from upline.services.plan.schema_contests import (
    ContestTable,
    CouponPoints,
    GrowthPoints,
    RankPoints,
)
from upline.services.plan.versions import InForce

# Who is not there had nothing.
BEFORE = """
SELECT customer_id, {volumes} FROM member_periods WHERE run_id = %(run_id)s AND ({some})
"""
# Whole seconds; extract() would make each a numeric first.
SOLD = """
SELECT entry_id, date_part('epoch', occurred_at) AS sold_at
FROM volume_entries WHERE {period_column} = %(period_id)s
"""
# Points of another contest that once had the same number are not carried on.
CARRIED = """
SELECT s.customer_id, s.points, coalesce(extract(epoch FROM s.last_sale_at), %(never)s) AS last_sale
FROM contest_standings s JOIN commission_runs r ON r.run_id = s.run_id
WHERE s.run_id = %(run_id)s AND s.contest_id = %(contest_id)s AND r.period_id >= %(first)s
"""

# The runs of a contest's earlier periods: each names the one it stands on.
EARLIER: LiteralString = """
WITH RECURSIVE earlier AS (
  SELECT run_id, period_id, previous_run_id FROM commission_runs
  WHERE run_id = %(run_id)s AND period_id >= %(first)s
  UNION ALL
  SELECT r.run_id, r.period_id, r.previous_run_id
  FROM earlier e JOIN commission_runs r ON r.run_id = e.previous_run_id
  WHERE r.period_id >= %(first)s
)
"""
HELD: LiteralString = """
SELECT customer_id, rank_id, count(*)::integer AS periods
FROM earlier JOIN member_periods USING (run_id) WHERE rank_id >= 0 GROUP BY 1, 2
"""
# What was posted, less what was used of it.
STOCK: LiteralString = """
SELECT customer_id, sum(left_over) AS left_over FROM (
  SELECT e.customer_id, v.amount AS left_over
  FROM volume_kinds k JOIN entry_volumes v USING (kind_id) JOIN volume_entries e USING (entry_id)
  WHERE k.code = %(kind)s AND e.{period_column} IN (SELECT period_id FROM earlier)
  UNION ALL
  SELECT c.customer_id, -c.points FROM earlier JOIN contest_entries c USING (run_id)
  WHERE c.contest_id = %(contest_id)s AND c.reason_id = %(reason)s
) x GROUP BY 1
"""

Connection = psycopg.AsyncConnection[Any]
Rows = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Inputs:
    """Rows by customer or entry id, in any order: `before` has a column a volume that some contest
    compares, and is empty without an earlier period; `carried` is by contest, and so are `held`
    (how often each rank was held before) and, by kind of volume too, `stock` (coupons left)."""

    contests: Sequence[ContestTable]
    before: Rows
    entry_id: I64
    sold_at: I64
    carried: dict[int, Rows]
    held: dict[int, Rows] = field(default_factory=dict)
    stock: dict[tuple[int, str], Rows] = field(default_factory=dict)

    @classmethod
    def none(cls) -> "Inputs":
        """Of a plan without contests."""
        nothing = np.empty(0, np.int64)
        return cls((), {}, nothing, nothing, {})


def running(plan: InForce, period_id: int) -> list[ContestTable]:
    """The contests a period belongs to; none for a week of a company that pays by the month."""
    weekly = calendar.period_type(period_id) is PeriodType.WEEK
    if weekly != (plan.document.calendar.period == "week"):
        return []
    day = calendar.first_day(period_id)
    return [contest for contest in plan.document.content.contests if contest.holds(day)]


async def load(
    connection: Connection, plan: InForce, period_id: int, previous_run: int | None
) -> Inputs:
    """Whatever the contests of a period ask for; `previous_run` gives the period before."""
    contests = running(plan, period_id)
    entry_id, sold_at = await _sold(connection, contests, period_id)
    return Inputs(
        contests,
        await _before(connection, contests, previous_run),
        entry_id,
        sold_at,
        {
            contest.id: await _carried(connection, contest, previous_run)
            for contest in contests
            if contest.adds_up and previous_run is not None
        },
        *await _earlier(connection, contests, period_id, previous_run),
    )


async def _before(
    connection: Connection, contests: Sequence[ContestTable], previous_run: int | None
) -> Rows:
    rules = [rule for contest in contests for rule in contest.points]
    volumes = sorted({rule.volume for rule in rules if isinstance(rule, GrowthPoints)})
    if not volumes or previous_run is None:
        return {}
    columns = {"customer_id": Kind.BIGINT} | dict.fromkeys(volumes, Kind.NUMERIC)
    # Columns of ours, checked by the schema of plans.
    names: Any = ", ".join(volumes)
    some: Any = " OR ".join(f"{volume} <> 0" for volume in volumes)
    return await read_columns(
        connection, BEFORE.format(volumes=names, some=some), columns, {"run_id": previous_run}
    )


async def _sold(
    connection: Connection, contests: Sequence[ContestTable], period_id: int
) -> tuple[I64, I64]:
    if not any(contest.ties == Ties.LAST_SALE.name.lower() for contest in contests):
        return np.empty(0, np.int64), np.empty(0, np.int64)
    weekly = calendar.period_type(period_id) is PeriodType.WEEK
    rows = await read_columns(
        connection,
        SOLD.format(period_column="week_id" if weekly else "period_id"),
        {"entry_id": Kind.BIGINT, "sold_at": Kind.BIGINT},
        {"period_id": period_id},
    )
    return rows["entry_id"], rows["sold_at"]


async def _earlier(
    connection: Connection,
    contests: Sequence[ContestTable],
    period_id: int,
    previous_run: int | None,
) -> tuple[dict[int, Rows], dict[tuple[int, str], Rows]]:
    """How often ranks were held, and which coupons are left, for contests that ask."""
    weekly = calendar.period_type(period_id) is PeriodType.WEEK
    held, stock = {}, {}
    for contest in contests if previous_run is not None else ():
        first = calendar.FIRST_WEEK if weekly else calendar.FIRST_MONTH
        if contest.starts is not None:
            number = calendar.week_id if weekly else calendar.month_id
            first = number(contest.starts)
        asked: dict[str, object] = {
            "run_id": previous_run,
            "first": first,
            "contest_id": contest.id,
        }
        if any(isinstance(rule, RankPoints) and rule.times for rule in contest.points):
            columns = {
                "customer_id": Kind.BIGINT,
                "rank_id": Kind.SMALLINT,
                "periods": Kind.INTEGER,
            }
            held[contest.id] = await read_columns(connection, EARLIER + HELD, columns, asked)
        for kind in {rule.volume for rule in contest.points if isinstance(rule, CouponPoints)}:
            stock[contest.id, kind] = await read_columns(
                connection,
                EARLIER + STOCK.format(period_column="week_id" if weekly else "period_id"),
                {"customer_id": Kind.BIGINT, "left_over": Kind.NUMERIC},
                {**asked, "kind": kind, "reason": COUPON},
            )
    return held, stock


async def _carried(connection: Connection, contest: ContestTable, run_id: int | None) -> Rows:
    assert contest.starts is not None  # noqa: S101 - contests that add up say so
    first = min(calendar.month_id(contest.starts), calendar.week_id(contest.starts))
    return await read_columns(
        connection,
        CARRIED,
        {"customer_id": Kind.BIGINT, "points": Kind.NUMERIC, "last_sale": Kind.BIGINT},
        {"run_id": run_id, "contest_id": contest.id, "first": first, "never": NEVER},
    )
