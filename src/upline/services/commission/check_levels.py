"""One unilevel level of a check, member by member."""

from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import func, select

from upline.core.context import Context
from upline.models.commission import Bonus, CheckItem, CommissionLine
from upline.models.customer import Customer
from upline.services.commission.checks import BONUS, get_currency
from upline.services.organization.accounts import display_name
from upline.services.period.queries import find_run_id, resolve_month

UNILEVEL = "unilevel"
CENTS = 2


@dataclass(frozen=True, slots=True)
class Earning:
    """What one member's volume paid, to the cent."""

    customer_id: int
    name: str
    volume: Decimal
    rate: Decimal
    amount: Decimal


@dataclass(frozen=True, slots=True)
class UnilevelLevel:
    """One level of the unilevel bonus with the members its volume came from."""

    customer_id: int
    period_id: int
    currency: str
    volume: Decimal
    rate: Decimal
    amount: Decimal
    earnings: list[Earning]


async def get_unilevel_level(
    ctx: Context, customer_id: int, period_id: int, level: int
) -> UnilevelLevel:
    """One level of the unilevel bonus on a check; all zeros where it paid nothing."""
    number = resolve_month(ctx, period_id)
    run_id = await find_run_id(ctx.session, number) or 0
    item = (
        await ctx.session.execute(
            select(
                func.coalesce(func.sum(CheckItem.volume), 0).label("volume"),
                func.coalesce(func.max(CheckItem.rate), 0).label("rate"),
                func.coalesce(func.sum(CheckItem.amount), 0).label("amount"),
            )
            .join(Bonus, Bonus.bonus_id == CheckItem.bonus_id)
            .where(
                CheckItem.run_id == run_id,
                CheckItem.customer_id == customer_id,
                CheckItem.kind_id == BONUS,
                CheckItem.level == level,
                Bonus.code == UNILEVEL,
            )
        )
    ).one()
    return UnilevelLevel(
        customer_id=customer_id,
        period_id=number,
        currency=await get_currency(ctx, run_id),
        volume=item.volume,
        rate=item.rate,
        amount=item.amount,
        earnings=await _load_earnings(ctx, run_id, customer_id, level),
    )


async def _load_earnings(ctx: Context, run_id: int, customer_id: int, level: int) -> list[Earning]:
    """Members behind a level, by number; the lines of one member at one rate are one earning."""
    line = CommissionLine
    query = (
        select(
            line.source_id,
            Customer.first_name,
            Customer.last_name,
            line.rate,
            func.sum(line.base).label("volume"),
            func.round(func.sum(line.amount), CENTS).label("amount"),
        )
        .join(Bonus, Bonus.bonus_id == line.bonus_id)
        .join(Customer, Customer.customer_id == line.source_id)
        .where(
            line.run_id == run_id,
            line.customer_id == customer_id,
            line.paid_level == level,
            Bonus.code == UNILEVEL,
        )
        .group_by(line.source_id, line.rate, Customer.first_name, Customer.last_name)
        .order_by(line.source_id, line.rate)
    )
    return [
        Earning(
            customer_id=row.source_id,
            name=display_name(row.first_name, row.last_name),
            volume=row.volume,
            rate=row.rate,
            amount=row.amount,
        )
        for row in await ctx.session.execute(query)
    ]
