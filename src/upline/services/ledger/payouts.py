"""Booking money on its way out of wallets, and back into them when it did not arrive.

A frozen payout leaves its wallet for `payouts-in-transit`; the bank's news moves it on to cash or
back. So no two batches can hold the same money, whoever approves what and when.
"""

from collections.abc import Sequence

from sqlalchemy import text

from upline.core.context import Context
from upline.services.ledger.postings import (
    CASH,
    FEES,
    IN_TRANSIT,
    open_company_accounts,
    open_transaction,
)

WALLETS = """
WITH moved AS (
  SELECT a.account_id, p.amount, p.fee
  FROM payouts p
  JOIN payout_batches b USING (payout_batch_id)
  JOIN ledger_accounts a ON a.customer_id = p.customer_id AND a.code = 'wallet'
                        AND a.currency_code = b.currency_code
  WHERE p.payout_id = ANY(:payout_ids)
)
"""
FREEZE = f"""{WALLETS}
INSERT INTO ledger_entries (transaction_id, account_id, ledger_type_id, amount)
SELECT :transaction_id, account_id, 4, -amount FROM moved
UNION ALL SELECT :transaction_id, account_id, 5, -fee FROM moved WHERE fee <> 0
UNION ALL SELECT :transaction_id, :transit, 4, sum(amount) FROM moved
UNION ALL SELECT :transaction_id, :fees, 5, sum(fee) FROM moved HAVING sum(fee) <> 0
"""
ARRIVED = f"""{WALLETS}
INSERT INTO ledger_entries (transaction_id, account_id, ledger_type_id, amount)
SELECT :transaction_id, :transit, 4, -sum(amount) FROM moved
UNION ALL SELECT :transaction_id, :cash, 4, sum(amount) FROM moved
"""
# What never left gives its fee back too.
NEVER_LEFT = f"""{WALLETS}
INSERT INTO ledger_entries (transaction_id, account_id, ledger_type_id, amount)
SELECT :transaction_id, account_id, 4, amount FROM moved
UNION ALL SELECT :transaction_id, account_id, 5, fee FROM moved WHERE fee <> 0
UNION ALL SELECT :transaction_id, :transit, 4, -sum(amount) FROM moved
UNION ALL SELECT :transaction_id, :fees, 5, -sum(fee) FROM moved HAVING sum(fee) <> 0
"""
CAME_BACK = f"""{WALLETS}
INSERT INTO ledger_entries (transaction_id, account_id, ledger_type_id, amount)
SELECT :transaction_id, account_id, 4, amount FROM moved
UNION ALL SELECT :transaction_id, :cash, 4, -sum(amount) FROM moved
"""


async def post_freeze(ctx: Context, batch_id: int, payout_ids: Sequence[int], currency: str) -> int:
    """Take a batch's payouts and their fees out of the wallets; returns the transaction."""
    return await _post(ctx, FREEZE, f"payout:{batch_id}", payout_ids, currency)


async def post_arrived(ctx: Context, payout_ids: Sequence[int], currency: str) -> int:
    """From transit to cash: the bank has paid."""
    return await _post(ctx, ARRIVED, f"payout-paid:{min(payout_ids)}", payout_ids, currency)


async def post_never_left(ctx: Context, payout_ids: Sequence[int], currency: str) -> int:
    """From transit back to the wallets, fees included."""
    return await _post(ctx, NEVER_LEFT, f"payout-undone:{min(payout_ids)}", payout_ids, currency)


async def post_came_back(ctx: Context, payout_ids: Sequence[int], currency: str) -> int:
    """From cash back to the wallets; the bank keeps its fee."""
    return await _post(ctx, CAME_BACK, f"payout-returned:{min(payout_ids)}", payout_ids, currency)


async def _post(
    ctx: Context, entries: str, reference: str, payout_ids: Sequence[int], currency: str
) -> int:
    # A payout comes to each state once, so the lowest number among them makes a unique reference.
    accounts = await open_company_accounts(ctx, currency)
    transaction_id = await open_transaction(ctx, "payout", reference)
    bound = {"transit": IN_TRANSIT, "cash": CASH, "fees": FEES}
    await ctx.session.execute(
        text(entries),
        {
            "payout_ids": list(payout_ids),
            "transaction_id": transaction_id,
            **{name: accounts[code] for name, code in bound.items() if f":{name}" in entries},
        },
    )
    return transaction_id
