"""What an approval books is checked by the statement, not row by row.

A trigger on a statement has all its rows in its hands: whether what they refer to exists is one
question. Foreign keys asked it for every row and wrote a lock into what it refers to each time,
every page of `customers` among it. They also kept referred rows from being removed; that is refused
outright: ledger_transactions is append-only, guard_removal refuses to delete accounts, and from now
on customers stay as well.
"""

from alembic import op

revision = "posting_checks"
down_revision = "former_owners"
branch_labels = None
depends_on = None

# Accounts are locked in one order, so that two postings never wait for each other.
POST = """
CREATE OR REPLACE FUNCTION post_entries() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    known bigint;
BEGIN
    IF EXISTS (
        SELECT FROM (SELECT DISTINCT transaction_id FROM posted) e
        LEFT JOIN ledger_transactions t USING (transaction_id)
        WHERE t.created_xid IS DISTINCT FROM pg_current_xact_id()::text
    ) THEN
        RAISE EXCEPTION 'entries can only join a ledger transaction while it is being made'
            USING ERRCODE = 'restrict_violation', TABLE = 'ledger_entries',
                CONSTRAINT = 'ledger_entries_in_time';
    END IF;
    PERFORM FROM ledger_accounts
    WHERE account_id IN (SELECT account_id FROM posted)
    ORDER BY account_id FOR NO KEY UPDATE;
    GET DIAGNOSTICS known = ROW_COUNT;
    IF known <> (SELECT count(DISTINCT account_id) FROM posted) THEN
        RAISE EXCEPTION 'entries can only move accounts that exist'
            USING ERRCODE = 'foreign_key_violation', TABLE = 'ledger_entries',
                CONSTRAINT = 'ledger_entries_account';
    END IF;
    UPDATE ledger_accounts a SET balance = a.balance + s.amount
    FROM (SELECT account_id, sum(amount) AS amount FROM posted GROUP BY account_id) s
    WHERE a.account_id = s.account_id AND s.amount <> 0;
    RETURN NULL;
END
$$;
"""
KEYS = """
ALTER TABLE ledger_entries
    -- squawk-ignore ban-drop-constraint
    DROP CONSTRAINT fk_ledger_entries_transaction_id,
    -- squawk-ignore ban-drop-constraint
    DROP CONSTRAINT fk_ledger_entries_account_id;
"""

RANKS = """
CREATE FUNCTION require_customers() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM achieved a LEFT JOIN customers c USING (customer_id)
               WHERE c.customer_id IS NULL) THEN
        RAISE EXCEPTION 'ranks can only be achieved by customers who exist'
            USING ERRCODE = 'foreign_key_violation', TABLE = 'rank_achievements',
                CONSTRAINT = 'rank_achievements_customer';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER require_customers AFTER INSERT ON rank_achievements
    REFERENCING NEW TABLE AS achieved
    FOR EACH STATEMENT EXECUTE FUNCTION require_customers();
CREATE TRIGGER require_changed_customers AFTER UPDATE ON rank_achievements
    REFERENCING NEW TABLE AS achieved
    FOR EACH STATEMENT EXECUTE FUNCTION require_customers();
ALTER TABLE rank_achievements
    -- squawk-ignore ban-drop-constraint
    DROP CONSTRAINT fk_rank_achievements_customer_id;
"""
CUSTOMERS = """
CREATE FUNCTION guard_customers() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% of % is refused: what was paid tells of them for good', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'customers_stay';
END
$$;
CREATE TRIGGER guard_removal BEFORE DELETE OR TRUNCATE ON customers
    FOR EACH STATEMENT EXECUTE FUNCTION guard_customers();
CREATE TRIGGER guard_number BEFORE UPDATE OF customer_id ON customers
    FOR EACH ROW WHEN (NEW.customer_id <> OLD.customer_id) EXECUTE FUNCTION guard_customers();
"""

FORMER = """
CREATE OR REPLACE FUNCTION post_entries() RETURNS trigger LANGUAGE plpgsql AS $$
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
"""
FORMER_KEYS = """
ALTER TABLE ledger_entries
    ADD CONSTRAINT fk_ledger_entries_transaction_id
        FOREIGN KEY (transaction_id) REFERENCES ledger_transactions (transaction_id),
    ADD CONSTRAINT fk_ledger_entries_account_id
        FOREIGN KEY (account_id) REFERENCES ledger_accounts (account_id);
"""
FORMER_RANKS = """
DROP TRIGGER guard_number ON customers;
DROP TRIGGER guard_removal ON customers;
DROP FUNCTION guard_customers();
DROP TRIGGER require_changed_customers ON rank_achievements;
DROP TRIGGER require_customers ON rank_achievements;
DROP FUNCTION require_customers();
ALTER TABLE rank_achievements ADD CONSTRAINT fk_rank_achievements_customer_id
    FOREIGN KEY (customer_id) REFERENCES customers (customer_id);
"""


def upgrade() -> None:
    for statements in (POST, KEYS, RANKS, CUSTOMERS):
        op.execute(statements)


def downgrade() -> None:
    for statements in (FORMER_KEYS, FORMER, FORMER_RANKS):
        op.execute(statements)
