"""The members an explanation is about, with all that is counted of them, in one statement.

They are the payee, the source and whoever stands between. What a plan asks for beyond the figures
of a run comes with them as columns, those that are asked for and no others.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Select,
    Subquery,
    any_,
    bindparam,
    func,
    literal,
    null,
    select,
    true,
    union_all,
)
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql.selectable import LateralFromClause

from upline.core.context import Context
from upline.core.prepared import Prepared, prepare
from upline.models.bonus import BonusMemory
from upline.models.commission import CommissionRun
from upline.models.customer import Customer
from upline.models.period import Period
from upline.models.volume import MemberPeriod, VolumeEntry
from upline.services.explain.facts import Facts, Kept, Legs, Measures, Past
from upline.services.explain.paths import PAYEE_ID, SOURCE_ID, Way, select_ways, ways_of
from upline.services.explain.people import load_people
from upline.services.period import calendar
from upline.services.period.calendar import PeriodType
from upline.services.plan.schema_base import Requires
from upline.services.plan.schema_types import ORDER_TYPES

DISTRIBUTOR = 2
OF_GATE = 0  # the memory of requirements, before those of the bonus's own
TEN_THOUSANDTHS = 10_000

_RUN_ID = bindparam("run_id", None, BigInteger, literal_execute=True)


@dataclass(frozen=True, slots=True)
class Members:
    """By number those whom the run knows, and by tree how the source stands below the payee."""

    facts: dict[int, Facts]
    measures: Measures
    ways: dict[str, Way]


@dataclass(frozen=True, slots=True)
class _Asked:
    """In which trees they stand between, and what is counted of each: frontline organizations and
    recruits by volume, volume of autoships in a period, what bonuses remember. Statements are kept
    by it."""

    trees: tuple[str, ...]
    legs: tuple[int, ...]
    recruits: tuple[int, ...]
    autoships_of: int | None
    memories: bool


async def load_members(
    ctx: Context,
    run_id: int,
    period_id: int,
    trees: Iterable[str],
    ends: tuple[int, int],
    asked: Sequence[Requires],
    customer_types: Sequence[str],
) -> Members:
    """Everybody between source and payee (`ends`) in those trees, who are among them whether one
    stands below the other or not. A statement more where earlier periods or people are asked for.
    """
    counted = _Asked(
        trees=tuple(sorted(trees)),
        legs=tuple(sorted({rule.legs.volume for rule in asked if rule.legs})),
        recruits=tuple(sorted({rule.enrolled.pv for rule in asked if rule.enrolled})),
        autoships_of=period_id if any(rule.autoship_pv is not None for rule in asked) else None,
        memories=any(rule.streak or rule.first_periods for rule in asked),
    )
    source_id, payee_id = ends
    rows = await _members(run_id, counted).fetch_all(
        ctx.session, source_id=source_id, payee_id=payee_id
    )
    numbers = sorted(row.customer_id for row in rows)
    back = max((_history(rule) for rule in asked), default=0)
    measures = Measures(
        autoship_pv={row.customer_id: row.autoship_pv for row in rows}
        if counted.autoships_of
        else {},
        legs=_by_volume(rows, "legs", counted.legs),
        recruits=_by_volume(rows, "recruits", counted.recruits),
        past=await _past(ctx, range(period_id - back, period_id), numbers) if back else {},
        kept={
            (row.customer_id, bonus_id): Kept(streak, first)
            for row in rows
            for bonus_id, streak, first in zip(
                row.bonus_ids or (), row.streaks or (), row.first_periods or (), strict=True
            )
        }
        if counted.memories
        else {},
        people=await load_people(ctx, run_id, period_id, asked, customer_types, numbers),
    )
    places = ((row.customer_id, row.trees or (), row.steps or ()) for row in rows)
    zone = ctx.company.time_zone
    facts = {row.customer_id: _facts(row, zone) for row in rows}
    return Members(facts, measures, ways_of(places, payee_id))


def _facts(row: Any, zone: str) -> Facts:
    return Facts(
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


def _by_volume(
    rows: Sequence[Any], name: str, volumes: Sequence[int]
) -> dict[tuple[int, int], int]:
    """Counts by member and by the volume counted from."""
    return {
        (row.customer_id, volume): getattr(row, f"{name}_{volume}")
        for row in rows
        for volume in volumes
    }


def _history(rule: Requires) -> int:
    """How many earlier periods a requirement looks at."""
    rolling = rule.rolling_pv.periods - 1 if rule.rolling_pv else 0
    return max(rolling, rule.held.periods if rule.held else 0)


@lru_cache(maxsize=64)
def _members(run_id: int, counted: _Asked) -> Prepared:
    """Each member found once through his keys, whatever the planner believes about the ways."""
    places = _places(counted.trees)
    card = _card(places.c.customer_id)
    query = (
        select(card, places.c.trees, places.c.steps, *_counts(counted, card.c.customer_id))
        .select_from(places)
        .join(card, true())
    )
    if counted.memories:
        memories = _memories(card.c.customer_id)
        query = query.add_columns(*memories.c).outerjoin(memories, true())
    return prepare(query, run_id=run_id)


def _places(trees: Sequence[str]) -> Subquery:
    """(customer_id, trees, steps) of everybody; of both ends also where no way joins them."""
    ways = select_ways(_RUN_ID, trees).subquery()
    ends = (select(null(), number, null()) for number in (SOURCE_ID, PAYEE_ID))
    everybody = union_all(select(ways.c.tree, ways.c.customer_id, ways.c.steps), *ends).subquery()
    on_a_way = everybody.c.tree.is_not(None)
    return (
        select(
            everybody.c.customer_id,
            func.array_agg(everybody.c.tree).filter(on_a_way).label("trees"),
            func.array_agg(everybody.c.steps).filter(on_a_way).label("steps"),
        )
        .group_by(everybody.c.customer_id)
        .subquery("places")
    )


def _card(customer_id: ColumnElement[Any]) -> LateralFromClause:
    member = MemberPeriod
    new_left, new_right = (func.coalesce(new, 0) for new in (member.left_new, member.right_new))
    paid = func.coalesce(func.least(member.left_paid, member.right_paid), 0)
    return (
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
        .where(member.run_id == _RUN_ID, member.customer_id == customer_id)
        .limit(1)
        .lateral("card")
    )


def _counts(counted: _Asked, customer_id: ColumnElement[Any]) -> Sequence[ColumnElement[Any]]:
    """Frontline organizations by OV, personally enrolled members by PV, autoships' PV."""
    member = MemberPeriod
    counts = [
        _count(customer_id, member.sponsor_id, member.ov, volume).label(f"legs_{volume}")
        for volume in counted.legs
    ]
    counts += [
        _count(customer_id, member.enroller_id, member.pv, volume).label(f"recruits_{volume}")
        for volume in counted.recruits
    ]
    if counted.autoships_of:
        counts.append(_autoship_pv(customer_id, counted.autoships_of).label("autoship_pv"))
    return counts


def _count(
    customer_id: ColumnElement[Any],
    above: InstrumentedAttribute[int | None],
    volume: InstrumentedAttribute[Decimal],
    least: int,
) -> ColumnElement[Any]:
    """How many distributors of at least that volume stand right below."""
    return (
        select(func.count())
        .where(
            MemberPeriod.run_id == _RUN_ID,
            above == customer_id,
            MemberPeriod.customer_type_id == DISTRIBUTOR,
            volume >= Decimal(least) / TEN_THOUSANDTHS,
        )
        .scalar_subquery()
    )


def _autoship_pv(customer_id: ColumnElement[Any], period_id: int) -> ColumnElement[Any]:
    weekly = calendar.period_type(period_id) is PeriodType.WEEK
    counted_in = VolumeEntry.week_id if weekly else VolumeEntry.period_id
    return (
        select(func.coalesce(func.sum(VolumeEntry.pv), 0))
        .where(
            counted_in == period_id,
            VolumeEntry.customer_id == customer_id,
            VolumeEntry.order_type_id == ORDER_TYPES["autoship"],
        )
        .scalar_subquery()
    )


def _memories(customer_id: ColumnElement[Any]) -> LateralFromClause:
    """What bonuses remember of a member, as three columns of equal length; NULL for nothing."""
    memory = BonusMemory
    return (
        select(
            func.array_agg(memory.bonus_id).label("bonus_ids"),
            func.array_agg(memory.counted).label("streaks"),
            func.array_agg(memory.first_period_id).label("first_periods"),
        )
        .where(
            memory.run_id == _RUN_ID,
            memory.customer_id == customer_id,
            memory.slot == OF_GATE,
        )
        .lateral("memories")
    )


async def _past(
    ctx: Context, period_ids: range, customer_ids: Sequence[int]
) -> dict[tuple[int, int], Past]:
    """Members in earlier periods, by member and period."""
    query: Select[int, int, Decimal, int, int] = (
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
            MemberPeriod.customer_id == any_(literal(list(customer_ids), ARRAY(BigInteger))),
        )
    )
    return {
        (row.customer_id, row.period_id): Past(row.pv, row.rank_id, row.paid_rank_id)
        for row in await ctx.session.execute(query)
    }
