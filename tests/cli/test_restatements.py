from datetime import date

from sqlalchemy import text
from tests.cli.conftest import Upline
from tests.cli.test_periods import add_staff
from tests.factories.closing import close
from tests.factories.company import add_orders
from tests.factories.golden import MEMBER, PERIOD
from tests.factories.golden_company import found_company

from upline.core.db import Database


async def test_a_late_order_is_shown_posted_and_then_known(
    upline: Upline, committed_database: Database
) -> None:
    contexts = await found_company(committed_database)
    await close(contexts, PERIOD)
    await add_staff(upline, "ann")
    async with committed_database.session() as session:
        order = {"order_id": 1, "customer_id": MEMBER, "ordered_on": date(2014, 10, 20), "pv": "99"}
        await add_orders(session, [{**order, "is_late": True}])
    waiting = await upline("period", "status", PERIOD)
    assert "Entries that came late and wait for upline period restate: 1" in waiting.output
    shown = await upline("period", "restate", PERIOD, "--as", "ann", "--dry-run")
    assert shown.exit_code == 0, shown.output
    assert "Nothing posted." in shown.output
    written = await upline("period", "restate", PERIOD, "--as", "ann", "--csv")
    assert written.output.startswith("period_id,customer_id,item,amount")
    assert f"{PERIOD},120000,unilevel," in written.output
    again = await upline("period", "restate", PERIOD, "--as", "ann")
    assert "Nothing is to be corrected." in again.output
    assert "came late" not in (await upline("period", "status", PERIOD)).output


async def test_a_rerun_compares(upline: Upline, committed_database: Database) -> None:
    contexts = await found_company(committed_database)
    await close(contexts, PERIOD)
    same = await upline("period", "rerun", PERIOD)
    assert same.exit_code == 0, same.output
    assert "snapshot: " in same.output
    async with committed_database.session() as session:
        await session.execute(text("SET LOCAL session_replication_role = replica"))
        await session.execute(text("UPDATE commission_checks SET check_id = check_id + 1"))
    other = await upline("period", "rerun", PERIOD)
    assert other.exit_code == 1
    assert "commission_checks" in other.output
    assert "but recorded" in other.output
