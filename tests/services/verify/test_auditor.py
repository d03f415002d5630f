"""Every invariant finds the breach it is there for; a clean company has none."""

import pytest
from sqlalchemy import text
from tests.factories.closing import close
from tests.factories.golden import PERIOD
from tests.factories.golden_company import found_company
from tests.factories.payouts import CLERK, TREASURER, add_methods_for_all

from upline.core.context import SYSTEM
from upline.core.db import Database
from upline.services.verify import auditor
from upline.services.verify.invariants import INVARIANTS
from upline.services.workflows import pay_period

RUN = "(SELECT run_id FROM periods WHERE period_id = 405)"
PLANTED = {
    "I1": "INSERT INTO ledger_entries (transaction_id, account_id, ledger_type_id, amount)"
    " SELECT min(transaction_id), min(account_id), 1, 5 FROM ledger_entries",
    "I2": "UPDATE ledger_accounts SET balance = balance + 1 WHERE code = 'cash'",
    "I3": "UPDATE ledger_accounts SET balance = balance + 1 WHERE code = 'cash'",
    "I4": "ALTER TABLE ledger_accounts DROP CONSTRAINT ck_ledger_accounts_balance;"
    "UPDATE ledger_accounts SET balance = -1 WHERE customer_id = 123456",
    "I10a": "UPDATE payouts SET amount = amount + 1 WHERE customer_id = 123456",
    "I10b": "INSERT INTO payout_files (payout_batch_id, format, name, payout_count, total, digest,"
    " created_by, created_at) SELECT payout_batch_id, 'nacha', '', payout_count - 1, total, '',"
    " '', now() FROM payout_batches",
    "I10c": "UPDATE payouts SET status_id = 4, undone_on = paid_on, undone_at = now()"
    " WHERE customer_id = 123456",
    "I10d": "UPDATE payouts SET status_id = 1, paid_on = NULL WHERE customer_id = 123456",
    "I18": "UPDATE payouts SET paid_on = paid_on + 365 WHERE customer_id = 123456",
    "I5a": f"UPDATE check_items SET amount = amount + 1 WHERE run_id = {RUN}"
    " AND customer_id = 123456 AND bonus_id = 1",
    "I5f": f"UPDATE commission_checks SET line_count = line_count + 1 WHERE run_id = {RUN}"
    " AND customer_id = 123456",
    "I5b": "UPDATE ledger_entries SET amount = amount + 1 WHERE account_id ="
    " (SELECT account_id FROM ledger_accounts WHERE customer_id = 123456)",
    "I6": f"UPDATE commission_lines SET amount = amount - 1 WHERE run_id = {RUN}"
    " AND customer_id = 123456 AND rate > 0",
    "I7": f"UPDATE commission_lines SET amount = amount + 1 WHERE run_id = {RUN}"
    " AND customer_id = 123456 AND rate > 0",
    "I8": f"DELETE FROM commission_lines WHERE run_id = {RUN} AND line_no = 1",
    "I7b": 'UPDATE commission_runs SET limits = \'{"volume": "cv", "caps": [{"bonuses": [1, 2],'
    ' "share": 1000}]}\' WHERE kind_id = 2',
    "I8b": f"UPDATE commission_lines SET entry_id = entry_id + 1 WHERE run_id = {RUN}"
    " AND line_no = 1",
    "I8c": "UPDATE commission_runs SET figures = NULL WHERE kind_id = 2",
    "I9a": "UPDATE volume_entries SET recorded_in = recorded_in + 1000000 WHERE order_id = 9001",
    "I9b": "INSERT INTO commission_adjustments (customer_id, period_id, amount, description,"
    " created_by) VALUES (123456, 405, 5, '', '')",
    "I9c": "INSERT INTO commission_runs (period_id, kind_id, status_id, plan_version_id, attempt,"
    " rounding_place, rounding_mode, currency_code, plan_digest) SELECT period_id, 3, 2,"
    " plan_version_id, '', '', '', 'USD', '' FROM commission_runs",
    "I9d": "INSERT INTO commission_adjustments (customer_id, period_id, amount, description,"
    f" created_by, corrects_run_id, restated_run_id, kind_id, bonus_id) SELECT 123456, 406, 5, '',"
    f" '', {RUN}, 99, 1, 1",
    "I11a": "DELETE FROM volume_entries WHERE order_id = 9001",
    "I11b": "UPDATE volume_entries SET pv = pv + 1 WHERE order_id = 9001",
    "I11c": f"UPDATE member_periods SET ov = ov + 1 WHERE run_id = {RUN} AND customer_id = 123456",
    "I12a": f"UPDATE member_periods SET carry_left_out = carry_left_out + 1 WHERE run_id = {RUN}"
    " AND customer_id = 123456",
    "I12b": f"UPDATE member_periods SET carry_right_in = 1 WHERE run_id = {RUN}"
    " AND customer_id = 123456",
    "I12c": f"UPDATE commission_runs SET previous_run_id = run_id WHERE run_id = {RUN}",
    "I12d": "CREATE TABLE binary_lots_rest PARTITION OF binary_lots DEFAULT;"
    "INSERT INTO binary_lots (run_id, customer_id, period_id, left_volume)"
    f" VALUES ({RUN}, 123456, 404, 5)",
    "I13a": "UPDATE placements SET depth = depth + 1 WHERE customer_id = 123456",
    "I13b": "UPDATE placements SET jump_id = 123456 WHERE customer_id = 123801",
    "I13c": f"UPDATE member_periods SET pre_end = pre WHERE run_id = {RUN}"
    " AND customer_id = 123456",
    "I13d": f"UPDATE downline_counts SET members = members + 1 WHERE run_id = {RUN}"
    " AND facet_id = 2 AND block = 0",
    "I13e": "UPDATE placements SET leg_top_id = parent_id WHERE customer_id = 123456",
    "P1": "INSERT INTO point_entries (entry_id, customer_id, entry_type_id, order_id, lot_id,"
    " amount, occurred_at) SELECT n + 900, customer_id, n, order_id, nullif(n, 1) + 899, amount,"
    " now() FROM orders, (VALUES (1, 5), (2, -6)) AS entry (n, amount) WHERE order_id = 9001",
    "P2": "INSERT INTO point_entries (customer_id, entry_type_id, order_id, amount, occurred_at)"
    " SELECT customer_id + 1, 1, order_id, 5, now() FROM orders WHERE order_id = 9001",
    "C1": f"UPDATE contest_entries SET points = points + 1 WHERE run_id = {RUN}",
    "C2": f"UPDATE contest_standings SET points = points + 1000 WHERE run_id = {RUN}"
    " AND ordinal = 1",
    "R1": f"UPDATE member_periods SET forced_rank_id = 9 WHERE run_id = {RUN}"
    " AND customer_id = 123456",
    "R2": "UPDATE commission_checks SET currency_code = 'CAD', exchange_rate = 2, local_net = net"
    f" WHERE run_id = {RUN} AND customer_id = 123456",
    "I17": "ALTER TABLE volume_entries DISABLE TRIGGER ALL",
}


def test_every_invariant_has_a_planted_breach() -> None:
    assert PLANTED.keys() == {invariant.code for invariant in INVARIANTS}


async def test_each_planted_breach_is_found_and_an_honest_company_is_clean(
    committed_database: Database, subtests: pytest.Subtests
) -> None:
    contexts = await found_company(committed_database)
    await close(contexts, PERIOD)
    async with contexts.open(SYSTEM) as ctx:
        await add_methods_for_all(ctx)
    await pay_period.pay(contexts, PERIOD, CLERK, TREASURER)
    async with contexts.open(SYSTEM) as ctx:
        assert await auditor.verify(ctx.session) == []
    for code, statements in PLANTED.items():
        with subtests.test(code):
            async with committed_database.session() as session:
                # Triggers and guards stand in the way of exactly what is to be planted here.
                await session.execute(text("SET LOCAL session_replication_role = replica"))
                for statement in statements.split(";"):
                    await session.execute(text(statement))
                found = {breach.code for breach in await auditor.verify(session)}
                await session.rollback()
            assert code in found
