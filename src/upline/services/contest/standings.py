"""Where members stand in a contest; every answer is some rows of an index.

Figures are those of the run in force, and as of its last full calculation.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Any

from sqlalchemy import BigInteger, Integer, Select, SmallInteger, bindparam, func, select

from upline.core.context import Context
from upline.core.errors import NotFound
from upline.core.paging import Page, Paged
from upline.engine.contests import CARRIED, ENROLMENT, GROWTH, RANK, VOLUME
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

TOP = 50
NEIGHBOURS = 2  # on each side
UNITS = 10_000
REASONS = {
    ENROLMENT: "Enrolment",
    VOLUME: "Volume",
    RANK: "Rank advancement",
    GROWTH: "Volume growth",
    CARRIED: "Earlier periods",
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
    row = (await ctx.session.execute(_run(), {"period_id": number})).one_or_none()
    return Held(number, found, *(row or (None, ctx.now)))


async def list_top(ctx: Context, contest_id: int, period_id: int) -> list[Placed]:
    """The first TOP of a contest. Source: contract, Points top50."""
    held = await get_held(ctx, contest_id, period_id)
    return await _between(ctx, held, 0, TOP - 1)


async def get_total(ctx: Context, customer_id: int, contest_id: int, period_id: int) -> Total:
    """A member's points. Source: contract, Points total."""
    held = await get_held(ctx, contest_id, period_id)
    total, _ = await _total(ctx, held, customer_id)
    return total


async def get_standings(
    ctx: Context, customer_id: int, contest_id: int, period_id: int
) -> Standings:
    """Where a member stands, and among whom. Source: contract, Points standings."""
    held = await get_held(ctx, contest_id, period_id)
    total, ordinal = await _total(ctx, held, customer_id)
    least = held.contest.qualifies.points
    line = None if least is None else Decimal(least) / UNITS
    count = await ctx.session.scalar(_last(), _key(held)) or 0
    near: list[Placed] = []
    gap = None
    if ordinal is not None:
        near = await _between(ctx, held, ordinal - NEIGHBOURS, ordinal + NEIGHBOURS)
    if total.position is not None and total.position > 1:
        # Whoever stands right before the first of those who share the position.
        above = await _between(ctx, held, total.position - 2, total.position - 2)
        gap = above[0].points - total.points
    missing = max((line or Decimal(0)) - total.points, Decimal(0))
    return Standings(
        **asdict(total),
        contestants=count,
        gap_to_next=gap,
        qualifying_points=line,
        points_to_qualify=missing,
        neighbours=near,
    )


async def list_entries(
    ctx: Context, customer_id: int, contest_id: int, period_id: int, page: Page
) -> Paged[Entry]:
    """Where a member's points come from. Source: contract, Points detail."""
    held = await get_held(ctx, contest_id, period_id)
    parameters = {**_key(held), "customer_id": customer_id}
    total = await ctx.session.scalar(_last_entry(), parameters) or 0
    after = {"after": page.offset, "until": page.offset + page.limit}
    rows = await ctx.session.execute(_entries(), {**parameters, **after})
    entries = [
        Entry(
            row.reason_id,
            REASONS[row.reason_id],
            row.source_id,
            row.rank if row.reason_id == RANK else row.source,
            row.quantity,
            row.points,
        )
        for row in rows
    ]
    return Paged(entries, total, page)


def _key(held: Held) -> dict[str, object]:
    return {"run_id": held.run_id, "contest_id": held.contest.id}


async def _total(ctx: Context, held: Held, customer_id: int) -> tuple[Total, int | None]:
    """A member's points and place in the list."""
    parameters = {**_key(held), "customer_id": customer_id}
    row = (await ctx.session.execute(_standing(), parameters)).one_or_none()
    ordinal, position, points, is_qualified = row or (None, None, Decimal(0), False)
    contest = held.contest
    return (
        Total(
            customer_id,
            held.period_id,
            contest.id,
            contest.name,
            points,
            position,
            is_qualified,
            held.as_of,
        ),
        ordinal,
    )


async def _between(ctx: Context, held: Held, first: int, last: int) -> list[Placed]:
    """Those from one ordinal to another."""
    rows = await ctx.session.execute(_range(), {**_key(held), "first": first, "last": last})
    return [
        Placed(position, Contestant(*person), points, is_qualified)
        for position, points, is_qualified, *person in rows
    ]


_RUN_ID = bindparam("run_id", type_=BigInteger)
_IN_CONTEST = (
    ContestStanding.run_id == _RUN_ID,
    ContestStanding.contest_id == bindparam("contest_id", type_=SmallInteger),
)
_OF_MEMBER = (
    ContestEntry.run_id == _RUN_ID,
    ContestEntry.contest_id == bindparam("contest_id", type_=SmallInteger),
    ContestEntry.customer_id == bindparam("customer_id", type_=BigInteger),
)


@cache
def _run() -> Select[int, datetime]:
    """The run in force of the parameter "period_id" and when it read its figures."""
    return (
        select(CommissionRun.run_id, CommissionRun.started_at)
        .join(Period, Period.run_id == CommissionRun.run_id)
        .where(Period.period_id == bindparam("period_id", type_=Integer))
    )


@cache
def _standing() -> Select[int, int, Decimal, bool]:
    s = ContestStanding
    return select(s.ordinal, s.position_no, s.points, s.is_qualified).where(
        *_IN_CONTEST, s.customer_id == bindparam("customer_id", type_=BigInteger)
    )


@cache
def _last() -> Select[int]:
    """How many stand in the contest: ordinals count them."""
    return select(func.max(ContestStanding.ordinal) + 1).where(*_IN_CONTEST)


@cache
def _range() -> Select[*tuple[Any, ...]]:
    s, c = ContestStanding, Customer
    return (
        select(
            s.position_no, s.points, s.is_qualified,
            s.customer_id, c.first_name, c.last_name, c.referral_code, c.image_url,
        )
        .join(c, c.customer_id == s.customer_id)
        .where(
            *_IN_CONTEST,
            s.ordinal >= bindparam("first", type_=Integer),
            s.ordinal <= bindparam("last", type_=Integer),
        )
        .order_by(s.ordinal)
    )  # fmt: skip


@cache
def _last_entry() -> Select[int]:
    """How many reasons there are: they are numbered."""
    return select(func.max(ContestEntry.entry_no)).where(*_OF_MEMBER)


@cache
def _entries() -> Select[*tuple[Any, ...]]:
    e, c = ContestEntry, Customer
    return (
        select(
            e.reason_id,
            e.source_id,
            (c.first_name + " " + c.last_name).label("source"),
            Rank.name.label("rank"),
            e.quantity,
            e.points,
        )
        .outerjoin(c, c.customer_id == e.source_id)
        .outerjoin(Rank, (e.reason_id == RANK) & (Rank.rank_id == e.quantity))
        .where(
            *_OF_MEMBER,
            e.entry_no > bindparam("after", type_=BigInteger),
            e.entry_no <= bindparam("until", type_=BigInteger),
        )
        .order_by(e.entry_no)
    )
