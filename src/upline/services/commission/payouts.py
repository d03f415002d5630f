"""Paying what wallets hold: one batch a period, each wallet at most once in it."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import func, insert, select, text, update

from upline.core.context import Context
from upline.core.errors import DomainError, Kind
from upline.models.commission import Payout, PayoutBatch
from upline.services.ledger import postings

PREPARED, PAID = 1, 2

# Wallets are locked in the order of their ids, so two batches can't wait for each other.
DUE = """
WITH due AS (
  SELECT a.account_id, a.customer_id, a.balance
  FROM ledger_accounts a JOIN customers c ON c.customer_id = a.customer_id
  WHERE a.code = 'wallet' AND a.currency_code = :currency
    AND a.balance >= :minimum AND a.balance > :fee AND c.status_id <> 3
  ORDER BY a.account_id FOR UPDATE OF a
)
INSERT INTO payouts (payout_batch_id, customer_id, amount, fee)
SELECT :batch_id, customer_id, balance - :fee, :fee FROM due
"""


class AlreadyPaid(DomainError):
    """A period is paid by one batch only."""

    code = "already_paid"
    kind = Kind.CONFLICT
    message = "The payouts of this period have already been made."
    constraint = "uq_payout_batches_period_id"


@dataclass(frozen=True, slots=True)
class Batch:
    """A payout batch and its sums."""

    payout_batch_id: int
    payout_count: int
    total: Decimal


async def pay(
    ctx: Context,
    period_id: int,
    pay_date: date,
    currency: str,
    *,
    minimum: Decimal,
    fee: Decimal,
) -> Batch:
    """Pay every wallet of at least `minimum`, less `fee`; members on hold keep their balance.

    Raises AlreadyPaid for a second batch of the same period.
    """
    batch_id = await ctx.session.scalar(
        insert(PayoutBatch)
        .values(period_id=period_id, pay_date=pay_date, currency_code=currency)
        .returning(PayoutBatch.payout_batch_id)
    )
    assert batch_id is not None  # noqa: S101 - RETURNING always gives the key
    await ctx.session.execute(
        text(DUE),
        {"batch_id": batch_id, "currency": currency, "minimum": minimum, "fee": fee},
    )
    count, total = (
        await ctx.session.execute(
            select(func.count(), func.coalesce(func.sum(Payout.amount), 0)).where(
                Payout.payout_batch_id == batch_id
            )
        )
    ).one()
    transaction_id = (
        await postings.post_payouts(ctx, batch_id, period_id, currency) if count else None
    )
    await ctx.session.execute(
        update(PayoutBatch)
        .where(PayoutBatch.payout_batch_id == batch_id)
        .values(status_id=PAID, payout_count=count, total=total, transaction_id=transaction_id)
    )
    return Batch(batch_id, count, total)
