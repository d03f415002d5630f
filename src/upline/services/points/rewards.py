"""Essential Rewards of one member: points, the row of months, autoships and ways to pay."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Select, exists, select

from upline.core.context import Context
from upline.models.autoship import Autoship
from upline.models.customer import Address
from upline.services.payment.methods import StoredMethod, list_methods
from upline.services.period import calendar
from upline.services.points.history import get_schedule
from upline.services.points.redemption import NOTHING, Balance, get_balance
from upline.services.points.schedule import Rules

ACTIVE, PAUSED = 1, 2
LOCAL_MARKET, NOT_FOR_RESALE = 1, 2
FAILED = 3
SOON = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Standing:
    """An autoship as rewards look at it."""

    program_id: int
    is_active: bool
    day_of_month: int
    next_date: date | None
    pv: Decimal
    has_failed: bool


@dataclass(frozen=True, slots=True)
class Rewards:
    """What a member has and may expect; percentages are of an order's PV.

    `months_before_increase` are full months that must still pass before the month whose orders
    earn `next_percent`; both are 0 when the very next month does, or when there is no higher rate.
    """

    total: Decimal
    expiring_soon: Decimal
    months_in_a_row: int
    percent: Decimal
    available: Decimal
    months_before_increase: int
    next_percent: Decimal
    is_enrolled: bool
    payments: list[StoredMethod]
    local: Standing | None
    nfr: Standing | None
    is_template_confirmed: bool
    are_deliveries_valid: bool
    meets_minimum: bool


async def get_rewards(ctx: Context, customer_id: int) -> Rewards:
    """The rewards of a member, who may have no autoship at all. Raises NoPlan."""
    schedule = await get_schedule(ctx)
    today = calendar.local_date(ctx.now, ctx.company.time_zone)
    rules = schedule.on(today)
    balance = await get_balance(ctx, schedule, customer_id)
    autoships = await _load_autoships(ctx, customer_id)
    active = [standing for standing in autoships if standing.is_active]
    ahead, following = _increase(rules, balance.months_in_a_row)
    return Rewards(
        total=balance.total,
        expiring_soon=_expiring(ctx, balance),
        months_in_a_row=balance.months_in_a_row,
        percent=rules.percent(balance.months_in_a_row) if rules and autoships else NOTHING,
        available=balance.available,
        months_before_increase=ahead,
        next_percent=following,
        is_enrolled=bool(autoships),
        payments=await list_methods(ctx, customer_id),
        local=_first(autoships, LOCAL_MARKET),
        nfr=_first(autoships, NOT_FOR_RESALE),
        is_template_confirmed=any(standing.next_date is not None for standing in active),
        are_deliveries_valid=await _can_be_delivered(ctx, customer_id, active),
        meets_minimum=any(rules is None or s.pv >= rules.minimum_pv for s in active),
    )


async def _load_autoships(ctx: Context, customer_id: int) -> list[Standing]:
    """Autoships that were not cancelled, active ones first."""
    query: Select[*tuple[Any, ...]] = (
        select(
            Autoship.program_id,
            Autoship.status_id,
            Autoship.day_of_month,
            Autoship.next_date,
            Autoship.pv,
            Autoship.last_result_id,
        )
        .where(Autoship.customer_id == customer_id, Autoship.status_id.in_((ACTIVE, PAUSED)))
        .order_by(Autoship.status_id, Autoship.autoship_id)
    )
    return [
        Standing(
            program_id=row.program_id,
            is_active=row.status_id == ACTIVE,
            day_of_month=row.day_of_month,
            next_date=row.next_date,
            pv=row.pv,
            has_failed=row.last_result_id == FAILED,
        )
        for row in await ctx.session.execute(query)
    ]


async def _can_be_delivered(ctx: Context, customer_id: int, active: Sequence[Standing]) -> bool:
    """Whether there is an address to send to and no autoship's last charge failed."""
    if not active or any(standing.has_failed for standing in active):
        return False
    has_address = select(exists().where(Address.customer_id == customer_id, Address.address1 != ""))
    return bool(await ctx.session.scalar(has_address))


def _first(autoships: Sequence[Standing], program_id: int) -> Standing | None:
    return next((s for s in autoships if s.program_id == program_id), None)


def _expiring(ctx: Context, balance: Balance) -> Decimal:
    until = ctx.now + SOON
    soon = (lot.left for lot in balance.lots if lot.expires_at and lot.expires_at <= until)
    return sum(soon, NOTHING)


def _increase(rules: Rules | None, months: int) -> tuple[int, Decimal]:
    step = rules.next_step(months) if rules else None
    ahead = step.from_month - 1 - months if step else 0
    return (ahead, step.percent) if step and ahead > 0 else (0, NOTHING)
