"""What was posted cannot be changed, by whatever statement."""

import pytest
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession
from tests.migrations.statements import refusal, run

from upline.core.db import Database

TABLES = {
    "volume_entries": "description = 'x'",
    "commission_adjustments": "amount = 1",
    "plan_versions": "source = 'x'",
    "ledger_transactions": "kind = 'x'",
    "ledger_entries": "amount = 1",
    "audit_entries": "action = 'x'",
    "member_periods": "pv = 1",
    "commission_checks": "net = 1",
    "check_items": "amount = 1",
    "commission_lines": "amount = 1",
    "point_entries": "amount = 1",
    "rollup_blocks": "block_no = 1",
    "level_blocks": "level = 1",
    "contest_standings": "points = 1",
    "contest_entries": "points = 1",
    "contest_tops": "tier = 1",
    "run_causes": "kind_id = 1",
    "bonus_memories": "counted = 1",
    "donation_pledges": "amount = 1",
}
OPEN_PERIOD = """
INSERT INTO periods (period_id, period_type_id, starts_at, ends_at)
VALUES (400, 2, '2014-05-01Z', '2014-06-01Z')
"""
PLAN = """
INSERT INTO plan_versions (plan_version_id, plan_key, period_type_id, effective_period_id, source,
                           digest) VALUES (1, 'plan', 2, 300, '', '')
"""
RUN = """
INSERT INTO commission_runs (run_id, period_id, kind_id, status_id, plan_version_id, attempt,
                             rounding_place, rounding_mode, currency_code, plan_digest,
                             started_by, approved_by, approved_at)
VALUES (:run, 400, :kind, :status, 1, '', '', '', 'USD', '',
        'administrator:1', 'administrator:2', now())
"""
CUSTOMER = """
INSERT INTO customers (customer_id, customer_type_id, first_name, last_name, country_code,
                       currency_code, enrolled_at)
VALUES (1, 2, '', '', 'US', 'USD', '2014-05-01Z')
"""
ADJUSTMENT = """
INSERT INTO commission_adjustments (customer_id, period_id, amount, description, created_by)
VALUES (1, 400, 5, '', 'administrator:1')
"""
ACCOUNTS = """
INSERT INTO ledger_accounts (account_id, code, currency_code, may_be_negative)
VALUES (1, 'expense', 'USD', true), (2, 'wallet', 'USD', false), (3, 'wallet', 'EUR', false)
"""
TRANSACTION = """
INSERT INTO ledger_transactions (transaction_id, kind, reference, posted_at)
VALUES (1, 'commission', 'one', '2014-06-01Z')
"""
ENTRIES = """
INSERT INTO ledger_entries (transaction_id, account_id, ledger_type_id, amount)
VALUES (1, 1, 1, -5), (1, :account, 1, :amount)
"""


@pytest.mark.parametrize("verb", ["UPDATE {0} SET {1}", "DELETE FROM {0}", "TRUNCATE {0} CASCADE"])
@pytest.mark.parametrize("table", TABLES)
async def test_posted_rows_are_final(session: AsyncSession, table: str, verb: str) -> None:
    assert await refusal(session, verb.format(table, TABLES[table])) == "append_only"


@pytest.mark.parametrize(
    "verb", ["UPDATE check_items_r9 SET amount = 1", "DELETE FROM check_items_r9"]
)
async def test_rows_of_a_run_are_final_in_their_partition_too(
    session: AsyncSession, verb: str
) -> None:
    await run(session, "CREATE TABLE check_items_r9 PARTITION OF check_items FOR VALUES IN (9)")
    await run(
        session,
        "INSERT INTO check_items (run_id, item_no, customer_id, kind_id, bonus_id, ledger_type_id,"
        " level) VALUES (9, 1, 1, 1, 1, 1, 1)",
    )
    assert await refusal(session, verb) == "append_only"
    assert await refusal(session, "DROP TABLE check_items_r9") is None


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE periods SET status_id = 1",
        "UPDATE periods SET run_id = 2",
        "UPDATE periods SET ends_at = '2015-01-01Z'",
        "DELETE FROM periods",
    ],
)
async def test_a_closed_period_stays_closed(session: AsyncSession, statement: str) -> None:
    await run(session, OPEN_PERIOD)
    assert await refusal(session, statement + " WHERE status_id = 1") is None
    await run(session, PLAN)
    await run(session, RUN, run=1, kind=2, status=2)
    await run(session, "UPDATE periods SET status_id = 3, run_id = 1")
    assert await refusal(session, statement) == "periods_closed"
    await run(session, "UPDATE periods SET status_id = 4, paid_at = now()")
    assert await refusal(session, statement) == "periods_closed"
    assert await refusal(session, "UPDATE periods SET status_id = 3") == "periods_closed"


@pytest.mark.parametrize(("kind", "status"), [(1, 2), (2, 1), (2, 5), (3, 2)])
async def test_a_period_closes_with_its_approved_run_alone(
    session: AsyncSession, kind: int, status: int
) -> None:
    await run(session, OPEN_PERIOD)
    await run(session, PLAN)
    await run(session, RUN, run=1, kind=kind, status=status)
    close = "UPDATE periods SET status_id = 3, run_id = 1"
    assert await refusal(session, close) == "periods_approved"
    outright = (
        "INSERT INTO periods (period_id, period_type_id, status_id, run_id, starts_at, ends_at)"
        " VALUES (401, 2, 3, 1, '2014-06-01Z', '2014-07-01Z')"
    )
    assert await refusal(session, outright) == "periods_approved"


@pytest.mark.parametrize(
    "approver", ["NULL", "'administrator:1'", "'system'", "'customer:7'", "'application:shop'"]
)
async def test_a_run_is_approved_by_a_second_person(session: AsyncSession, approver: str) -> None:
    await run(session, OPEN_PERIOD)
    await run(session, PLAN)
    await run(session, RUN, run=1, kind=2, status=5)
    approve = "UPDATE commission_runs SET status_id = 2, approved_at = now(), approved_by = "
    rule = "ck_commission_runs_two_people"
    assert await refusal(session, approve + approver) == rule
    assert await refusal(session, approve + "'administrator:2'") is None


@pytest.mark.parametrize("change", ["total = 1", "started_by = 'administrator:9'", "status_id = 1"])
async def test_a_run_that_waits_is_decided_on_and_nothing_else(
    session: AsyncSession, change: str
) -> None:
    await run(session, OPEN_PERIOD)
    await run(session, PLAN)
    await run(session, RUN, run=1, kind=2, status=5)
    rule = "commission_runs_review"
    assert await refusal(session, f"UPDATE commission_runs SET {change}") == rule
    assert await refusal(session, "DELETE FROM commission_runs") == rule
    assert await refusal(session, "UPDATE commission_runs SET status_id = 6") is None


async def test_a_period_has_one_final_run(session: AsyncSession) -> None:
    await run(session, OPEN_PERIOD)
    await run(session, PLAN)
    await run(session, RUN, run=1, kind=2, status=5)
    for status in (2, 5):
        values = {"run": 2, "kind": 2, "status": status}
        assert await refusal(session, RUN, values) == "uq_commission_runs_final"
    assert await refusal(session, RUN, {"run": 2, "kind": 2, "status": 6}) is None


async def test_adjustments_join_open_periods_alone(session: AsyncSession) -> None:
    await run(session, OPEN_PERIOD)
    await run(session, CUSTOMER)
    assert await refusal(session, ADJUSTMENT) is None
    await run(session, "UPDATE periods SET status_id = 2")
    assert await refusal(session, ADJUSTMENT) == "commission_adjustments_open"


async def test_a_committed_run_is_final_and_a_preview_is_not(session: AsyncSession) -> None:
    await run(session, OPEN_PERIOD)
    await run(session, PLAN)
    await run(session, RUN, run=1, kind=2, status=2)
    await run(session, RUN, run=2, kind=1, status=2)
    change = "UPDATE commission_runs SET stage = 'x' WHERE run_id = :run"
    assert await refusal(session, change, {"run": 1}) == "append_only"
    assert await refusal(session, change, {"run": 2}) is None
    removal = "DELETE FROM commission_runs WHERE run_id = 1"
    assert await refusal(session, removal) == "append_only"


async def test_entries_keep_the_balances(session: AsyncSession) -> None:
    await run(session, ACCOUNTS)
    await run(session, TRANSACTION)
    await run(session, ENTRIES, account=2, amount=5)
    await run(session, "SET CONSTRAINTS ALL IMMEDIATE")
    balances = await run(session, "SELECT balance FROM ledger_accounts ORDER BY account_id")
    assert balances == [(-5,), (5,), (0,)]


@pytest.mark.parametrize(("account", "amount"), [(2, 4), (3, 5), (2, 6)])
async def test_a_transaction_balances_in_each_currency(
    session: AsyncSession, account: int, amount: int
) -> None:
    await run(session, ACCOUNTS)
    await run(session, TRANSACTION)
    values = {"account": account, "amount": amount}
    assert await refusal(session, ENTRIES, values) == "ledger_transactions_balance"


async def test_a_transaction_has_entries(session: AsyncSession) -> None:
    assert await refusal(session, TRANSACTION) == "ledger_transactions_balance"


async def test_a_wallet_is_never_overdrawn(session: AsyncSession) -> None:
    await run(session, ACCOUNTS)
    await run(session, TRANSACTION)
    overdrawn = (
        "INSERT INTO ledger_entries (transaction_id, account_id, ledger_type_id, amount)"
        " VALUES (1, 1, 4, 5), (1, 2, 4, -5)"
    )
    assert await refusal(session, overdrawn) == "ck_ledger_accounts_balance"


async def test_entries_do_not_come_late(committed_database: Database) -> None:
    async with committed_database.session() as session:
        await run(session, ACCOUNTS)
        await run(session, TRANSACTION)
        await run(session, ENTRIES, account=2, amount=5)
    async with committed_database.session() as session:
        values = {"account": 2, "amount": 5}
        assert await refusal(session, ENTRIES, values) == "ledger_entries_in_time"


@pytest.mark.parametrize(
    ("transaction", "account", "rule"),
    [(7, 2, "ledger_entries_in_time"), (1, 7, "ledger_entries_account")],
)
async def test_entries_name_what_exists(
    session: AsyncSession, transaction: int, account: int, rule: str
) -> None:
    await run(session, ACCOUNTS)
    await run(session, TRANSACTION)
    entries = (
        "INSERT INTO ledger_entries (transaction_id, account_id, ledger_type_id, amount)"
        f" VALUES ({transaction}, 1, 1, -5), ({transaction}, {account}, 1, 5)"
    )
    assert await refusal(session, entries) == rule


async def test_accounts_are_opened_for_customers_who_exist(session: AsyncSession) -> None:
    await run(session, CUSTOMER)
    opened = "INSERT INTO ledger_accounts (code, customer_id, currency_code) VALUES"
    both = f"{opened} ('wallet', 1, 'USD'), ('wallet', 7, 'USD')"
    assert await refusal(session, both) == "ledger_accounts_customer"
    await run(session, f"{opened} ('wallet', 1, 'USD'), ('cash', NULL, 'USD')")
    moved = "UPDATE ledger_accounts SET customer_id = 7 WHERE customer_id = 1"
    assert await refusal(session, moved) == "ledger_accounts_by_entries"


async def test_ranks_are_achieved_by_customers_who_exist(session: AsyncSession) -> None:
    await run(session, CUSTOMER)
    achieve = (
        "INSERT INTO rank_achievements (customer_id, rank_id, period_id, achieved_at)"
        " VALUES (1, 1, 400, '2014-06-01Z'), ({0}, 2, 400, '2014-06-01Z')"
    )
    assert await refusal(session, achieve.format(7)) == "rank_achievements_customer"
    await run(session, achieve.format(1))
    moved = "UPDATE rank_achievements SET customer_id = 7 WHERE rank_id = 2"
    assert await refusal(session, moved) == "rank_achievements_customer"


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM customers",
        "TRUNCATE customers CASCADE",
        "UPDATE customers SET customer_id = 7 WHERE customer_id = 1",
    ],
)
async def test_customers_stay(session: AsyncSession, statement: str) -> None:
    await run(session, CUSTOMER)
    assert await refusal(session, statement) == "customers_stay"


async def test_an_unbalanced_transaction_does_not_commit(committed_database: Database) -> None:
    async def post() -> None:
        async with committed_database.session() as session:
            await run(session, ACCOUNTS)
            await run(session, TRANSACTION)
            await run(session, ENTRIES, account=2, amount=4)

    with pytest.raises(DBAPIError, match="does not balance"):
        await post()
    async with committed_database.session() as session:
        assert await run(session, "SELECT FROM ledger_accounts") == []


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger_accounts SET balance = 9 WHERE account_id = 2",
        "UPDATE ledger_accounts SET currency_code = 'EUR' WHERE account_id = 1",
        "INSERT INTO ledger_accounts (code, currency_code, balance) VALUES ('x', 'USD', 5)",
        "DELETE FROM ledger_accounts",
        "TRUNCATE ledger_accounts CASCADE",
    ],
)
async def test_only_entries_move_balances(session: AsyncSession, statement: str) -> None:
    await run(session, ACCOUNTS)
    assert await refusal(session, statement) == "ledger_accounts_by_entries"


LOT = """
WITH made AS (
    INSERT INTO customers (customer_id, customer_type_id, first_name, last_name, country_code,
                           currency_code, enrolled_at)
    VALUES (1, 2, '', '', 'US', 'USD', '2014-05-01Z'), (2, 2, '', '', 'US', 'USD', '2014-05-01Z')
), sold AS (
    INSERT INTO orders (order_id, customer_id, order_type_id, ordered_at, country_code,
                        currency_code) VALUES (1, 1, 2, '2014-05-01Z', 'US', 'USD')
)
INSERT INTO point_entries (entry_id, customer_id, entry_type_id, order_id, amount, occurred_at)
VALUES (1000000, 1, 1, 1, 10, '2014-05-01Z')
"""
TAKE = """
INSERT INTO point_entries (customer_id, entry_type_id, order_id, lot_id, amount, occurred_at)
VALUES (:customer, 2, 1, 1000000, :amount, '2014-06-01Z')
"""


@pytest.mark.parametrize(
    ("customer", "amount", "rule"),
    [
        (1, -6, None),
        (1, -6.0001, "point_entries_in_lot"),
        (2, -1, "point_entries_in_lot"),
        (1, 1, "ck_point_entries_amount"),
    ],
)
async def test_a_lot_of_points_gives_what_it_holds_to_its_member(
    session: AsyncSession, customer: int, amount: float, rule: str | None
) -> None:
    await run(session, LOT)
    await run(session, TAKE, customer=1, amount=-4)
    assert await refusal(session, TAKE, {"customer": customer, "amount": amount}) == rule


async def test_an_order_earns_points_once(session: AsyncSession) -> None:
    await run(session, LOT)
    again = "INSERT INTO point_entries (customer_id, entry_type_id, order_id, amount, occurred_at)"
    values = " VALUES (1, 1, 1, 5, '2014-05-01Z')"
    assert await refusal(session, again + values) == "uq_point_entries_earned"


PREVIEWED = """
ALTER TABLE check_items_r9 DISABLE TRIGGER append_only_rows;
CREATE TRIGGER preview_only BEFORE UPDATE OR DELETE ON check_items_r9
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_unless_preview('9')
"""


@pytest.mark.parametrize(
    ("kind", "status", "rule"), [(1, 2, None), (1, 4, "append_only"), (2, 2, "append_only")]
)
async def test_rows_change_in_the_partition_of_a_preview_in_force_alone(
    session: AsyncSession, kind: int, status: int, rule: str | None
) -> None:
    await run(session, OPEN_PERIOD)
    await run(session, PLAN)
    await run(session, RUN, run=9, kind=kind, status=status)
    await run(session, "CREATE TABLE check_items_r9 PARTITION OF check_items FOR VALUES IN (9)")
    for statement in PREVIEWED.split(";"):
        await run(session, statement)
    assert await refusal(session, "UPDATE check_items_r9 SET amount = 1") == rule
    assert await refusal(session, "UPDATE check_items SET amount = 1") == "append_only"


async def test_a_preview_never_becomes_final(session: AsyncSession) -> None:
    await run(session, OPEN_PERIOD)
    await run(session, PLAN)
    await run(session, RUN, run=9, kind=1, status=2)
    assert await refusal(session, "UPDATE commission_runs SET kind_id = 2") == "append_only"
