"""Writing the points ledger: what autoship orders earned, what refunds take back, what expired.

Everything may run again and at the same time: an order earns once and a lot expires once.
"""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal
from itertools import groupby
from operator import attrgetter
from typing import Any

from sqlalchemy import ColumnElement, Select, func, literal, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import aliased

from upline.core.context import Context
from upline.models.autoship import Autoship
from upline.models.points import PointEntry
from upline.models.volume import VolumeEntry
from upline.services.period import calendar
from upline.services.points.history import (
    AUTOSHIP_ORDER,
    REFUND,
    SALE,
    EntryType,
    ReceivedOrder,
    get_schedule,
    load_orders,
    qualifying_months,
)
from upline.services.points.reversals import post_reversed
from upline.services.points.schedule import Schedule, months_in_a_row

CUSTOMERS_AT_ONCE = 2_000
CANCELLED_AUTOSHIP = 3
LOT: Any = aliased(PointEntry)


async def post_months(ctx: Context, period_ids: Sequence[int]) -> int:
    """Bring the ledger up to the autoship orders and refunds posted in these months.

    Returns how many lots were earned.
    """
    schedule = await get_schedule(ctx)
    if not schedule.tables:
        return 0
    earned = 0
    # Few give anything back, and looking for it costs more than looking who did.
    buyers: list[int] = []
    returners: list[int] = []
    rows = await ctx.session.execute(_select_waiting(period_ids, schedule.least_pv))
    for customer_id, entry_type in rows:
        (buyers if entry_type == SALE else returners).append(customer_id)
    for some in batched(buyers, CUSTOMERS_AT_ONCE):
        earned += await post_earned(ctx, schedule, some)
    for some in batched(returners, CUSTOMERS_AT_ONCE):
        await post_reversed(ctx, some)
    await post_expired(ctx)
    return earned


async def post_earned(ctx: Context, schedule: Schedule, customer_ids: Sequence[int]) -> int:
    """A lot for every order that has none; the percentage is that of its month in a row."""
    orders = await load_orders(ctx, customer_ids, schedule.least_pv)
    posted = set(
        await ctx.session.scalars(
            select(PointEntry.order_id).where(
                PointEntry.customer_id.in_(customer_ids),
                PointEntry.entry_type_id == EntryType.EARNED,
            )
        )
    )
    lots: list[dict[str, object]] = []
    for _, group in groupby(orders, key=attrgetter("customer_id")):
        own = list(group)
        months = qualifying_months(own, schedule)
        lots += [
            lot
            for order in own
            if order.order_id not in posted
            if (lot := _lot(ctx, schedule, order, months)) is not None
        ]
    if lots:
        await ctx.session.execute(upsert(PointEntry).on_conflict_do_nothing(), lots)
    return len(lots)


async def post_expired(ctx: Context) -> None:
    """Close every lot whose time is over with an entry of its own, dated at the expiry."""
    await _close_lots(ctx, LOT.expires_at, LOT.expires_at <= ctx.now)


async def post_forfeited(ctx: Context) -> None:
    """Close the lots of those who cancelled their last autoship, if the plan of today says so.

    Until this runs, who begins another autoship keeps everything.
    """
    rules = (await get_schedule(ctx)).on(calendar.local_date(ctx.now, ctx.company.time_zone))
    if rules is None or not rules.lost_on_cancel:
        return
    own = select(Autoship.autoship_id).where(Autoship.customer_id == LOT.customer_id)
    standing = own.where(Autoship.status_id != CANCELLED_AUTOSHIP)
    await _close_lots(
        ctx, literal(ctx.now), func.coalesce(LOT.expires_at > ctx.now, True), own.exists(),
        ~standing.exists(),
    )  # fmt: skip


async def _close_lots(
    ctx: Context, at: ColumnElement[Any], *conditions: ColumnElement[bool]
) -> None:
    """Take what is left of the lots that meet the conditions."""
    other: Any = aliased(PointEntry)
    left = LOT.amount + (
        select(func.coalesce(func.sum(other.amount), 0))
        .where(other.lot_id == LOT.entry_id)
        .scalar_subquery()
    )
    closed = select(other.entry_id).where(
        other.lot_id == LOT.entry_id, other.entry_type_id == EntryType.EXPIRED
    )
    over = (
        select(
            LOT.customer_id,
            literal(int(EntryType.EXPIRED)),
            LOT.order_id,
            LOT.entry_id,
            -left,
            at,
        )
        .where(LOT.entry_type_id == EntryType.EARNED, ~closed.exists(), left > 0, *conditions)
        .order_by(LOT.entry_id)
    )
    columns = ("customer_id", "entry_type_id", "order_id", "lot_id", "amount", "occurred_at")
    await ctx.session.execute(
        upsert(PointEntry).from_select(columns, over).on_conflict_do_nothing()
    )


def add_months(day: date, months: int) -> date:
    """The same day months later, or the last of a shorter month."""
    month = calendar.month_id(day) + months
    wished = calendar.first_day(month) + timedelta(days=day.day - 1)
    return min(wished, calendar.last_day(month))


def _lot(
    ctx: Context, schedule: Schedule, order: ReceivedOrder, months: Sequence[int]
) -> dict[str, object] | None:
    rules = schedule.on(order.day)
    if rules is None:
        return None
    streak = months_in_a_row(months, order.month, rules.skip_within_months)
    points = rules.earned(order.pv, streak)
    if points == 0:
        return None
    expires = None
    if rules.expire_months is not None:
        last = add_months(order.day, rules.expire_months)
        expires = calendar.local_midnight(last, ctx.company.time_zone)
    return {
        "customer_id": order.customer_id,
        "entry_type_id": int(EntryType.EARNED),
        "order_id": order.order_id,
        "amount": points,
        "occurred_at": order.ordered_at,
        "expires_at": expires,
    }


def batched(customer_ids: Sequence[int], size: int) -> Iterator[Sequence[int]]:
    """`customer_ids` in runs of at most `size`."""
    for start in range(0, len(customer_ids), size):
        yield customer_ids[start : start + size]


def _select_waiting(period_ids: Sequence[int], least_pv: Decimal) -> Select[int, int]:
    """Customers whose autoship orders of these months the ledger may not know of yet (SALE), and
    those who gave one back, or a part of one (REFUND); in one look at what the months brought."""
    lot: Any = aliased(PointEntry)
    is_known = (lot.order_id == VolumeEntry.order_id) & (lot.entry_type_id == EntryType.EARNED)
    is_sale = VolumeEntry.entry_type_id == SALE
    is_new = is_sale & (VolumeEntry.pv >= least_pv) & lot.entry_id.is_(None)
    return (
        select(VolumeEntry.customer_id, VolumeEntry.entry_type_id)
        .outerjoin(lot, is_known & is_sale)
        .where(
            VolumeEntry.period_id.in_(period_ids),
            VolumeEntry.order_type_id == AUTOSHIP_ORDER,
            is_new | (VolumeEntry.entry_type_id == REFUND),
        )
        .distinct()
        .order_by(VolumeEntry.customer_id)
    )
