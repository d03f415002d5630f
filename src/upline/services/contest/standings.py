"""Where members stand in a contest; every answer is some rows of an index.

Figures are those of the run in force, and as of its last full calculation.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal
from functools import cache, lru_cache
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Integer,
    SmallInteger,
    any_,
    bindparam,
    func,
    select,
    true,
)

from upline.core.context import Context
from upline.core.errors import NotFound
from upline.core.paging import Page, Paged
from upline.core.prepared import Prepared, prepare
from upline.engine.contests import CARRIED, COUPON, ENROLMENT, GROWTH, HELD, RANK, VOLUME
from upline.models.commission import CommissionRun, Rank
from upline.models.contest import ContestEntry, ContestStanding
from upline.models.customer import Customer
from upline.models.period import Period
from upline.services.contest.inputs import running
from upline.services.period import calendar
from upline.services.period import queries as periods
from upline.services.period.calendar import PeriodType
from upline.services.plan import versions
from upline.services.plan.schema_contests import ContestTable

NO_RUN = 0  # runs are numbered from 1
TOP = 50
NEIGHBOURS = 2  # on each side
UNITS = 10_000
REASONS = {
    ENROLMENT: "Enrolment",
    VOLUME: "Volume",
    RANK: "Rank advancement",
    GROWTH: "Volume growth",
    CARRIED: "Earlier periods",
    HELD: "Rank held",
    COUPON: "Coupons used",
}


@dataclass(frozen=True, slots=True)
class Held:
    """A contest in one period, and the run that settled it; none before the period's first run."""

    period_id: int
    contest: ContestTable
    run_id: int | None
    as_of: datetime


@dataclass(frozen=True, slots=True)
class Contestant:
    """Of a member what anybody may see."""

    customer_id: int
    first_name: str
    last_name: str
    referral_code: str | None
    image_url: str


@dataclass(frozen=True, slots=True)
class Placed:
    """Who stands where."""

    position: int
    person: Contestant
    points: Decimal
    is_qualified: bool


@dataclass(frozen=True, slots=True)
class Total:
    """A member's points; no position without any."""

    customer_id: int
    period_id: int
    contest_id: int
    contest: str
    points: Decimal
    position: int | None
    is_qualified: bool
    as_of: datetime


@dataclass(frozen=True, slots=True)
class Standings(Total):
    """A member among the neighbours. `gap_to_next`: points of whoever stands next above, less the
    own; None at the top. `points_to_qualify`: what is missing to the qualifying line, other
    conditions aside."""

    contestants: int
    gap_to_next: Decimal | None
    qualifying_points: Decimal | None
    points_to_qualify: Decimal
    neighbours: Sequence[Placed]


@dataclass(frozen=True, slots=True)
class Entry:
    """Why a member has points. `quantity` is the volume, the growth or the number of newcomers;
    of a rank `source` names it."""

    reason_id: int
    reason: str
    source_id: int | None
    source: str | None
    quantity: Decimal
    points: Decimal


async def get_held(ctx: Context, contest_id: int, period_id: int) -> Held:
    """The contest with that number in a period; 0 is the plan's first contest, and the running
    month or, where the plan pays by the week, week.

    Raises NotFound when the plan of that period has no such contest.
    """
    found = await find_held(ctx, lambda one: contest_id in {0, one.id}, period_id)
    if found is None:
        raise NotFound
    return found


async def find_held(
    ctx: Context, is_meant: Callable[[ContestTable], bool], period_id: int
) -> Held | None:
    """The first contest of a period that is meant; see `get_held`."""
    plans = await versions.history(ctx.session)
    number = periods.resolve(ctx, period_id)
    if period_id == 0 and plans.find(number) is None:
        number = calendar.current_id(ctx.now, ctx.company.time_zone, PeriodType.WEEK)
    plan = plans.find(number)
    contests = running(plan, number) if plan else []
    found = next(filter(is_meant, contests), None)
    if found is None:
        return None
    row = await _run().fetch_one(ctx.session, period_id=number)
    return Held(number, found, *(row or (None, ctx.now)))


async def list_top(ctx: Context, contest_id: int, period_id: int) -> list[Placed]:
    """The first TOP of a contest. Source: contract, Points top50."""
    held = await get_held(ctx, contest_id, period_id)
    return list((await _find_placed(ctx, held, range(TOP))).values())


async def get_total(ctx: Context, customer_id: int, contest_id: int, period_id: int) -> Total:
    """A member's points. Source: contract, Points total."""
    held = await get_held(ctx, contest_id, period_id)
    return _total(held, customer_id, await _find_standing(ctx, held, customer_id))


async def get_standings(
    ctx: Context, customer_id: int, contest_id: int, period_id: int
) -> Standings:
    """Where a member stands, and among whom. Source: contract, Points standings."""
    held = await get_held(ctx, contest_id, period_id)
    own = await _find_standing(ctx, held, customer_id)
    total = _total(held, customer_id, own)
    least = held.contest.qualifies.points
    line = None if least is None else Decimal(least) / UNITS
    beside, above = range(0), -1
    if own.ordinal is not None:
        beside = range(max(own.ordinal - NEIGHBOURS, 0), own.ordinal + NEIGHBOURS + 1)
        # Whoever stands right before the first of those who share the position.
        above = own.position_no - 2
    placed = await _find_placed(ctx, held, {*beside, above}) if beside else {}
    return Standings(
        **asdict(total),
        contestants=own.contestants,
        gap_to_next=placed[above].points - total.points if above in placed else None,
        qualifying_points=line,
        points_to_qualify=max((line or Decimal(0)) - total.points, Decimal(0)),
        neighbours=[placed[ordinal] for ordinal in beside if ordinal in placed],
    )


async def list_entries(
    ctx: Context, customer_id: int, contest_id: int, period_id: int, page: Page
) -> Paged[Entry]:
    """Where a member's points come from. Source: contract, Points detail."""
    held = await get_held(ctx, contest_id, period_id)
    rows = await _entries(held.run_id or NO_RUN).fetch_all(
        ctx.session,
        contest_id=held.contest.id,
        customer_id=customer_id,
        after=page.offset,
        until=page.offset + page.limit,
    )
    entries = [
        Entry(
            row.reason_id,
            REASONS[row.reason_id],
            row.source_id,
            row.rank if row.reason_id in (RANK, HELD) else row.source,
            row.quantity,
            row.points,
        )
        for row in rows
        if row.reason_id is not None
    ]
    return Paged(entries, rows[0].total or 0, page)


async def _find_standing(ctx: Context, held: Held, customer_id: int) -> Any:
    """A member's points and place in the list, NULL without any, and how many are in it."""
    statement = _standing(held.run_id or NO_RUN)
    return await statement.fetch_one(
        ctx.session, contest_id=held.contest.id, customer_id=customer_id
    )


def _total(held: Held, customer_id: int, own: Any) -> Total:
    return Total(
        customer_id=customer_id,
        period_id=held.period_id,
        contest_id=held.contest.id,
        contest=held.contest.name,
        points=own.points or Decimal(0),
        position=own.position_no,
        is_qualified=own.is_qualified or False,
        as_of=held.as_of,
    )


async def _find_placed(ctx: Context, held: Held, ordinals: Iterable[int]) -> dict[int, Placed]:
    """Those at some places of the list, by place."""
    statement = _placed(held.run_id or NO_RUN)
    rows = await statement.fetch_all(
        ctx.session, contest_id=held.contest.id, ordinals=list(ordinals)
    )
    return {
        ordinal: Placed(position, Contestant(*person), points, is_qualified)
        for ordinal, position, points, is_qualified, *person in rows
    }


_RUN_ID = bindparam("run_id", None, BigInteger, literal_execute=True)
_CONTEST_ID = bindparam("contest_id", None, SmallInteger)
_CUSTOMER_ID = bindparam("customer_id", None, BigInteger)
_IN_CONTEST = (ContestStanding.run_id == _RUN_ID, ContestStanding.contest_id == _CONTEST_ID)
_OF_MEMBER = (
    ContestEntry.run_id == _RUN_ID,
    ContestEntry.contest_id == _CONTEST_ID,
    ContestEntry.customer_id == _CUSTOMER_ID,
)


@cache
def _run() -> Prepared:
    """The run in force of the parameter "period_id" and when it read its figures."""
    return prepare(
        select(CommissionRun.run_id, CommissionRun.started_at)
        .join(Period, Period.run_id == CommissionRun.run_id)
        .where(Period.period_id == bindparam("period_id", None, Integer))
    )


@lru_cache(maxsize=64)
def _standing(run_id: int) -> Prepared:
    s = ContestStanding
    # Ordinals count them.
    everybody = select((func.max(s.ordinal) + 1).label("last")).where(*_IN_CONTEST).subquery()
    own = (
        select(s.ordinal, s.position_no, s.points, s.is_qualified)
        .where(*_IN_CONTEST, s.customer_id == _CUSTOMER_ID)
        .subquery()
    )
    contestants = func.coalesce(everybody.c.last, 0).label("contestants")
    statement = select(*own.c, contestants).select_from(everybody.outerjoin(own, true()))
    return prepare(statement, run_id=run_id)


@lru_cache(maxsize=64)
def _placed(run_id: int) -> Prepared:
    s, c = ContestStanding, Customer
    statement = (
        select(
            s.ordinal, s.position_no, s.points, s.is_qualified,
            s.customer_id, c.first_name, c.last_name, c.referral_code, c.image_url,
        )
        .join(c, c.customer_id == s.customer_id)
        .where(*_IN_CONTEST, s.ordinal == any_(bindparam("ordinals", None, ARRAY(Integer))))
        .order_by(s.ordinal)
    )  # fmt: skip
    return prepare(statement, run_id=run_id)


@lru_cache(maxsize=64)
def _entries(run_id: int) -> Prepared:
    """A page of reasons beside how many there are (they are numbered); one row without reason
    where the page is empty."""
    e, c = ContestEntry, Customer
    count = select(func.max(e.entry_no).label("total")).where(*_OF_MEMBER).subquery()
    page = (
        select(
            e.entry_no,
            e.reason_id,
            e.source_id,
            (c.first_name + " " + c.last_name).label("source"),
            Rank.name.label("rank"),
            e.quantity,
            e.points,
        )
        .outerjoin(c, c.customer_id == e.source_id)
        .outerjoin(
            Rank, ((e.reason_id == RANK) | (e.reason_id == HELD)) & (Rank.rank_id == e.quantity)
        )
        .where(
            *_OF_MEMBER,
            e.entry_no > bindparam("after", None, BigInteger),
            e.entry_no <= bindparam("until", None, BigInteger),
        )
        .subquery()
    )
    statement = select(count.c.total, *page.c).select_from(count.outerjoin(page, true()))
    return prepare(statement.order_by(page.c.entry_no), run_id=run_id)
