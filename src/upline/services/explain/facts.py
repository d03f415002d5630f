"""What a run kept of members: the figures that a plan's requirements are compared with."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Numeric,
    any_,
    bindparam,
    func,
    literal,
    select,
)
from sqlalchemy.orm import InstrumentedAttribute

from upline.core.context import Context
from upline.core.prepared import Prepared, prepare
from upline.models.bonus import BonusMemory
from upline.models.commission import CommissionRun
from upline.models.customer import Customer
from upline.models.period import Period
from upline.models.volume import MemberPeriod, VolumeEntry
from upline.services.explain.people import People, load_people
from upline.services.period import calendar
from upline.services.period.calendar import PeriodType
from upline.services.plan.schema_base import Requires
from upline.services.plan.schema_types import ORDER_TYPES

DISTRIBUTOR = 2
OF_GATE = 0  # the memory of requirements, before those of the bonus's own

_RUN_ID = bindparam("run_id", None, BigInteger, literal_execute=True)
_CUSTOMER_IDS = bindparam("customer_ids", None, ARRAY(BigInteger))


@dataclass(frozen=True, slots=True)
class Legs:
    """Both binary legs before matching, carry included, and what was paid for of the lesser one."""

    left: Decimal
    right: Decimal
    paid: Decimal


@dataclass(frozen=True, slots=True)
class Facts:
    """A member in a run; `rank_id` is what he is paid as, `enrolled_month` a period's number."""

    customer_id: int
    name: str
    customer_type_id: int
    status_id: int
    enrolled_month: int
    pv: Decimal
    cv: Decimal
    total_pv: Decimal
    ov: Decimal
    gv: Decimal
    rank_id: int
    max_rank_id: int
    legs: Legs


@dataclass(frozen=True, slots=True)
class Past:
    """A member in one of the periods before."""

    pv: Decimal
    rank_id: int
    paid_rank_id: int


@dataclass(frozen=True, slots=True)
class Kept:
    """What a bonus remembers of a member: periods in a row, the first that counted (0: none)."""

    streak: int
    first_period: int


@dataclass(frozen=True, slots=True)
class Measures:
    """What some requirements count beside the figures of a run; only what is asked.

    By member; with the volume counted by, the period or the bonus.
    """

    autoship_pv: dict[int, Decimal]
    legs: dict[tuple[int, int], int]
    recruits: dict[tuple[int, int], int]
    past: dict[tuple[int, int], Past]
    kept: dict[tuple[int, int], Kept]
    people: People


async def load_facts(ctx: Context, run_id: int, customer_ids: Sequence[int]) -> dict[int, Facts]:
    """Those of the members whom the run knows; one statement."""
    rows = await _members(run_id).fetch_all(ctx.session, customer_ids=customer_ids)
    zone = ctx.company.time_zone
    return {
        row.customer_id: Facts(
            customer_id=row.customer_id,
            name=row.name,
            customer_type_id=row.customer_type_id,
            status_id=row.status_id,
            enrolled_month=calendar.month_id(calendar.local_date(row.enrolled_at, zone)),
            pv=row.pv,
            cv=row.cv,
            total_pv=row.total_pv,
            ov=row.ov,
            gv=row.gv,
            rank_id=row.paid_rank_id,
            max_rank_id=row.max_rank_id,
            legs=Legs(row.left, row.right, row.paid),
        )
        for row in rows
    }


@lru_cache(maxsize=64)
def _members(run_id: int) -> Prepared:
    """Figures of the parameter "customer_ids"."""
    member = MemberPeriod
    new_left, new_right = (func.coalesce(new, 0) for new in (member.left_new, member.right_new))
    paid = func.coalesce(func.least(member.left_paid, member.right_paid), 0)
    return prepare(
        select(
            member.customer_id,
            func.concat_ws(" ", Customer.first_name, Customer.last_name).label("name"),
            member.customer_type_id,
            member.status_id,
            Customer.enrolled_at,
            member.pv,
            member.cv,
            member.total_pv,
            member.ov,
            member.gv,
            member.paid_rank_id,
            member.max_rank_id,
            (member.carry_left_in + new_left).label("left"),
            (member.carry_right_in + new_right).label("right"),
            paid.label("paid"),
        )
        .join(Customer, Customer.customer_id == member.customer_id)
        .where(
            member.run_id == _RUN_ID,
            member.customer_id == any_(_CUSTOMER_IDS),
        ),
        run_id=run_id,
    )


async def load_measures(
    ctx: Context,
    run_id: int,
    period_id: int,
    asked: Sequence[Requires],
    customer_ids: Sequence[int],
    customer_types: Sequence[str],
) -> Measures:
    """What `asked` counts of those members: a statement for each thing that is asked at all."""
    legs = {rule.legs.volume for rule in asked if rule.legs}
    recruits = {rule.enrolled.pv for rule in asked if rule.enrolled}
    back = max((_history(rule) for rule in asked), default=0)
    return Measures(
        autoship_pv=await _autoship_pv(ctx, period_id, customer_ids)
        if any(rule.autoship_pv is not None for rule in asked)
        else {},
        legs=await _count(ctx, _organizations(run_id), legs, customer_ids),
        recruits=await _count(ctx, _enrolled(run_id), recruits, customer_ids),
        past=await _past(ctx, range(period_id - back, period_id), customer_ids) if back else {},
        kept=await _kept(ctx, run_id, customer_ids)
        if any(rule.streak or rule.first_periods for rule in asked)
        else {},
        people=await load_people(ctx, run_id, period_id, asked, customer_types, customer_ids),
    )


def _history(rule: Requires) -> int:
    """How many earlier periods a requirement looks at."""
    rolling = rule.rolling_pv.periods - 1 if rule.rolling_pv else 0
    return max(rolling, rule.held.periods if rule.held else 0)


async def _autoship_pv(
    ctx: Context, period_id: int, customer_ids: Sequence[int]
) -> dict[int, Decimal]:
    weekly = calendar.period_type(period_id) is PeriodType.WEEK
    counted_in = VolumeEntry.week_id if weekly else VolumeEntry.period_id
    query = (
        select(VolumeEntry.customer_id, func.sum(VolumeEntry.pv).label("pv"))
        .where(
            counted_in == period_id,
            VolumeEntry.customer_id == _any(customer_ids),
            VolumeEntry.order_type_id == ORDER_TYPES["autoship"],
        )
        .group_by(VolumeEntry.customer_id)
    )
    return {row.customer_id: row.pv for row in await ctx.session.execute(query)}


async def _count(
    ctx: Context, statement: Prepared, volumes: set[int], customer_ids: Sequence[int]
) -> dict[tuple[int, int], int]:
    """Those of at least so much volume, by whom they stand below and by volume."""
    found: dict[tuple[int, int], int] = {}
    for volume in sorted(volumes):
        least = Decimal(volume) / 10_000
        rows = await statement.fetch_all(ctx.session, customer_ids=list(customer_ids), least=least)
        found |= {(row.number, volume): row.members for row in rows}
    return found


@lru_cache(maxsize=64)
def _organizations(run_id: int) -> Prepared:
    """Frontline organizations, by OV."""
    return _counted(run_id, MemberPeriod.sponsor_id, MemberPeriod.ov)


@lru_cache(maxsize=64)
def _enrolled(run_id: int) -> Prepared:
    """Personally enrolled members, by PV."""
    return _counted(run_id, MemberPeriod.enroller_id, MemberPeriod.pv)


def _counted(
    run_id: int, above: InstrumentedAttribute[int | None], volume: InstrumentedAttribute[Decimal]
) -> Prepared:
    """How many distributors of "least" volume stand right below each of "customer_ids"."""
    return prepare(
        select(above.label("number"), func.count().label("members"))
        .where(
            MemberPeriod.run_id == _RUN_ID,
            above == any_(_CUSTOMER_IDS),
            MemberPeriod.customer_type_id == DISTRIBUTOR,
            volume >= bindparam("least", None, Numeric),
        )
        .group_by(above),
        run_id=run_id,
    )


async def _past(
    ctx: Context, period_ids: range, customer_ids: Sequence[int]
) -> dict[tuple[int, int], Past]:
    """Members in earlier periods, by member and period."""
    query = (
        select(
            Period.period_id,
            MemberPeriod.customer_id,
            MemberPeriod.pv,
            MemberPeriod.rank_id,
            MemberPeriod.paid_rank_id,
        )
        .join(CommissionRun, CommissionRun.run_id == Period.run_id)
        .join(MemberPeriod, MemberPeriod.run_id == CommissionRun.run_id)
        .where(
            Period.period_id.in_(list(period_ids)),
            MemberPeriod.customer_id == _any(customer_ids),
        )
    )
    return {
        (row.customer_id, row.period_id): Past(row.pv, row.rank_id, row.paid_rank_id)
        for row in await ctx.session.execute(query)
    }


async def _kept(
    ctx: Context, run_id: int, customer_ids: Sequence[int]
) -> dict[tuple[int, int], Kept]:
    rows = await _memories(run_id).fetch_all(ctx.session, customer_ids=list(customer_ids))
    return {(row.customer_id, row.bonus_id): Kept(row.counted, row.first_period_id) for row in rows}


@lru_cache(maxsize=64)
def _memories(run_id: int) -> Prepared:
    memory = BonusMemory
    return prepare(
        select(memory.customer_id, memory.bonus_id, memory.counted, memory.first_period_id).where(
            memory.run_id == _RUN_ID,
            memory.customer_id == any_(_CUSTOMER_IDS),
            memory.slot == OF_GATE,
        ),
        run_id=run_id,
    )


def _any(customer_ids: Sequence[int]) -> Any:
    return any_(literal(list(customer_ids), ARRAY(BigInteger)))
