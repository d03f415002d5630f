"""Both binary legs of a member: what they brought, what was carried, paid and flushed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cache, lru_cache
from typing import Any

from sqlalchemy import ARRAY, BigInteger, SmallInteger, any_, bindparam, func, select

from upline.core.context import Context
from upline.core.paging import Page, Paged
from upline.core.prepared import Prepared, prepare
from upline.models.commission import CheckItem
from upline.models.volume import MemberPeriod
from upline.services.period import calendar
from upline.services.period import queries as periods
from upline.services.period.calendar import PeriodType
from upline.services.plan import versions
from upline.services.plan.versions import InForce
from upline.services.volume.sources import find_sources, list_sources

LEFT, RIGHT = 1, 2
POSITIONS = {LEFT: "Left", RIGHT: "Right"}
BONUS = 1  # kind of a check's item
NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class Legs:
    """Leg volumes of one period. Totals are with what was carried in; without a stronger leg none
    is strong or weak. `projected_pay` is what binary bonuses come to so far, in plan currency."""

    customer_id: int
    period_id: int
    left_volume: Decimal
    right_volume: Decimal
    carryover_left: Decimal
    carryover_right: Decimal
    left_total: Decimal
    right_total: Decimal
    strong_leg_id: int | None
    strong_leg: str | None
    weak_leg_id: int | None
    weak_leg: str | None
    paid_leg_volume: Decimal
    projected_pay: Decimal
    currency_code: str
    as_of: datetime


@dataclass(frozen=True, slots=True)
class Carryover:
    """What a period did to both legs: in + new - paid - flushed = out."""

    period_id: int
    left_in: Decimal = NOTHING
    right_in: Decimal = NOTHING
    left_new: Decimal = NOTHING
    right_new: Decimal = NOTHING
    left_paid: Decimal = NOTHING
    right_paid: Decimal = NOTHING
    left_flushed: Decimal = NOTHING
    right_flushed: Decimal = NOTHING
    left_out: Decimal = NOTHING
    right_out: Decimal = NOTHING


async def get_legs(ctx: Context, customer_id: int, period_id: int) -> Legs:
    """A member's legs in a period; 0 is the one running now that the plan pays by.

    Zeros outside the binary tree. Raises NotFound for a number outside the calendar.
    Source: contract, Volume binary.
    """
    number, plan = await _resolve(ctx, period_id)
    bonuses = [] if plan is None else plan.document.bonuses
    (source,) = await find_sources(ctx, [number])
    row: Sequence[Any] | None = None
    if source.run_id is not None:
        row = await _legs(source.run_id).fetch_one(
            ctx.session,
            customer_id=customer_id,
            bonus_ids=[bonus.id for bonus in bonuses if bonus.kind == "binary"],
        )
    left, right, left_in, right_in, pay = row or [NOTHING] * 5
    totals = {LEFT: left + left_in, RIGHT: right + right_in}
    weak, strong = sorted(totals, key=lambda leg: totals[leg])
    even = totals[weak] == totals[strong]
    return Legs(
        customer_id=customer_id,
        period_id=number,
        left_volume=left,
        right_volume=right,
        carryover_left=left_in,
        carryover_right=right_in,
        left_total=totals[LEFT],
        right_total=totals[RIGHT],
        strong_leg_id=None if even else strong,
        strong_leg=None if even else POSITIONS[strong],
        weak_leg_id=None if even else weak,
        weak_leg=None if even else POSITIONS[weak],
        paid_leg_volume=totals[weak],
        projected_pay=pay,
        currency_code=plan.document.plan.currency if plan else ctx.company.currency,
        as_of=source.as_of,
    )


async def list_carryover(ctx: Context, customer_id: int, page: Page) -> Paged[Carryover]:
    """Every period the plan paid by since the member enrolled, newest first.

    Source: contract, Volume carryover.
    """
    number, _ = await _resolve(ctx, 0)
    sources = await list_sources(ctx, customer_id, page, [calendar.period_type(number)])
    run_ids = [source.run_id for source in sources.items]
    rows = await _carried().fetch_all(ctx.session, customer_id=customer_id, run_ids=run_ids)
    known = {run_id: volumes for run_id, *volumes in rows}
    found = [Carryover(each.period_id, *known.get(each.run_id, ())) for each in sources.items]
    return Paged(found, sources.total, page)


async def _resolve(ctx: Context, period_id: int) -> tuple[int, InForce | None]:
    """The period and its plan; for 0 the running month or, under a weekly plan, week."""
    plans = await versions.history(ctx.session)
    number = periods.resolve(ctx, period_id)
    plan = plans.find(number)
    if period_id == 0 and plan is None:
        week = calendar.current_id(ctx.now, ctx.company.time_zone, PeriodType.WEEK)
        if weekly := plans.find(week):
            return week, weekly
    return number, plan


_CUSTOMER_ID = bindparam("customer_id", None, BigInteger)


@lru_cache(maxsize=64)
def _legs(run_id: int) -> Prepared:
    """Both legs of the parameter "customer_id" and what "bonus_ids" pay; always one row."""
    member, run = MemberPeriod, bindparam("run_id", None, BigInteger, literal_execute=True)
    pay = (
        select(func.coalesce(func.sum(CheckItem.amount), 0).label("pay"))
        .where(
            CheckItem.run_id == run,
            CheckItem.customer_id == _CUSTOMER_ID,
            CheckItem.kind_id == BONUS,
            CheckItem.bonus_id == any_(bindparam("bonus_ids", None, ARRAY(SmallInteger))),
        )
        .subquery()
    )
    volumes = {
        "left": member.left_volume,
        "right": member.right_volume,
        "left_in": member.carry_left_in,
        "right_in": member.carry_right_in,
    }
    is_meant = (member.run_id == run) & (member.customer_id == _CUSTOMER_ID)
    columns = (func.coalesce(volume, 0).label(name) for name, volume in volumes.items())
    statement = select(*columns, pay.c.pay).select_from(pay.outerjoin(member, is_meant))
    return prepare(statement, run_id=run_id)


@cache
def _carried() -> Prepared:
    """What the parameter "run_ids" did to both legs of "customer_id".

    Without a binary bonus nothing is paid or flushed, and what is new is not carried.
    """
    member = MemberPeriod
    volumes = (
        member.carry_left_in,
        member.carry_right_in,
        member.left_new,
        member.right_new,
        member.left_paid,
        member.right_paid,
        member.left_flushed,
        member.right_flushed,
        member.carry_left_out,
        member.carry_right_out,
    )
    return prepare(
        select(
            member.run_id, *(func.coalesce(volume, 0).label(volume.key) for volume in volumes)
        ).where(
            member.run_id == any_(bindparam("run_ids", None, ARRAY(BigInteger))),
            member.customer_id == _CUSTOMER_ID,
        )
    )
