"""What the points of a member hang on: the plan's tables and the autoship orders that count."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import IntEnum

from sqlalchemy import select

from upline.core.context import Context
from upline.models.order import Order
from upline.services.period import calendar
from upline.services.plan import versions
from upline.services.points.schedule import Schedule, read_schedule

PROGRAMME = "essential_rewards"
AUTOSHIP_ORDER = 2
CANCELLED_ORDER = 40
PAID, PARTIALLY_REFUNDED = 30, 35
SALE, REFUND = 1, 2  # kinds of volume entries


class EntryType(IntEnum):
    """Kinds of ledger entries."""

    EARNED = 1
    REDEEMED = 2
    EXPIRED = 3
    REVERSED = 4


@dataclass(frozen=True, slots=True)
class ReceivedOrder:
    """A paid autoship order, as the streak of its customer sees it."""

    order_id: int
    customer_id: int
    ordered_at: datetime
    day: date
    pv: Decimal

    @property
    def month(self) -> int:
        return calendar.month_id(self.day)


async def get_schedule(ctx: Context) -> Schedule:
    """The points tables of the plan in force; raises NoPlan when there is none."""
    current = calendar.current_id(ctx.now, ctx.company.time_zone)
    plan = await versions.in_force(ctx.session, current)
    return read_schedule(plan.document, PROGRAMME)


async def load_orders(
    ctx: Context, customer_ids: Sequence[int], least_pv: Decimal
) -> list[ReceivedOrder]:
    """Autoship orders that count, by customer and time; what was refunded in full does not."""
    zone = ctx.company.time_zone
    rows = await ctx.session.execute(
        select(Order.order_id, Order.customer_id, Order.ordered_at, Order.pv)
        .where(
            Order.customer_id.in_(customer_ids),
            Order.order_type_id == AUTOSHIP_ORDER,
            Order.order_status_id != CANCELLED_ORDER,
            Order.payment_status_id.in_((PAID, PARTIALLY_REFUNDED)),
            Order.pv >= least_pv,
        )
        .order_by(Order.customer_id, Order.ordered_at, Order.order_id)
    )
    return [
        ReceivedOrder(number, customer_id, at, calendar.local_date(at, zone), pv)
        for number, customer_id, at, pv in rows
    ]


def qualifying_months(orders: Sequence[ReceivedOrder], schedule: Schedule) -> list[int]:
    """Months with an order that reached the minimum of its day, ascending.

    Before the first table its minimum holds: whoever ordered then keeps the months.
    """
    if not schedule.tables:
        return []
    first = schedule.tables[0]
    return sorted(
        {
            order.month
            for order in orders
            if order.pv >= (schedule.on(order.day) or first).minimum_pv
        }
    )
