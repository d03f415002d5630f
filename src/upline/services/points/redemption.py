"""Paying with points: the oldest lots first, within the monthly limit of the plan."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import Select, func, insert, select
from sqlalchemy.orm import aliased

from upline.core.context import Context
from upline.core.errors import DomainError, Kind
from upline.models.points import PointEntry
from upline.services.audit import trail
from upline.services.period import calendar
from upline.services.points.history import (
    EntryType,
    get_schedule,
    load_orders,
    qualifying_months,
)
from upline.services.points.schedule import Schedule, months_in_a_row

NOTHING = Decimal(0)


class NotEnoughPoints(DomainError):
    """More points than there are, or than may be spent this month."""

    code = "not_enough_points"
    kind = Kind.CONFLICT
    message = "The points available this month do not suffice."


@dataclass(frozen=True, slots=True)
class Lot:
    """What is left of the points one order earned."""

    lot_id: int
    left: Decimal
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class Balance:
    """A member's points at this moment. `available` is what may still be spent this month."""

    total: Decimal
    available: Decimal
    months_in_a_row: int
    lots: tuple[Lot, ...]


async def get_balance(ctx: Context, schedule: Schedule, customer_id: int) -> Balance:
    """Points that have not expired, with the months in a row that say what they are worth."""
    today = calendar.local_date(ctx.now, ctx.company.time_zone)
    rules = schedule.on(today)
    lots = await _load_lots(ctx, customer_id)
    total = sum((lot.left for lot in lots), NOTHING)
    if rules is None:
        return Balance(total, NOTHING, 0, lots)
    orders = await load_orders(ctx, [customer_id], schedule.least_pv)
    months = months_in_a_row(
        qualifying_months(orders, schedule), calendar.month_id(today), rules.skip_within_months
    )
    available = total if months >= rules.redeem_from_month else NOTHING
    if rules.monthly_limit is not None:
        spent = await _load_spent(ctx, customer_id, calendar.month_id(today))
        available = max(NOTHING, min(available, rules.monthly_limit - spent))
    return Balance(total, available, months, lots)


async def redeem(ctx: Context, customer_id: int, order_id: int, points: Decimal) -> None:
    """Pay `points` towards an order; raises NotEnoughPoints and then takes nothing.

    One entry a lot it takes from. Redemptions of one member take turns, so that neither a lot nor
    the month's limit is spent twice.
    """
    await ctx.session.execute(
        select(func.pg_advisory_xact_lock(func.hashtextextended("points", customer_id)))
    )
    balance = await get_balance(ctx, await get_schedule(ctx), customer_id)
    if not NOTHING < points <= balance.available:
        raise NotEnoughPoints
    entries: list[dict[str, object]] = []
    rest = points
    for lot in balance.lots:
        amount = min(rest, lot.left)
        if amount > 0:
            entries.append(
                {
                    "customer_id": customer_id,
                    "entry_type_id": int(EntryType.REDEEMED),
                    "order_id": order_id,
                    "lot_id": lot.lot_id,
                    "amount": -amount,
                    "occurred_at": ctx.now,
                }
            )
        rest -= amount
    await ctx.session.execute(insert(PointEntry), entries)
    await trail.record(
        ctx, "points.redeem", f"order:{order_id}", {"customer": customer_id, "points": str(points)}
    )


async def _load_lots(ctx: Context, customer_id: int) -> tuple[Lot, ...]:
    """Lots with something left that have not expired, the first to expire first."""
    lot, other = aliased(PointEntry), aliased(PointEntry)
    left = (
        lot.amount
        + select(func.coalesce(func.sum(other.amount), 0))
        .where(other.lot_id == lot.entry_id)
        .scalar_subquery()
    ).label("left")
    query: Select[int, Decimal, datetime | None] = (
        select(lot.entry_id, left, lot.expires_at)
        .where(
            lot.customer_id == customer_id,
            lot.entry_type_id == EntryType.EARNED,
            func.coalesce(lot.expires_at > ctx.now, True),
        )
        .order_by(lot.expires_at.nulls_last(), lot.entry_id)
    )
    rows = await ctx.session.execute(query)
    return tuple(Lot(number, rest, expires) for number, rest, expires in rows if rest > 0)


async def _load_spent(ctx: Context, customer_id: int, month_id: int) -> Decimal:
    """Points redeemed in a month of the company's calendar."""
    start, end = calendar.bounds(month_id, ctx.company.time_zone)
    spent = await ctx.session.scalar(
        select(func.coalesce(func.sum(-PointEntry.amount), 0)).where(
            PointEntry.customer_id == customer_id,
            PointEntry.entry_type_id == EntryType.REDEEMED,
            PointEntry.occurred_at >= start,
            PointEntry.occurred_at < end,
        )
    )
    return spent or NOTHING
