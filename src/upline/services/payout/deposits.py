"""Deposits: payouts as members see them, and the commission lines each of them paid.

A payout empties its wallet of all commissions posted up to its batch's `covers_until`; so it paid
for whatever was posted since the payout before. Payouts that had been undone by then paid nothing.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Row, func, select, text

from upline.core.context import Context
from upline.core.errors import NotFound
from upline.core.paging import Page, Paged
from upline.models.commission import CommissionLine, CommissionRun
from upline.models.payout import Payout, PayoutBatch, PayoutMethodVersion
from upline.models.period import Period
from upline.services.commission import lines
from upline.services.commission.explanations import Rounding
from upline.services.payout.exports import reference
from upline.services.payout.vocabulary import PayoutStatus, describe

# Members need not know whether a payment waits for approval or for the bank.
STATUS = {
    PayoutStatus.PENDING: "Pending",
    PayoutStatus.PAID: "Paid",
    PayoutStatus.FAILED: "Failed",
    PayoutStatus.RETURNED: "Returned",
}
PERIODS = text("""
WITH payout AS (
  SELECT p.payout_id, p.customer_id, b.currency_code, b.frozen_at, b.covers_until
  FROM payouts p JOIN payout_batches b USING (payout_batch_id)
  WHERE p.payout_id = :payout_id AND p.customer_id = :customer_id AND p.status_id <> 5
), earlier AS (
  SELECT max(b.covers_until) AS covers_until
  FROM payout
  JOIN payouts q ON q.customer_id = payout.customer_id AND q.payout_id < payout.payout_id
  JOIN payout_batches b ON b.payout_batch_id = q.payout_batch_id
                       AND b.currency_code = payout.currency_code
  WHERE q.undone_at IS NULL OR q.undone_at > payout.frozen_at
)
SELECT payout.payout_id, array_agg(DISTINCT t.period_id) FILTER (WHERE t.period_id IS NOT NULL)
FROM payout CROSS JOIN earlier
LEFT JOIN ledger_accounts a ON a.customer_id = payout.customer_id AND a.code = 'wallet'
                           AND a.currency_code = payout.currency_code
LEFT JOIN ledger_entries e USING (account_id)
LEFT JOIN ledger_transactions t ON t.transaction_id = e.transaction_id AND t.kind = 'commission'
  AND t.posted_at <= payout.covers_until
  AND t.posted_at > coalesce(earlier.covers_until, '-infinity')
GROUP BY payout.payout_id
""")


@dataclass(frozen=True, slots=True)
class Deposit:
    """One payment to the member."""

    deposit_history_id: int
    deposit_date: date
    period_id: int | None
    amount: Decimal
    fee: Decimal
    currency_code: str
    payout_method: str
    status: str
    reference: str


@dataclass(frozen=True, slots=True)
class DepositLine(lines.Line):
    """A commission line and the period it was earned in."""

    period_id: int


async def list_deposits(ctx: Context, customer_id: int, page: Page) -> Paged[Deposit]:
    """A member's payments, the newest first; those of cancelled batches never were."""
    mine = (Payout.customer_id == customer_id, Payout.status_id != PayoutStatus.CANCELLED)
    total = await ctx.session.scalar(select(func.count()).select_from(Payout).where(*mine))
    version = PayoutMethodVersion
    query = (
        select(
            Payout.payout_id,
            Payout.payout_batch_id,
            func.coalesce(Payout.paid_on, PayoutBatch.pay_date).label("deposit_date"),
            PayoutBatch.period_id,
            Payout.amount,
            Payout.fee,
            PayoutBatch.currency_code,
            Payout.status_id,
            version.type_id,
            version.last_four,
        )
        .join(PayoutBatch, PayoutBatch.payout_batch_id == Payout.payout_batch_id)
        .join(
            version,
            (version.payout_method_id == Payout.payout_method_id)
            & (version.version_no == Payout.version_no),
        )
        .where(*mine)
        .order_by(Payout.payout_id.desc())
        .limit(page.limit)
        .offset(page.offset)
    )
    found = [
        Deposit(
            deposit_history_id=row.payout_id,
            deposit_date=row.deposit_date,
            period_id=row.period_id,
            amount=row.amount,
            fee=row.fee,
            currency_code=row.currency_code,
            payout_method=describe(row.type_id, row.last_four),
            status=STATUS[PayoutStatus(row.status_id)],
            reference=reference(row.payout_batch_id, row.payout_id),
        )
        for row in await ctx.session.execute(query)
    ]
    return Paged(found, total or 0, page)


async def list_deposit_lines(
    ctx: Context, customer_id: int, payout_id: int, page: Page
) -> Paged[DepositLine]:
    """The commission lines a payment was for, by period, bonus and level.

    NotFound for somebody else's payment.
    """
    bound = {"payout_id": payout_id, "customer_id": customer_id}
    row = (await ctx.session.execute(PERIODS, bound)).one_or_none()
    if row is None:
        raise NotFound
    found: list[DepositLine] = []
    skipped = 0
    for run, count in await _list_runs(ctx, customer_id, row[1] or []):
        wanted = page.limit - len(found)
        if wanted and skipped + count > page.offset:
            found += [
                DepositLine(**asdict(line), period_id=run.period_id)
                for line in await lines.list_slice(
                    ctx,
                    run.run_id,
                    customer_id,
                    max(0, page.offset - skipped),
                    wanted,
                    Rounding(run.rounding_place, run.rounding_mode, run.rounding_unit),
                    run.currency_code,
                )
            ]
        skipped += count
    return Paged(found, skipped, page)


async def _list_runs(
    ctx: Context, customer_id: int, period_ids: Sequence[int]
) -> list[tuple[Row[*tuple[Any, ...]], int]]:
    """The runs in force for some periods, and how many lines the member has in each."""
    run = CommissionRun
    found = await ctx.session.execute(
        select(
            Period.period_id,
            run.run_id,
            run.rounding_place,
            run.rounding_mode,
            run.rounding_unit,
            run.currency_code,
        )
        .join(run, run.run_id == Period.run_id)
        .where(Period.period_id.in_(period_ids))
        .order_by(Period.period_id)
    )
    rows = found.all()
    counts = await ctx.session.execute(
        select(CommissionLine.run_id, func.count().label("lines"))
        .where(
            CommissionLine.run_id.in_([row.run_id for row in rows]),
            CommissionLine.customer_id == customer_id,
        )
        .group_by(CommissionLine.run_id)
    )
    lengths = {row.run_id: row.lines for row in counts}
    return [(row, lengths.get(row.run_id, 0)) for row in rows]
