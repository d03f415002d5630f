"""Accounts are opened by the thousand and moved in place.

The first approval that pays somebody opens an account and moves its balance: a foreign key asked
twice for the owner of each, and locked the owner's row. The statement asks once. An account that
moves leaves its page unless there is room for both versions of it, and takes new entries in every
index then. Whether a transaction balances is asked of accounts, not of every entry.
"""

from alembic import op

revision = "opened_accounts"
down_revision = "posting_checks"
branch_labels = None
depends_on = None

# No account changes hands (guard_balance), and customers stay (guard_customers).
OWNERS = """
CREATE FUNCTION require_account_owners() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM opened o LEFT JOIN customers c USING (customer_id)
               WHERE o.customer_id IS NOT NULL AND c.customer_id IS NULL) THEN
        RAISE EXCEPTION 'accounts can only be opened for customers who exist'
            USING ERRCODE = 'foreign_key_violation', TABLE = 'ledger_accounts',
                CONSTRAINT = 'ledger_accounts_customer';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER require_owners AFTER INSERT ON ledger_accounts REFERENCING NEW TABLE AS opened
    FOR EACH STATEMENT EXECUTE FUNCTION require_account_owners();
ALTER TABLE ledger_accounts
    -- squawk-ignore ban-drop-constraint
    DROP CONSTRAINT fk_ledger_accounts_customer_id;
"""
ROOM = """
ALTER TABLE ledger_accounts SET (fillfactor = 50);
"""
BALANCED = """
CREATE OR REPLACE FUNCTION require_balance() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    entries bigint;
    uneven record;
BEGIN
    SELECT count(*) INTO entries FROM ledger_entries e
    WHERE e.transaction_id = NEW.transaction_id;
    SELECT a.currency_code, sum(e.amount) AS amount INTO uneven
    FROM (SELECT account_id, sum(amount) AS amount FROM ledger_entries
          WHERE transaction_id = NEW.transaction_id GROUP BY account_id) e
    JOIN ledger_accounts a USING (account_id)
    GROUP BY a.currency_code HAVING sum(e.amount) <> 0 LIMIT 1;
    IF FOUND OR entries < 2 THEN
        RAISE EXCEPTION 'ledger transaction % (%) does not balance: % entries, off by %',
            NEW.transaction_id, NEW.reference, entries,
            coalesce(uneven.amount || ' ' || uneven.currency_code, '0')
            USING ERRCODE = 'check_violation', TABLE = 'ledger_transactions',
                CONSTRAINT = 'ledger_transactions_balance';
    END IF;
    RETURN NULL;
END
$$;
"""

FORMER_BALANCED = """
CREATE OR REPLACE FUNCTION require_balance() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    entries bigint;
    uneven record;
BEGIN
    SELECT count(*) INTO entries FROM ledger_entries e
    WHERE e.transaction_id = NEW.transaction_id;
    SELECT a.currency_code, sum(e.amount) AS amount INTO uneven
    FROM ledger_entries e JOIN ledger_accounts a USING (account_id)
    WHERE e.transaction_id = NEW.transaction_id
    GROUP BY a.currency_code HAVING sum(e.amount) <> 0 LIMIT 1;
    IF FOUND OR entries < 2 THEN
        RAISE EXCEPTION 'ledger transaction % (%) does not balance: % entries, off by %',
            NEW.transaction_id, NEW.reference, entries,
            coalesce(uneven.amount || ' ' || uneven.currency_code, '0')
            USING ERRCODE = 'check_violation', TABLE = 'ledger_transactions',
                CONSTRAINT = 'ledger_transactions_balance';
    END IF;
    RETURN NULL;
END
$$;
"""
FORMER = """
ALTER TABLE ledger_accounts RESET (fillfactor);
DROP TRIGGER require_owners ON ledger_accounts;
DROP FUNCTION require_account_owners();
ALTER TABLE ledger_accounts ADD CONSTRAINT fk_ledger_accounts_customer_id
    FOREIGN KEY (customer_id) REFERENCES customers (customer_id);
"""


def upgrade() -> None:
    for statements in (OWNERS, ROOM, BALANCED):
        op.execute(statements)


def downgrade() -> None:
    for statements in (FORMER_BALANCED, FORMER):
        op.execute(statements)
