"""The ledger's promises: balanced transactions, no late entries, balances that match."""

from alembic import op

revision = "ledger_rules"
down_revision = "append_only"
branch_labels = None
depends_on = None

# Accounts are locked in one order, so that two postings never wait for each other.
POST = """
CREATE FUNCTION post_entries() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM posted e JOIN ledger_transactions t USING (transaction_id)
        WHERE t.created_xid <> pg_current_xact_id()::text
    ) THEN
        RAISE EXCEPTION 'entries can only join a ledger transaction while it is being made'
            USING ERRCODE = 'restrict_violation', TABLE = 'ledger_entries',
                CONSTRAINT = 'ledger_entries_in_time';
    END IF;
    PERFORM FROM ledger_accounts
    WHERE account_id IN (SELECT account_id FROM posted)
    ORDER BY account_id FOR NO KEY UPDATE;
    UPDATE ledger_accounts a SET balance = a.balance + s.amount
    FROM (SELECT account_id, sum(amount) AS amount FROM posted GROUP BY account_id) s
    WHERE a.account_id = s.account_id AND s.amount <> 0;
    RETURN NULL;
END
$$;
CREATE TRIGGER post_entries AFTER INSERT ON ledger_entries REFERENCING NEW TABLE AS posted
    FOR EACH STATEMENT EXECUTE FUNCTION post_entries();
"""

BALANCED = """
CREATE FUNCTION require_balance() RETURNS trigger LANGUAGE plpgsql AS $$
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
CREATE CONSTRAINT TRIGGER require_balance AFTER INSERT ON ledger_transactions
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION require_balance();
"""

# pg_trigger_depth() is 0 for a statement of a client and 1 inside post_entries.
ACCOUNTS = """
CREATE FUNCTION guard_ledger_account() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% of ledger_accounts is refused: entries alone move balances', TG_OP
        USING ERRCODE = 'restrict_violation', TABLE = 'ledger_accounts',
            CONSTRAINT = 'ledger_accounts_by_entries';
END
$$;
CREATE TRIGGER guard_balance BEFORE UPDATE ON ledger_accounts
    FOR EACH ROW WHEN (
        (OLD.balance <> NEW.balance AND pg_trigger_depth() = 0)
        OR (OLD.account_id, OLD.code, OLD.customer_id, OLD.currency_code)
            IS DISTINCT FROM (NEW.account_id, NEW.code, NEW.customer_id, NEW.currency_code)
    ) EXECUTE FUNCTION guard_ledger_account();
CREATE TRIGGER guard_opening BEFORE INSERT ON ledger_accounts
    FOR EACH ROW WHEN (NEW.balance <> 0) EXECUTE FUNCTION guard_ledger_account();
CREATE TRIGGER guard_removal BEFORE DELETE OR TRUNCATE ON ledger_accounts
    FOR EACH STATEMENT EXECUTE FUNCTION guard_ledger_account();
"""

DOWNGRADE = """
DROP TRIGGER guard_removal ON ledger_accounts;
DROP TRIGGER guard_opening ON ledger_accounts;
DROP TRIGGER guard_balance ON ledger_accounts;
DROP TRIGGER require_balance ON ledger_transactions;
DROP TRIGGER post_entries ON ledger_entries;
DROP FUNCTION guard_ledger_account();
DROP FUNCTION require_balance();
DROP FUNCTION post_entries();
"""


def upgrade() -> None:
    for statements in (POST, BALANCED, ACCOUNTS):
        op.execute(statements)


def downgrade() -> None:
    op.execute(DOWNGRADE)
