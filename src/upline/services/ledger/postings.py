"""Posting commissions: one ledger transaction an event, set-based.

Credits are positive. A member's `wallet` holds what the company owes; a check below zero goes to
the member's `debt` account, which later checks settle first, so a wallet is never negative. The
database keeps balances, refuses unbalanced transactions and late entries (see the migrations).
"""

from sqlalchemy import insert, select, text
from sqlalchemy.dialects.postgresql import insert as upsert

from upline.core.context import Context
from upline.core.errors import DomainError, Kind
from upline.models.commission import CommissionCheck
from upline.models.ledger import LedgerAccount, LedgerTransaction

# Company accounts; their sums mirror what members were credited and paid.
EXPENSE, FEES, ADJUSTMENTS, DONATIONS, CASH, IN_TRANSIT = (
    "commission-expense",
    "fee-income",
    "adjustments",
    "donations",
    "cash",
    "payouts-in-transit",
)
# Opened for the currencies that are exchanged: what it owes in one it is owed in the other.
EXCHANGE = "exchange"
COMPANY_ACCOUNTS = (EXPENSE, FEES, ADJUSTMENTS, DONATIONS, CASH, IN_TRANSIT)


class AlreadyPosted(DomainError):
    """The event behind this reference is in the ledger."""

    code = "already_posted"
    kind = Kind.CONFLICT
    message = "This has already been posted to the ledger."
    constraint = "uq_ledger_transactions_reference"


# Thousands of rows at once are written in the order of an index, so that neighbours go to one page.
# What each kind of check item books: (item kinds and types, ledger type, contra account). A check
# that is paid in another currency books its items to the exchange account instead of the member,
# and what is paid from the exchange account of that currency to the member.
# 1 bonus → commission, 2 fee, 3 adjustment, 4 donation (see models/commission.py CheckItem).
CHECK_ENTRIES = """
WITH item AS (
  SELECT i.customer_id,
         CASE i.kind_id WHEN 1 THEN 1 WHEN 2 THEN 2 WHEN 4 THEN 6 ELSE 3 END AS ledger_type_id,
         sum(i.amount) AS amount
  FROM check_items i WHERE i.run_id = :run_id
  GROUP BY 1, 2 HAVING sum(i.amount) <> 0
), side AS (
  SELECT c.customer_id, CASE WHEN c.net < 0 THEN 'debt' ELSE 'wallet' END AS code,
         c.currency_code, c.local_net, c.currency_code IS NOT NULL AS is_local
  FROM commission_checks c WHERE c.run_id = :run_id
), member AS (
  SELECT a.account_id, item.ledger_type_id, item.amount
  FROM item JOIN side USING (customer_id)
  JOIN ledger_accounts a ON a.customer_id = item.customer_id AND a.code = side.code
                        AND a.currency_code = :currency
  WHERE NOT side.is_local
  UNION ALL SELECT a.account_id, item.ledger_type_id, item.amount
  FROM item JOIN side USING (customer_id)
  JOIN ledger_accounts a ON a.customer_id IS NULL AND a.code = :exchange
                        AND a.currency_code = :currency
  WHERE side.is_local
), local AS (
  SELECT a.account_id, x.account_id AS exchange_id, side.local_net AS amount
  FROM side
  JOIN ledger_accounts a ON a.customer_id = side.customer_id AND a.code = side.code
                        AND a.currency_code = side.currency_code
  JOIN ledger_accounts x ON x.customer_id IS NULL AND x.code = :exchange
                        AND x.currency_code = side.currency_code
  WHERE side.is_local AND side.local_net <> 0
), company AS (
  SELECT a.account_id, m.ledger_type_id, -sum(m.amount) AS amount
  FROM member m
  JOIN ledger_accounts a ON a.customer_id IS NULL AND a.currency_code = :currency
   AND a.code = CASE m.ledger_type_id WHEN 1 THEN :expense WHEN 2 THEN :fees
                                      WHEN 6 THEN :donations ELSE :adjustments END
  GROUP BY 1, 2
)
INSERT INTO ledger_entries (transaction_id, account_id, ledger_type_id, amount)
(SELECT :transaction_id, account_id, ledger_type_id, amount FROM member ORDER BY account_id)
UNION ALL SELECT :transaction_id, account_id, ledger_type_id, amount FROM company
WHERE amount <> 0
UNION ALL SELECT :transaction_id, account_id, 1, amount FROM local
UNION ALL SELECT :transaction_id, exchange_id, 1, -sum(amount) FROM local
GROUP BY exchange_id HAVING sum(amount) <> 0
"""
OPEN_MEMBER_ACCOUNTS = """
INSERT INTO ledger_accounts (code, customer_id, currency_code, may_be_negative)
SELECT CASE WHEN net < 0 THEN 'debt' ELSE 'wallet' END, customer_id,
       coalesce(currency_code, :currency), net < 0
FROM commission_checks WHERE run_id = :run_id
ORDER BY customer_id
ON CONFLICT DO NOTHING
"""
OPEN_EXCHANGE = """
INSERT INTO ledger_accounts (code, currency_code, may_be_negative)
SELECT :exchange, unnest(ARRAY[currency_code, :currency]), true
FROM commission_checks WHERE run_id = :run_id AND currency_code IS NOT NULL
GROUP BY currency_code
ON CONFLICT DO NOTHING
"""
# Owed by a member and owing to them at once: the smaller of the two moves.
SETTLE_DEBTS = """
WITH pair AS (
  SELECT w.account_id AS wallet_id, d.account_id AS debt_id, least(w.balance, -d.balance) AS amount
  FROM ledger_accounts d
  JOIN ledger_accounts w ON w.customer_id = d.customer_id AND w.code = 'wallet'
                        AND w.currency_code = d.currency_code
  WHERE d.code = 'debt' AND d.balance < 0 AND w.balance > 0
    AND (d.currency_code = :currency OR d.currency_code IN (
      SELECT currency_code FROM commission_checks WHERE run_id = :run_id))
)
INSERT INTO ledger_entries (transaction_id, account_id, ledger_type_id, amount)
SELECT :transaction_id, wallet_id, 3, -amount FROM pair
UNION ALL SELECT :transaction_id, debt_id, 3, amount FROM pair
"""


async def post_commissions(ctx: Context, run_id: int, period_id: int, currency: str) -> int | None:
    """Book every check of a committed run; returns the transaction, None when nobody earned.

    Raises AlreadyPosted when this period's commissions are in the ledger.
    """
    checks = select(CommissionCheck.run_id).where(CommissionCheck.run_id == run_id).exists()
    if not await ctx.session.scalar(select(checks)):
        return None
    await open_company_accounts(ctx, currency)
    books = {"run_id": run_id, "currency": currency}
    await ctx.session.execute(text(OPEN_MEMBER_ACCOUNTS), books)
    await ctx.session.execute(text(OPEN_EXCHANGE), books | {"exchange": EXCHANGE})
    transaction_id = await open_transaction(ctx, "commission", f"commission:{period_id}", period_id)
    await ctx.session.execute(
        text(CHECK_ENTRIES),
        {
            "run_id": run_id,
            "currency": currency,
            "transaction_id": transaction_id,
            "expense": EXPENSE,
            "fees": FEES,
            "donations": DONATIONS,
            "adjustments": ADJUSTMENTS,
            "exchange": EXCHANGE,
        },
    )
    await ctx.session.execute(text(SETTLE_DEBTS), books | {"transaction_id": transaction_id})
    return transaction_id


async def open_company_accounts(ctx: Context, currency: str) -> dict[str, int]:
    """The company's account ids by code in one currency, made on first use."""
    await ctx.session.execute(
        upsert(LedgerAccount)
        .values(
            [
                {"code": code, "currency_code": currency, "may_be_negative": True}
                for code in COMPANY_ACCOUNTS
            ]
        )
        .on_conflict_do_nothing()
    )
    rows = await ctx.session.execute(
        select(LedgerAccount.code, LedgerAccount.account_id).where(
            LedgerAccount.customer_id.is_(None), LedgerAccount.currency_code == currency
        )
    )
    return {code: account_id for code, account_id in rows}  # noqa: C416 - a Row is no pair to mypy


async def open_transaction(
    ctx: Context, kind: str, reference: str, period_id: int | None = None
) -> int:
    """A new transaction's number; it must get its entries before this unit of work ends."""
    transaction_id = await ctx.session.scalar(
        insert(LedgerTransaction)
        .values(kind=kind, reference=reference, period_id=period_id, posted_at=ctx.now)
        .returning(LedgerTransaction.transaction_id)
    )
    assert transaction_id is not None  # noqa: S101 - RETURNING always gives the key
    return int(transaction_id)
