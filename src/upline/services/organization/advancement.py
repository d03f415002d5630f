"""The way to the next rank: every requirement, the legs, and the cheapest steps to what is missing.

Volume in one place counts in several: what a leg needs to qualify, and what the member buys, are
volume of the organization, too. So the steps are taken in that order, and of each total only what
they leave missing remains.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cache

from sqlalchemy import BigInteger, Integer, bindparam, select

from upline.core.context import Context
from upline.core.errors import NotFound
from upline.core.prepared import Prepared, prepare
from upline.models.commission import Rank as RankRow
from upline.models.commission import RankAchievement
from upline.models.period import Period
from upline.services.organization.qualification import find_next, load_names
from upline.services.organization.requirements import (
    UNITS,
    Requirement,
    counts,
    describe,
    leg_losses,
    list_asked,
    measure,
)
from upline.services.organization.standing import NOTHING, AnyRow, Standing, find_standing
from upline.services.period import calendar
from upline.services.period import queries as periods
from upline.services.period.calendar import PeriodType
from upline.services.plan import versions
from upline.services.plan.schema import PlanSchema
from upline.services.plan.schema_ranks import Rank

INACTIVE = -1
# Of the widest front lines the largest legs are shown; the others decide nothing.
LEGS_SHOWN = 50


@dataclass(frozen=True, slots=True)
class Held:
    """A rank by number and name."""

    rank_id: int
    rank: str


@dataclass(frozen=True, slots=True)
class Leg:
    """A front-line organization; `missing` is the volume that would make the next rank count it,
    `missing_personal_volume` what its head would have to buy for that."""

    customer_id: int
    name: str
    organization_volume: Decimal
    personal_volume: Decimal
    rank_id: int
    counts: bool
    missing: Decimal
    missing_personal_volume: Decimal


@dataclass(frozen=True, slots=True)
class Step:
    """So much more of one thing; `customer_id` names the leg it takes, None a new one or none."""

    requirement: str
    missing: Decimal
    customer_id: int | None = None
    name: str = ""


@dataclass(frozen=True, slots=True)
class Achievement:
    """The first period a rank was reached in."""

    rank_id: int
    rank: str
    period_id: int
    date: datetime


@dataclass(frozen=True, slots=True)
class Advancement:
    """Where a member stands between ranks; without a next rank nothing is asked."""

    customer_id: int
    period_id: int
    current_rank: Held
    paid_as_rank: Held
    highest_rank: Held
    forced_rank: Held | None
    next_rank: Held | None
    requirements: list[Requirement]
    legs: list[Leg]
    cheapest_way: list[Step]
    history: list[Achievement]


@dataclass(frozen=True, slots=True)
class RankView:
    """A rank of the plan as a member sees it."""

    rank_id: int
    rank: str
    description: str
    requirements: list[Requirement]
    is_current: bool
    is_paid_as: bool
    is_highest: bool
    achieved_date: datetime | None


@dataclass(frozen=True, slots=True)
class _Place:
    """A member under the plan of a period; `standing` is None where no run knows him."""

    period_id: int
    plan: PlanSchema
    standing: Standing | None
    ranks: dict[int, AnyRow]

    def held(self, column: str) -> Held:
        """The rank a column of his figures holds."""
        rank_id = getattr(self.standing.member, column) if self.standing else INACTIVE
        return Held(rank_id, self.ranks[rank_id].name if rank_id in self.ranks else "")

    @property
    def history(self) -> list[Achievement]:
        """Ranks reached, the latest first."""
        reached = [rank for rank in self.ranks.values() if rank.achieved_at is not None]
        reached.sort(key=lambda rank: (rank.period_id, rank.rank_id), reverse=True)
        return [Achievement(r.rank_id, r.name, r.period_id, r.achieved_at) for r in reached]


async def get_advancement(ctx: Context, member_id: int, period_id: int = 0) -> Advancement:
    """How a member stands in a period (0: the running one). Raises NotFound outside the calendar
    and before the first plan. Source: contract, Organization rankadvancement."""
    place = await _find_place(ctx, member_id, period_id)
    standing, current = place.standing, place.held("rank_id")
    rank = find_next(place.plan.ranks, current.rank_id)
    following = rank if rank and rank.id != current.rank_id else None
    requirements: list[Requirement] = []
    legs: list[Leg] = []
    steps: list[Step] = []
    if following and standing:
        requirements = await measure(following, standing)
        wanted = following.legs.count if following.legs else 0
        shown = await standing.list_largest_legs(max(LEGS_SHOWN, wanted))
        legs = await _list_legs(ctx, following, shown)
        losses = await leg_losses(following, standing, shown)
        steps = list(_steps(following, requirements, legs, losses))
    elif following:
        requirements = list_asked(following)
        steps = list(_steps(following, requirements, [], {}))
    forced = place.held("forced_rank_id")
    return Advancement(
        customer_id=member_id,
        period_id=place.period_id,
        current_rank=current,
        paid_as_rank=place.held("paid_rank_id"),
        highest_rank=place.held("max_rank_id"),
        forced_rank=None if forced.rank_id == INACTIVE else forced,
        next_rank=Held(following.id, following.name) if following else None,
        requirements=requirements,
        legs=legs[:LEGS_SHOWN],
        cheapest_way=steps,
        history=place.history,
    )


async def list_ranks(ctx: Context, member_id: int, period_id: int = 0) -> list[RankView]:
    """Every rank of the plan, lowest first, measured for a member; raises like `get_advancement`.

    Source: contract, Organization ranks.
    """
    place = await _find_place(ctx, member_id, period_id)
    known = place.ranks
    current, paid, highest = (
        place.held(column).rank_id for column in ("rank_id", "paid_rank_id", "max_rank_id")
    )
    return [
        RankView(
            rank_id=rank.id,
            rank=rank.name,
            description=known[rank.id].description or describe(rank),
            requirements=await measure(rank, place.standing)
            if place.standing
            else list_asked(rank),
            is_current=rank.id == current,
            is_paid_as=rank.id == paid,
            is_highest=rank.id == highest,
            achieved_date=known[rank.id].achieved_at,
        )
        for rank in place.plan.ranks
    ]


async def _find_place(ctx: Context, member_id: int, period_id: int) -> _Place:
    number = periods.resolve(ctx, period_id)
    week = calendar.current_id(ctx.now, ctx.company.time_zone, PeriodType.WEEK)
    rows = await _plans().fetch_all(
        ctx.session, known_plans=versions.known_plans(), period_id=number, week_id=week
    )
    plans = versions.History(tuple(map(versions.read, rows)))
    version, run_id = plans.find(number), rows[0].run_id if rows else None
    if period_id == 0 and version is None:  # where weeks are paid, the running week
        number, version, run_id = week, plans.find(week), rows[0].week_run_id if rows else None
    if version is None:
        raise NotFound
    plan = version.document.content
    standing = await find_standing(ctx, run_id, number, plan, member_id) if run_id else None
    ranks = await _ranks().fetch_all(ctx.session, customer_id=member_id)
    return _Place(number, plan, standing, {rank.rank_id: rank for rank in ranks})


@cache
def _plans() -> Prepared:
    """Every version, newest first; with the runs in force of a period and of the running week."""
    in_force = (
        select(Period.run_id)
        .where(Period.period_id == bindparam(name, None, Integer))
        .scalar_subquery()
        .label(label)
        for name, label in (("period_id", "run_id"), ("week_id", "week_run_id"))
    )
    return prepare(select(*versions.COLUMNS, *in_force).order_by(*versions.NEWEST_FIRST))


@cache
def _ranks() -> Prepared:
    """All ranks, and where the member reached them first."""
    reached = RankAchievement
    return prepare(
        select(RankRow.rank_id, RankRow.name, RankRow.description)
        .add_columns(reached.period_id, reached.achieved_at)
        .outerjoin(
            reached,
            (reached.rank_id == RankRow.rank_id)
            & (reached.customer_id == bindparam("customer_id", None, BigInteger)),
        )
    )


async def _list_legs(ctx: Context, rank: Rank, legs: Sequence[AnyRow]) -> list[Leg]:
    """What each of a member's legs needs to count, in their order."""
    names = await load_names(ctx, [leg.customer_id for leg in legs])
    return [_leg(leg, rank, names[leg.customer_id]) for leg in legs]


def _leg(leg: AnyRow, rank: Rank, name: str) -> Leg:
    volume, pv = (rank.legs.volume, rank.legs.pv or 0) if rank.legs else (0, 0)
    return Leg(
        customer_id=leg.customer_id,
        name=name,
        organization_volume=leg.ov,
        personal_volume=leg.pv,
        rank_id=leg.rank_id,
        counts=counts(leg, rank),
        missing=max(Decimal(volume) / UNITS - leg.ov, NOTHING),
        missing_personal_volume=max(Decimal(pv) / UNITS - leg.pv, NOTHING),
    )


def _steps(
    rank: Rank,
    requirements: Sequence[Requirement],
    legs: Sequence[Leg],
    losses: Mapping[int, Decimal],
) -> Iterator[Step]:
    """What is missing, nothing twice: legs, own purchases, customers', the group's, the rest."""
    asked = {each.name: each for each in requirements if each.actual is not None}
    missing = {name: each.missing for name, each in asked.items() if not each.met}
    taken = list(_leg_steps(rank, int(missing.pop("legs", NOTHING)), legs))
    yield from taken
    in_legs = sum((step.missing for step in taken), NOTHING)
    own = missing.pop("pv", NOTHING)
    bought = max(missing.pop("totalpv", NOTHING) - own, NOTHING)
    group = NOTHING
    if "pgv" in asked:  # a leg that begins to count leaves the group
        missing.pop("pgv", None)
        lost = sum((losses.get(step.customer_id or 0, NOTHING) for step in taken), NOTHING)
        has = asked["pgv"].actual or NOTHING
        group = max(asked["pgv"].required - has + lost - own - bought, NOTHING)
    rest = max(missing.pop("ogv", NOTHING) - in_legs - own - bought - group, NOTHING)
    for name, amount in (("pv", own), ("totalpv", bought), ("pgv", group), ("ogv", rest)):
        if amount:
            yield Step(name, amount)
    for name, amount in missing.items():
        yield Step(name, amount)


def _leg_steps(rank: Rank, wanted: int, legs: Sequence[Leg]) -> Iterator[Step]:
    """The legs that need the least; when there are too few, new ones."""
    nearest = sorted(
        (leg for leg in legs if not leg.counts),
        key=lambda leg: (max(leg.missing, leg.missing_personal_volume), leg.customer_id),
    )
    for leg in nearest[:wanted]:
        need = max(leg.missing, leg.missing_personal_volume)
        yield Step("legs", need, leg.customer_id, leg.name)
    volume = Decimal(rank.legs.volume if rank.legs else 0) / UNITS
    for _ in range(wanted - len(nearest)):
        yield Step("legs", volume)
