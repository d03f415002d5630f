"""Both binary legs of a member: what they brought, what was carried, paid and flushed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Integer,
    Select,
    SmallInteger,
    any_,
    bindparam,
    func,
    select,
)

from upline.core.context import Context
from upline.core.paging import Page, Paged
from upline.models.commission import CheckItem, CommissionRun
from upline.models.customer import Customer
from upline.models.period import Period
from upline.models.volume import MemberPeriod
from upline.services.period import calendar
from upline.services.period import queries as periods
from upline.services.period.calendar import PeriodType
from upline.services.plan import versions
from upline.services.plan.versions import InForce

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
    left_in: Decimal
    right_in: Decimal
    left_new: Decimal
    right_new: Decimal
    left_paid: Decimal
    right_paid: Decimal
    left_flushed: Decimal
    right_flushed: Decimal
    left_out: Decimal
    right_out: Decimal


async def get_legs(ctx: Context, customer_id: int, period_id: int) -> Legs:
    """A member's legs in a period; 0 is the one running now that the plan pays by.

    Zeros outside the binary tree. Raises NotFound for a number outside the calendar.
    Source: contract, Volume binary.
    """
    number, plan = await _resolve(ctx, period_id)
    bonuses = [] if plan is None else plan.document.bonuses
    parameters = {
        "customer_id": customer_id,
        "period_id": number,
        "bonus_ids": [bonus.id for bonus in bonuses if bonus.kind == "binary"],
    }
    found = (await ctx.session.execute(_legs(), parameters)).one_or_none()
    row: Sequence[Any] = found or (*[NOTHING] * 5, ctx.now)
    left, right, left_in, right_in, pay, as_of = row
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
        as_of=as_of,
    )


async def list_carryover(ctx: Context, customer_id: int, page: Page) -> Paged[Carryover]:
    """Every period the plan paid by since the member enrolled, newest first.

    Source: contract, Volume carryover.
    """
    count, fetch = _history()
    number, _ = await _resolve(ctx, 0)
    parameters = {
        "customer_id": customer_id,
        "type_id": int(calendar.period_type(number)),
        "limit": page.limit,
        "offset": page.offset,
    }
    total = await ctx.session.scalar(count, parameters) or 0
    rows = await ctx.session.execute(fetch, parameters)
    return Paged([Carryover(*row) for row in rows], total, page)


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


_CUSTOMER_ID = bindparam("customer_id", type_=BigInteger)


@cache
def _legs() -> Select[*tuple[Any, ...]]:
    member = MemberPeriod
    pay = (
        select(func.coalesce(func.sum(CheckItem.amount), 0))
        .where(
            CheckItem.run_id == Period.run_id,
            CheckItem.customer_id == _CUSTOMER_ID,
            CheckItem.kind_id == BONUS,
            CheckItem.bonus_id == any_(bindparam("bonus_ids", type_=ARRAY(SmallInteger))),
        )
        .correlate(Period)
        .scalar_subquery()
    )
    volumes = (
        func.coalesce(volume, 0)
        for volume in (
            member.left_volume,
            member.right_volume,
            member.carry_left_in,
            member.carry_right_in,
        )
    )
    return (
        select(*volumes, pay, CommissionRun.read_at)
        .select_from(Period)
        .join(CommissionRun, CommissionRun.run_id == Period.run_id)
        .outerjoin(member, (member.run_id == Period.run_id) & (member.customer_id == _CUSTOMER_ID))
        .where(Period.period_id == bindparam("period_id", type_=Integer))
    )


@cache
def _history() -> tuple[Select[int], Select[*tuple[Any, ...]]]:
    """Count and page of the periods since the parameter "customer_id" enrolled, newest first.

    Without a binary bonus nothing is paid or flushed, and what is new is not carried.
    """
    member = MemberPeriod
    known = (
        select(Period.period_id)
        .join(Customer, Customer.enrolled_at < Period.ends_at)
        .where(
            Customer.customer_id == _CUSTOMER_ID,
            Period.period_type_id == bindparam("type_id", type_=SmallInteger),
            Period.run_id.is_not(None),
        )
    )
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
    page = (
        known.add_columns(*(func.coalesce(volume, 0) for volume in volumes))
        .outerjoin(member, (member.run_id == Period.run_id) & (member.customer_id == _CUSTOMER_ID))
        .order_by(Period.period_id.desc())
        .limit(bindparam("limit", type_=Integer))
        .offset(bindparam("offset", type_=BigInteger))
    )
    return known.with_only_columns(func.count()), page
