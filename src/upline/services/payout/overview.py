"""What a second person looks at before saying yes to a batch, and what stays in the wallets."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from babel.numbers import get_currency_precision
from sqlalchemy import func, select, text

from upline.core.context import Context
from upline.models.customer import Customer
from upline.models.payout import Payout, PayoutMethodVersion
from upline.services.payout.batches import FEE, Batch, bind_fees
from upline.services.payout.exports import reference
from upline.services.payout.terms import Terms
from upline.services.payout.vocabulary import FileFormat, MethodType, PayoutStatus, describe

ROWS_AT_ONCE = 5_000


class Reason(StrEnum):
    """Why a wallet with money in it is not paid out; the first that holds is named."""

    ON_HOLD = "on hold"
    NO_METHOD = "no payout method"
    KEPT = "kept by their own choice"
    JUST_CHANGED = "payout method changed in the last 72 hours"
    TOO_LITTLE = "less than the minimum or the fee"
    TOO_RECENT = "earned too recently"


# In the order, and by the conditions, in which a batch decides.
KEPT = text(f"""
SELECT CASE WHEN c.status_id = 3 THEN '{Reason.ON_HOLD}'
            WHEN v.type_id IS NULL THEN '{Reason.NO_METHOD}'
            WHEN v.type_id = :wallet THEN '{Reason.KEPT}'
            WHEN v.held_until > :now THEN '{Reason.JUST_CHANGED}'
            WHEN a.balance < :minimum OR trunc(a.balance, :digits) <= {FEE}
              THEN '{Reason.TOO_LITTLE}'
            ELSE '{Reason.TOO_RECENT}' END AS reason,
       count(*) AS members, sum(a.balance) AS balance
FROM ledger_accounts a
JOIN customers c USING (customer_id)
LEFT JOIN payout_methods m ON m.customer_id = a.customer_id AND m.is_default
LEFT JOIN payout_method_versions v USING (payout_method_id, version_no)
WHERE a.code = 'wallet' AND a.currency_code = :currency AND a.balance > 0
GROUP BY 1 ORDER BY 1
""")


@dataclass(frozen=True, slots=True)
class Share:
    """The part of a batch that goes into one file and has come to one state."""

    format: FileFormat
    status: PayoutStatus
    payout_count: int
    amount: Decimal
    fee: Decimal


@dataclass(frozen=True, slots=True)
class Kept:
    """Wallets that a batch would leave alone now."""

    reason: Reason
    members: int
    balance: Decimal


@dataclass(frozen=True, slots=True)
class Payment:
    """One payout; `method` shows the last digits of the account and no more."""

    payout_id: int
    reference: str
    customer_id: int
    name: str
    method: str
    format: FileFormat
    amount: Decimal
    fee: Decimal
    status: PayoutStatus
    paid_on: date | None
    undone_on: date | None
    reason: str


async def list_shares(ctx: Context, batch_id: int) -> list[Share]:
    """A batch by file and state."""
    rows = await ctx.session.execute(
        select(
            Payout.format,
            Payout.status_id,
            func.count(),
            func.sum(Payout.amount),
            func.sum(Payout.fee),
        )
        .where(Payout.payout_batch_id == batch_id)
        .group_by(Payout.format, Payout.status_id)
        .order_by(Payout.format, Payout.status_id)
    )
    return [
        Share(FileFormat(kind), PayoutStatus(status), count, amount, fee)
        for kind, status, count, amount, fee in rows
    ]


async def list_kept(ctx: Context, currency: str, terms: Terms) -> list[Kept]:
    """What stays in the wallets of a currency, and why, for whoever prepares a batch now."""
    rows = await ctx.session.execute(
        KEPT,
        {
            "currency": currency,
            "minimum": terms.minimum,
            "now": ctx.now,
            "digits": get_currency_precision(currency),
            "wallet": MethodType.WALLET,
            **bind_fees(terms),
        },
    )
    return [Kept(Reason(row.reason), row.members, row.balance) for row in rows]


async def stream_payments(
    ctx: Context, batch: Batch, limit: int | None = None
) -> AsyncIterator[Payment]:
    """The payouts of a batch, the largest first."""
    version = PayoutMethodVersion
    query = (
        select(
            Payout.payout_id,
            Payout.customer_id,
            Customer.first_name,
            Customer.last_name,
            version.type_id,
            version.last_four,
            Payout.format,
            Payout.amount,
            Payout.fee,
            Payout.status_id,
            Payout.paid_on,
            Payout.undone_on,
            Payout.reason,
        )
        .join(
            version,
            (version.payout_method_id == Payout.payout_method_id)
            & (version.version_no == Payout.version_no),
        )
        .join(Customer, Customer.customer_id == Payout.customer_id)
        .where(Payout.payout_batch_id == batch.payout_batch_id)
        .order_by(Payout.amount.desc(), Payout.payout_id)
        .limit(limit)
        .execution_options(yield_per=ROWS_AT_ONCE)
    )
    async for row in await ctx.session.stream(query):
        yield Payment(
            payout_id=row.payout_id,
            reference=reference(batch.payout_batch_id, row.payout_id),
            customer_id=row.customer_id,
            name=f"{row.first_name} {row.last_name}".strip(),
            method=describe(row.type_id, row.last_four),
            format=FileFormat(row.format),
            amount=row.amount,
            fee=row.fee,
            status=PayoutStatus(row.status_id),
            paid_on=row.paid_on,
            undone_on=row.undone_on,
            reason=row.reason,
        )
