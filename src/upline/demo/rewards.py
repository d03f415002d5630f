"""Points and cards of the demo company: posted and stored by the services every company uses."""

from collections.abc import Sequence
from decimal import ROUND_DOWN, Decimal

from sqlalchemy import select

from upline.core.context import Context
from upline.core.crypto import FieldCipher
from upline.models.autoship import Autoship
from upline.models.customer import Address, Customer
from upline.models.order import Order
from upline.services.payment import methods
from upline.services.payment.methods import MethodType, NewMethod
from upline.services.period import calendar
from upline.services.points import posting, redemption
from upline.services.points.history import get_schedule

__all__ = ["fill_rewards"]

PROVIDER = "sandbox"
BRANDS = ("visa", "master", "american_express", "discover")
ROWS_AT_ONCE = 5_000
# Multiplied, neighbours get last digits that look unlike each other.
SCATTER, FIRST_DIGITS = 7_919, 1_111
# Every so many standard orders of the running month somebody pays a part with points.
REDEEMS_EACH, MOST_REDEMPTIONS, MOST_POINTS = 4, 60, Decimal(25)
STANDARD_ORDER = 1


async def fill_rewards(ctx: Context, fields: FieldCipher, period_ids: Sequence[int]) -> None:
    """Points of all these months, a few redemptions in the last one, a card for each autoship."""
    await posting.post_months(ctx, period_ids)
    await posting.post_forfeited(ctx)
    await _redeem_some(ctx, period_ids[-1])
    await _store_cards(ctx, fields)


async def _redeem_some(ctx: Context, period_id: int) -> None:
    """Whoever is drawn and has points pays with some; the others do without."""
    start, end = calendar.bounds(period_id, ctx.company.time_zone)
    buyers = await ctx.session.execute(
        select(Order.order_id, Order.customer_id)
        .where(
            Order.ordered_at >= start,
            Order.ordered_at < end,
            Order.order_type_id == STANDARD_ORDER,
            Order.order_id % REDEEMS_EACH == 0,
            Order.customer_id.in_(select(Autoship.customer_id)),
        )
        .order_by(Order.order_id)
        .limit(MOST_REDEMPTIONS)
    )
    schedule = await get_schedule(ctx)
    for order_id, customer_id in buyers.all():
        balance = await redemption.get_balance(ctx, schedule, customer_id)
        points = min(balance.available, MOST_POINTS).quantize(Decimal(1), ROUND_DOWN)
        if points > 0:
            await redemption.redeem(ctx, customer_id, order_id, points)


async def _store_cards(ctx: Context, fields: FieldCipher) -> None:
    """One card each, the default, billed to the address at hand."""
    owners = await ctx.session.execute(
        select(Customer.customer_id, Customer.first_name, Customer.last_name, Address.address_id)
        .join(Address, Address.customer_id == Customer.customer_id)
        .where(
            Address.is_default_billing,
            Customer.customer_id.in_(select(Autoship.customer_id)),
        )
        .order_by(Customer.customer_id)
    )
    year = calendar.local_date(ctx.now, ctx.company.time_zone).year
    rows = [
        methods.method_row(
            ctx,
            fields,
            customer_id,
            NewMethod(
                MethodType.CARD,
                PROVIDER,
                token=f"demo-{customer_id}",
                brand=BRANDS[customer_id % len(BRANDS)],
                last_four=f"{(customer_id * SCATTER + FIRST_DIGITS) % 10_000:04}",
                first_name=first_name,
                last_name=last_name,
                expires_month=customer_id % 12 + 1,
                expires_year=year + 1 + customer_id % 4,
                billing_address_id=address_id,
            ),
        )
        | {"is_default": True}
        for customer_id, first_name, last_name, address_id in owners
    ]
    for start in range(0, len(rows), ROWS_AT_ONCE):
        await methods.add_methods(ctx, rows[start : start + ROWS_AT_ONCE])
