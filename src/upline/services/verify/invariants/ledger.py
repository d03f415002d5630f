"""Double entry: nothing appears, nothing vanishes, no wallet below zero."""

from upline.services.verify.invariants.invariant import Invariant

LEDGER = (
    Invariant(
        "I1",
        "Every ledger transaction sums to zero in each currency.",
        """
        SELECT 'transaction ' || e.transaction_id, a.currency_code || ' ' || sum(e.amount)
        FROM ledger_entries e JOIN ledger_accounts a USING (account_id)
        GROUP BY e.transaction_id, a.currency_code HAVING sum(e.amount) <> 0
        """,
    ),
    Invariant(
        "I2",
        "All accounts together sum to zero in each currency.",
        """
        SELECT currency_code, sum(balance)::text FROM ledger_accounts
        GROUP BY currency_code HAVING sum(balance) <> 0
        """,
    ),
    Invariant(
        "I3",
        "The balance of an account is the sum of its entries.",
        """
        SELECT 'account ' || a.account_id, a.balance || ' but entries ' || coalesce(e.total, 0)
        FROM ledger_accounts a
        LEFT JOIN (SELECT account_id, sum(amount) AS total FROM ledger_entries GROUP BY 1) e
          USING (account_id)
        WHERE a.balance <> coalesce(e.total, 0)
        """,
    ),
    Invariant(
        "I4",
        "No account is below zero unless it may be.",
        """
        SELECT 'account ' || account_id, balance::text FROM ledger_accounts
        WHERE balance < 0 AND NOT may_be_negative
        """,
    ),
)
