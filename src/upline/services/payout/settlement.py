"""What became of payouts: the bank's news, booked once, and money given back to its wallet."""

from collections.abc import Collection, Sequence
from datetime import date
from decimal import Decimal

from sqlalchemy import exists, insert, select, update

from upline.core.context import Context
from upline.core.errors import DomainError, FieldInvalid, Kind
from upline.models.payout import Payout, PayoutBatch, PayoutSettlement
from upline.services.audit import trail
from upline.services.ledger import payouts as bookings
from upline.services.payout.batches import Batch, get_batch, lock_batch
from upline.services.payout.vocabulary import BatchStatus, PayoutStatus
from upline.services.period import calendar

# From which state a payout comes to which.
BEFORE = {
    PayoutStatus.PAID: PayoutStatus.PENDING,
    PayoutStatus.FAILED: PayoutStatus.PENDING,
    PayoutStatus.CANCELLED: PayoutStatus.PENDING,
    PayoutStatus.RETURNED: PayoutStatus.PAID,
}


class WrongPayouts(DomainError):
    """Some of the named payouts are not of this batch or not in the state this news begins at."""

    code = "wrong_payouts"
    kind = Kind.CONFLICT


async def settle(ctx: Context, batch_id: int, happened_on: date) -> Batch:
    """Every payout still pending has been paid; a batch with none pending is settled."""
    batch = await lock_batch(ctx, batch_id, BatchStatus.APPROVED)
    await _record(ctx, batch, PayoutStatus.PAID, happened_on)
    await _finish(ctx, batch_id)
    return await get_batch(ctx, batch_id)


async def fail(
    ctx: Context, batch_id: int, payout_ids: Collection[int], happened_on: date, reason: str
) -> Batch:
    """The bank refused these; amount and fee are back in the wallets."""
    batch = await lock_batch(ctx, batch_id, BatchStatus.APPROVED)
    await _record(ctx, batch, PayoutStatus.FAILED, happened_on, payout_ids, reason)
    await _finish(ctx, batch_id)
    return await get_batch(ctx, batch_id)


async def take_back(
    ctx: Context, batch_id: int, payout_ids: Collection[int], happened_on: date, reason: str
) -> Batch:
    """These were paid and came back; the amounts are in the wallets again, the fees are spent."""
    batch = await lock_batch(ctx, batch_id, BatchStatus.APPROVED, BatchStatus.SETTLED)
    await _record(ctx, batch, PayoutStatus.RETURNED, happened_on, payout_ids, reason)
    return await get_batch(ctx, batch_id)


async def cancel(ctx: Context, batch_id: int, happened_on: date) -> Batch:
    """Give up a batch nobody has approved; all of it goes back to the wallets."""
    batch = await lock_batch(ctx, batch_id, BatchStatus.PREPARED)
    await _record(ctx, batch, PayoutStatus.CANCELLED, happened_on)
    await _move(ctx, batch_id, BatchStatus.CANCELLED)
    return await get_batch(ctx, batch_id)


async def _record(
    ctx: Context,
    batch: Batch,
    outcome: PayoutStatus,
    happened_on: date,
    payout_ids: Collection[int] | None = None,
    reason: str = "",
) -> None:
    """Move payouts on (all that may, unless named), book it and put it down."""
    _require_day(ctx, batch, happened_on)
    moved = await _advance(ctx, batch, outcome, happened_on, payout_ids, reason)
    ids = [number for number, _ in moved]
    if payout_ids is not None and set(payout_ids) != set(ids):
        wrong = ", ".join(str(each) for each in sorted(set(payout_ids) - set(ids)))
        state = BEFORE[outcome].name.lower()
        by = f" by {happened_on}" if outcome is PayoutStatus.RETURNED else ""
        raise WrongPayouts(f"Not {state}{by} in batch {batch.payout_batch_id}: {wrong}.")
    if not ids:
        return
    post = {
        PayoutStatus.PAID: bookings.post_arrived,
        PayoutStatus.RETURNED: bookings.post_came_back,
    }.get(outcome, bookings.post_never_left)
    await ctx.session.execute(
        insert(PayoutSettlement).values(
            payout_batch_id=batch.payout_batch_id,
            outcome_id=outcome,
            happened_on=happened_on,
            payout_count=len(ids),
            total=sum((amount for _, amount in moved), Decimal(0)),
            transaction_id=await post(ctx, ids, batch.currency_code),
            recorded_by=trail.actor_of(ctx.principal),
            recorded_at=ctx.now,
        )
    )
    detail = {"outcome": outcome.name.lower(), "count": len(ids), "on": happened_on.isoformat()}
    await trail.record(ctx, "payout.settle", f"payout_batch:{batch.payout_batch_id}", detail)


def _require_day(ctx: Context, batch: Batch, happened_on: date) -> None:
    """The day decides in which year a payment is taxed, so a slip of the hand must not pass."""
    zone = ctx.company.time_zone
    first, last = (calendar.local_date(each, zone) for each in (batch.frozen_at, ctx.now))
    if not first <= happened_on <= last:
        raise FieldInvalid(
            "on", f"{happened_on} is not between the day of the batch, {first}, and today."
        )


async def _advance(
    ctx: Context,
    batch: Batch,
    outcome: PayoutStatus,
    happened_on: date,
    payout_ids: Collection[int] | None,
    reason: str,
) -> Sequence[tuple[int, Decimal]]:
    values: dict[str, object] = {"status_id": outcome, "reason": reason[:200]}
    if outcome is PayoutStatus.PAID:
        values["paid_on"] = happened_on
    else:
        values |= {"undone_on": happened_on, "undone_at": ctx.now}
    change = update(Payout).where(
        Payout.payout_batch_id == batch.payout_batch_id, Payout.status_id == BEFORE[outcome]
    )
    if outcome is PayoutStatus.RETURNED:
        change = change.where(Payout.paid_on <= happened_on)
    if payout_ids is not None:
        change = change.where(Payout.payout_id.in_(payout_ids))
    rows = await ctx.session.execute(
        change.values(values).returning(Payout.payout_id, Payout.amount)
    )
    return [(row.payout_id, row.amount) for row in rows]


async def _finish(ctx: Context, batch_id: int) -> None:
    """A batch is settled once nothing of it is pending."""
    pending = exists().where(
        Payout.payout_batch_id == batch_id, Payout.status_id == PayoutStatus.PENDING
    )
    if not await ctx.session.scalar(select(pending)):
        await _move(ctx, batch_id, BatchStatus.SETTLED)


async def _move(ctx: Context, batch_id: int, status: BatchStatus) -> None:
    await ctx.session.execute(
        update(PayoutBatch).where(PayoutBatch.payout_batch_id == batch_id).values(status_id=status)
    )
