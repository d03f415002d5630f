"""A batch's way to the bank: prepared (and frozen) by one person, approved by another.

The wallets are locked first, in one order, and read again under the lock. So of two batches that
want the same balance the second finds nothing, and a correction made meanwhile is counted.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from babel.numbers import get_currency_precision
from sqlalchemy import Row, insert, select, text, update

from upline.core.context import Context
from upline.core.errors import DomainError, FieldInvalid, Kind, NotFound
from upline.models.payout import PayoutBatch
from upline.services.audit import trail
from upline.services.ledger import payouts as bookings
from upline.services.payout.countries import sepa_countries
from upline.services.payout.terms import Terms
from upline.services.payout.vocabulary import BatchStatus, FileFormat, MethodType
from upline.services.period import calendar

LOCK_WALLETS = text(
    "SELECT a.account_id FROM ledger_accounts a JOIN customers c USING (customer_id)"
    " WHERE a.code = 'wallet' AND a.currency_code = :currency AND a.balance > 0"
    " AND a.balance >= :minimum AND c.status_id <> 3"
    " ORDER BY a.account_id FOR NO KEY UPDATE OF a"
)
# By the method of payout_method_versions v; `bind_fees` binds what it names.
FEE = """CASE v.type_id WHEN :check THEN :check_fee WHEN :payoneer THEN :payoneer_fee
              ELSE :bank_fee END"""
# Commissions of the last days may still be on hold; what is left of a cent stays on account.
FREEZE = text(f"""
WITH payable AS (
  SELECT a.customer_id, v.payout_method_id, v.version_no, {FEE} AS fee,
         CASE WHEN v.type_id = :check THEN :checks_file
              WHEN v.type_id = :payoneer THEN :payoneer_file
              WHEN v.country_code = 'US' AND :currency = 'USD' THEN :nacha_file
              WHEN v.country_code = ANY(:sepa_countries) AND :currency = 'EUR' THEN :sepa_file
              ELSE :transfers_file END AS format,
         trunc(a.balance - greatest(held.amount, 0), :digits) AS gross
  FROM ledger_accounts a
  JOIN payout_methods m ON m.customer_id = a.customer_id AND m.is_default
  JOIN payout_method_versions v USING (payout_method_id, version_no)
  CROSS JOIN LATERAL (
    SELECT coalesce(sum(e.amount), 0) AS amount
    FROM ledger_transactions t JOIN ledger_entries e USING (transaction_id)
    WHERE t.kind = 'commission' AND t.posted_at > :covers_until AND e.account_id = a.account_id
  ) held
  WHERE a.account_id = ANY(:wallets) AND v.type_id <> :wallet AND v.held_until <= :now
)
INSERT INTO payouts
  (payout_batch_id, customer_id, amount, fee, payout_method_id, version_no, format)
SELECT :batch_id, customer_id, gross - fee, fee, payout_method_id, version_no, format
FROM payable WHERE gross >= :minimum AND gross > fee
ORDER BY customer_id
RETURNING payout_id, amount
""")


class AlreadyPaid(DomainError):
    """A period is paid by one batch in each currency."""

    code = "already_paid"
    kind = Kind.CONFLICT
    message = "The payouts of this period have already been made."
    constraint = "uq_payout_batches_period_id"


class NothingToPay(DomainError):
    """No wallet holds enough, or none of their owners can be paid."""

    code = "nothing_to_pay"
    kind = Kind.CONFLICT
    message = "There is nothing to pay in this currency."


class SamePerson(DomainError):
    """Whoever prepared a batch cannot approve it."""

    code = "same_person"
    kind = Kind.CONFLICT
    message = "A batch is approved by somebody else than prepared it."
    constraint = "ck_payout_batches_two_people"


class WrongState(DomainError):
    """The batch is not where this step begins."""

    code = "payout_batch_state"
    kind = Kind.CONFLICT
    message = "The batch is not in a state that allows this."


@dataclass(frozen=True, slots=True)
class Batch:
    """A payout batch and its sums."""

    payout_batch_id: int
    period_id: int | None
    status: BatchStatus
    currency_code: str
    pay_date: date
    payout_count: int
    total: Decimal
    prepared_by: str
    approved_by: str | None
    frozen_at: datetime


async def prepare(
    ctx: Context, currency: str, terms: Terms, pay_date: date, period_id: int | None = None
) -> Batch:
    """Freeze what is paid, to whom and how: every wallet of at least the minimum, less the fee.

    Members on hold, without a method or with one just changed keep their balance. Raises
    FieldInvalid for a pay date that has passed, NothingToPay between periods, AlreadyPaid for a
    second batch of a period and currency.
    """
    if pay_date < calendar.local_date(ctx.now, ctx.company.time_zone):
        raise FieldInvalid("on", f"{pay_date} has passed: a batch is paid today or later.")
    covers_until = ctx.now - timedelta(days=terms.hold_days)
    batch_id = await ctx.session.scalar(
        insert(PayoutBatch)
        .values(
            period_id=period_id,
            pay_date=pay_date,
            currency_code=currency,
            prepared_by=trail.actor_of(ctx.principal),
            frozen_at=ctx.now,
            covers_until=covers_until,
        )
        .returning(PayoutBatch.payout_batch_id)
    )
    assert batch_id is not None  # noqa: S101 - RETURNING always gives the key
    paid = await _freeze(ctx, batch_id, currency, terms, covers_until)
    if not paid and period_id is None:
        raise NothingToPay
    transaction_id = None
    if paid:
        ids = [row.payout_id for row in paid]
        transaction_id = await bookings.post_freeze(ctx, batch_id, ids, currency)
    total = sum((row.amount for row in paid), Decimal(0))
    await ctx.session.execute(
        update(PayoutBatch)
        .where(PayoutBatch.payout_batch_id == batch_id)
        .values(payout_count=len(paid), total=total, transaction_id=transaction_id)
    )
    await _note(ctx, "prepare", batch_id, {"count": len(paid), "total": f"{total} {currency}"})
    return await get_batch(ctx, batch_id)


async def _freeze(
    ctx: Context, batch_id: int, currency: str, terms: Terms, covers_until: datetime
) -> Sequence[Row[*tuple[Any, ...]]]:
    limits = {"currency": currency, "minimum": terms.minimum}
    wallets = list(await ctx.session.scalars(LOCK_WALLETS, limits))
    if not wallets:
        return []
    frozen = await ctx.session.execute(
        FREEZE,
        {
            **limits,
            "batch_id": batch_id,
            "wallets": wallets,
            "covers_until": covers_until,
            "now": ctx.now,
            "digits": get_currency_precision(currency),
            "sepa_countries": sorted(sepa_countries()),
            "wallet": MethodType.WALLET,
            **bind_fees(terms),
            **{f"{each}_file": each for each in FileFormat},
        },
    )
    return frozen.all()


def bind_fees(terms: Terms) -> dict[str, object]:
    """What FEE names."""
    return {
        "check": MethodType.CHECK,
        "payoneer": MethodType.PAYONEER,
        "bank_fee": terms.fee(MethodType.BANK),
        "check_fee": terms.fee(MethodType.CHECK),
        "payoneer_fee": terms.fee(MethodType.PAYONEER),
    }


async def approve(ctx: Context, batch_id: int) -> Batch:
    """Let a prepared batch go to the bank. Raises SamePerson for whoever prepared it."""
    batch = await lock_batch(ctx, batch_id, BatchStatus.PREPARED)
    approver = trail.actor_of(ctx.principal)
    if approver == batch.prepared_by:
        raise SamePerson
    await ctx.session.execute(
        update(PayoutBatch)
        .where(PayoutBatch.payout_batch_id == batch_id)
        .values(status_id=BatchStatus.APPROVED, approved_by=approver, approved_at=ctx.now)
    )
    await _note(ctx, "approve", batch_id, {})
    return await get_batch(ctx, batch_id)


async def list_batches(ctx: Context, limit: int) -> list[Batch]:
    """The newest batches first."""
    query = select(*_COLUMNS).order_by(PayoutBatch.payout_batch_id.desc()).limit(limit)
    return [_batch(row) for row in await ctx.session.execute(query)]


async def get_batch(ctx: Context, batch_id: int) -> Batch:
    """One batch."""
    query = select(*_COLUMNS).where(PayoutBatch.payout_batch_id == batch_id)
    row = (await ctx.session.execute(query)).one_or_none()
    if row is None:
        raise NotFound(f"There is no payout batch {batch_id}.")
    return _batch(row)


async def lock_batch(ctx: Context, batch_id: int, *states: BatchStatus) -> Batch:
    """A batch nobody else changes until this transaction ends; raises WrongState for others."""
    query = select(*_COLUMNS).where(PayoutBatch.payout_batch_id == batch_id).with_for_update()
    row = (await ctx.session.execute(query)).one_or_none()
    if row is None:
        raise NotFound(f"There is no payout batch {batch_id}.")
    batch = _batch(row)
    if batch.status not in states:
        raise WrongState(f"Batch {batch_id} is {batch.status.name.lower()}.")
    return batch


async def list_currencies(ctx: Context) -> list[str]:
    """The currencies in which members have money on account."""
    query = text(
        "SELECT DISTINCT currency_code FROM ledger_accounts"
        " WHERE code = 'wallet' AND balance > 0 ORDER BY 1"
    )
    return list(await ctx.session.scalars(query))


_COLUMNS = (
    PayoutBatch.payout_batch_id,
    PayoutBatch.period_id,
    PayoutBatch.status_id,
    PayoutBatch.currency_code,
    PayoutBatch.pay_date,
    PayoutBatch.payout_count,
    PayoutBatch.total,
    PayoutBatch.prepared_by,
    PayoutBatch.approved_by,
    PayoutBatch.frozen_at,
)


def _batch(row: Row[*tuple[Any, ...]]) -> Batch:
    number, period_id, status_id, *rest = row
    return Batch(number, period_id, BatchStatus(status_id), *rest)


async def _note(ctx: Context, step: str, batch_id: int, detail: dict[str, object]) -> None:
    await trail.record(ctx, f"payout.{step}", f"payout_batch:{batch_id}", detail)
