"""What refunds take back: a returned product takes its points along, if they are still there."""

from collections import defaultdict
from collections.abc import Sequence
from decimal import ROUND_DOWN, Decimal
from typing import Any

from sqlalchemy import Select, func, insert, select

from upline.core.context import Context
from upline.models.order import Order
from upline.models.points import PointEntry
from upline.models.volume import VolumeEntry
from upline.services.points.history import REFUND, EntryType
from upline.services.points.schedule import HUNDREDTH


async def post_reversed(ctx: Context, customer_ids: Sequence[int]) -> None:
    """Take back the share of every lot whose order gave volume back, as far as the lot reaches."""
    refunds = (
        select(
            VolumeEntry.order_id,
            func.sum(-VolumeEntry.pv).label("pv"),
            func.max(VolumeEntry.occurred_at).label("at"),
        )
        .where(
            VolumeEntry.order_id.in_(
                select(PointEntry.order_id).where(
                    PointEntry.customer_id.in_(customer_ids),
                    PointEntry.entry_type_id == EntryType.EARNED,
                )
            ),
            VolumeEntry.entry_type_id == REFUND,
        )
        .group_by(VolumeEntry.order_id)
        .subquery()
    )
    query: Select[*tuple[Any, ...]] = (
        select(
            PointEntry.entry_id,
            PointEntry.customer_id,
            PointEntry.order_id,
            PointEntry.amount,
            Order.pv,
            refunds.c.pv.label("refunded"),
            refunds.c.at,
        )
        .join(refunds, refunds.c.order_id == PointEntry.order_id)
        .join(Order, Order.order_id == PointEntry.order_id)
        .where(PointEntry.entry_type_id == EntryType.EARNED, Order.pv > 0)
        .order_by(PointEntry.entry_id)
        # Two who post the same refund take turns, or both would take it back.
        .with_for_update(of=PointEntry)
    )
    found = (await ctx.session.execute(query)).all()
    taken = await _load_taken(ctx, [lot.entry_id for lot in found])
    entries: list[dict[str, object]] = []
    for lot in found:
        share = min(lot.refunded / lot.pv, Decimal(1))
        wanted = (lot.amount * share).quantize(HUNDREDTH, ROUND_DOWN)
        by_type = taken[lot.entry_id]
        left = lot.amount - sum(by_type.values())
        amount = min(wanted - by_type[EntryType.REVERSED], left)
        if amount > 0:
            entries.append(
                {
                    "customer_id": lot.customer_id,
                    "entry_type_id": int(EntryType.REVERSED),
                    "order_id": lot.order_id,
                    "lot_id": lot.entry_id,
                    "amount": -amount,
                    "occurred_at": lot.at,
                }
            )
    if entries:
        await ctx.session.execute(insert(PointEntry), entries)


async def _load_taken(ctx: Context, lot_ids: Sequence[int]) -> dict[int, dict[int, Decimal]]:
    """What was taken from each lot, by kind."""
    taken: defaultdict[int, dict[int, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    rows = await ctx.session.execute(
        select(PointEntry.lot_id, PointEntry.entry_type_id, func.sum(-PointEntry.amount))
        .where(PointEntry.lot_id.in_(lot_ids))
        .group_by(PointEntry.lot_id, PointEntry.entry_type_id)
    )
    for lot_id, kind, amount in rows:
        taken[lot_id or 0][kind] = amount
    return taken
