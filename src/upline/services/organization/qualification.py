"""What the next rank asks of a member and what he has: the plan's requirements, one by one.

Ranks are given by the engine; this only explains them. PGV is measured as the next rank would:
without its qualifying legs and without organizations led by ranked members.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import Row, func, select

from upline.core.context import Context
from upline.models.customer import Customer
from upline.models.volume import MemberPeriod
from upline.services.organization.accounts import display_name, get_figures
from upline.services.plan import versions
from upline.services.plan.schema import PlanSchema
from upline.services.plan.schema_ranks import Rank
from upline.services.plan.schema_types import CUSTOMER_TYPES

INACTIVE_RANK = -1
UNITS = 10_000  # plans hold volumes in ten-thousandths
NOTHING = Decimal(0)

AnyRow = Row[*tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Requirement:
    """One thing a rank asks for."""

    name: str
    required: Decimal
    actual: Decimal

    @property
    def met(self) -> bool:
        return self.actual >= self.required


@dataclass(frozen=True, slots=True)
class Leg:
    """A front-line organization; `qualified` when the next rank would count it."""

    customer_id: int
    name: str
    ogv: Decimal
    qualified: bool


@dataclass(frozen=True, slots=True)
class Qualification:
    """A member between his rank and the next; at the top, the next one is the one he has."""

    customer_id: int
    period_id: int
    current_rank_id: int
    paid_as_rank_id: int
    max_rank_id: int
    next_rank_id: int
    requirements: list[Requirement]
    legs: list[Leg]


@dataclass(frozen=True, slots=True)
class Organization:
    """A member's figures in a run, with his front line from the largest OGV down."""

    run_id: int
    member: AnyRow
    children: Sequence[AnyRow]

    def legs(self, plan: PlanSchema) -> list[AnyRow]:
        """The front line without customers, who are no legs."""
        customers = {CUSTOMER_TYPES[name] for name in plan.volumes.customers}
        return [child for child in self.children if child.customer_type_id not in customers]


async def get_qualification(ctx: Context, member_id: int, period_id: int) -> Qualification:
    """How `member_id` stands in a month (0: the current one)."""
    figures = await get_figures(ctx, period_id)
    version = (await versions.history(ctx.session)).find(figures.period_id)
    plan = version.document.content if version else None
    found = await _find_organization(ctx, figures.run_id, member_id)
    rank = (
        _next_rank(plan.ranks, found.member.rank_id if found else INACTIVE_RANK) if plan else None
    )
    requirements, legs = [], []
    if plan and rank and found:
        requirements = await _measure(ctx, plan, rank, found)
        legs = [_leg(child, rank) for child in found.legs(plan)]
    elif rank:
        requirements = [Requirement(name, need, NOTHING) for name, need in _asked(rank)]
    return Qualification(
        customer_id=member_id,
        period_id=figures.period_id,
        current_rank_id=found.member.rank_id if found else INACTIVE_RANK,
        paid_as_rank_id=found.member.paid_rank_id if found else INACTIVE_RANK,
        max_rank_id=found.member.max_rank_id if found else INACTIVE_RANK,
        next_rank_id=rank.id if rank else INACTIVE_RANK,
        requirements=requirements,
        legs=legs,
    )


def _next_rank(ranks: Sequence[Rank], rank_id: int) -> Rank | None:
    """The rank above; ranks of a plan stand lowest first."""
    held = next((at for at, rank in enumerate(ranks) if rank.id == rank_id), -1)
    return ranks[min(held + 1, len(ranks) - 1)] if ranks else None


def _asked(rank: Rank) -> Iterable[tuple[str, Decimal]]:
    """What a rank asks for, by the names this answer uses."""
    volumes = {
        "pv": rank.pv,
        "totalpv": rank.total_pv,
        "ogv": rank.ov,
        "pgv": rank.gv,
        "left": rank.left,
        "right": rank.right,
        "cappedogv": rank.capped_ov.volume if rank.capped_ov else None,
    }
    for name, volume in volumes.items():
        if volume is not None:
            yield name, Decimal(volume) / UNITS
    counts = {"legs": rank.legs, "rankedlegs": rank.ranked_legs, "enrolled": rank.enrolled}
    for name, counted in counts.items():
        if counted is not None:
            yield name, Decimal(counted.count)


async def _measure(
    ctx: Context, plan: PlanSchema, rank: Rank, found: Organization
) -> list[Requirement]:
    member = found.member
    actual = {
        "pv": member.pv,
        "totalpv": member.total_pv,
        "ogv": member.ov,
        "left": member.left_volume,
        "right": member.right_volume,
        "cappedogv": _capped(rank, found),
        "legs": Decimal(sum(_counts(child, rank) for child in found.legs(plan))),
    }
    asked = dict(_asked(rank))
    if "pgv" in asked:
        actual["pgv"] = await _group_volume(ctx, plan, rank, found)
    if rank.ranked_legs:
        holders = await _load_ranked(ctx, plan, rank.ranked_legs.rank, found)
        heads = [child.pre for child in sorted(found.children, key=lambda child: child.pre)]
        legs = {bisect_right(heads, holder.pre) for holder in holders}
        actual["rankedlegs"] = Decimal(len(legs))
    if rank.enrolled:
        actual["enrolled"] = await _count_enrolled(ctx, plan, rank.enrolled.pv, found)
    return [Requirement(name, required, actual[name]) for name, required in asked.items()]


def _counts(child: AnyRow, rank: Rank) -> bool:
    """Whether a front-line organization is one of the legs `rank` asks for."""
    return (
        rank.legs is not None
        and child.ov * UNITS >= rank.legs.volume
        and child.pv * UNITS >= (rank.legs.pv or 0)
    )


def _capped(rank: Rank, found: Organization) -> Decimal:
    """OGV of which no leg, nor the member, counts for more than a share of what is asked."""
    if rank.capped_ov is None:
        return NOTHING
    limit = Decimal(rank.capped_ov.volume) / UNITS * rank.capped_ov.leg_share / 1_000_000
    # A customer's organization volume is shown as 0, but his purchases count.
    parts = [found.member.pv, *(child.ov or child.pv for child in found.children)]
    return sum((min(part, limit) for part in parts), NOTHING)


async def _group_volume(ctx: Context, plan: PlanSchema, rank: Rank, found: Organization) -> Decimal:
    """PGV the member would have at `rank`, whose legs are chosen to cost the least of it."""
    if plan.group_volume is None or rank.id not in _ids_from(plan, plan.group_volume.from_rank):
        return Decimal(found.member.ov)
    ranked = await _load_ranked(ctx, plan, plan.group_volume.from_rank, found)
    outside: dict[int, Decimal] = {}  # volume that is not group volume, by front-line member
    by_place = sorted(found.children, key=lambda child: child.pre)
    heads = [child.pre for child in by_place]
    covered = 0
    for leader in ranked:
        if leader.pre >= covered:  # not below another leader
            covered = leader.pre_end
            child = by_place[bisect_right(heads, leader.pre) - 1].customer_id
            outside[child] = outside.get(child, NOTHING) + leader.ov
    legs = [child for child in found.legs(plan) if _counts(child, rank)]
    costs = [(-leg.ov, leg.ov - outside.get(leg.customer_id, NOTHING)) for leg in legs]
    wanted = rank.legs.count if rank.legs else 0
    lost = sum((cost for _, cost in sorted(costs)[:wanted]), NOTHING)
    return Decimal(found.member.ov) - sum(outside.values(), NOTHING) - lost


def _ids_from(plan: PlanSchema, key: str) -> list[int]:
    """Ids of the rank called `key` and those above it."""
    position = [rank.key for rank in plan.ranks].index(key)
    return [rank.id for rank in plan.ranks[position:]]


async def _load_ranked(
    ctx: Context, plan: PlanSchema, key: str, found: Organization
) -> Sequence[AnyRow]:
    """Members below with at least the rank called `key`, in preorder."""
    query = (
        select(MemberPeriod.pre, MemberPeriod.pre_end, MemberPeriod.ov)
        .where(
            MemberPeriod.run_id == found.run_id,
            MemberPeriod.pre > found.member.pre,
            MemberPeriod.pre < found.member.pre_end,
            MemberPeriod.rank_id.in_(_ids_from(plan, key)),
        )
        .order_by(MemberPeriod.pre)
    )
    return (await ctx.session.execute(query)).all()


async def _count_enrolled(ctx: Context, plan: PlanSchema, pv: int, found: Organization) -> Decimal:
    """Personally enrolled members with at least `pv`."""
    members = [CUSTOMER_TYPES[name] for name in plan.volumes.members]
    count = await ctx.session.scalar(
        select(func.count()).where(
            MemberPeriod.run_id == found.run_id,
            MemberPeriod.enroller_id == found.member.customer_id,
            MemberPeriod.customer_type_id.in_(members),
            MemberPeriod.pv >= Decimal(pv) / UNITS,
        )
    )
    return Decimal(count or 0)


async def _find_organization(ctx: Context, run_id: int, member_id: int) -> Organization | None:
    """The member and his front line in one statement; None when the run does not know him."""
    columns = (
        MemberPeriod.customer_id,
        MemberPeriod.customer_type_id,
        MemberPeriod.pre,
        MemberPeriod.pre_end,
        MemberPeriod.pv,
        MemberPeriod.total_pv,
        MemberPeriod.ov,
        MemberPeriod.left_volume,
        MemberPeriod.right_volume,
        MemberPeriod.rank_id,
        MemberPeriod.paid_rank_id,
        MemberPeriod.max_rank_id,
        Customer.first_name,
        Customer.last_name,
    )
    query = (
        select(*columns)
        .join(Customer, Customer.customer_id == MemberPeriod.customer_id)
        .where(
            MemberPeriod.run_id == run_id,
            (MemberPeriod.customer_id == member_id) | (MemberPeriod.sponsor_id == member_id),
        )
        .order_by(MemberPeriod.ov.desc(), MemberPeriod.customer_id)
    )
    rows = (await ctx.session.execute(query)).all()
    member = next((row for row in rows if row.customer_id == member_id), None)
    if member is None:
        return None
    return Organization(run_id, member, [row for row in rows if row is not member])


def _leg(child: AnyRow, rank: Rank) -> Leg:
    return Leg(
        customer_id=child.customer_id,
        name=display_name(child.first_name, child.last_name),
        ogv=child.ov,
        qualified=_counts(child, rank),
    )
