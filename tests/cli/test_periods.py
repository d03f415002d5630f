from tests.cli.conftest import Upline
from tests.factories.golden_company import found_company

from upline.core.db import Database


async def test_a_period_is_previewed_and_closed(
    upline: Upline, committed_database: Database
) -> None:
    await found_company(committed_database)
    preview = await upline("period", "preview", 405)
    assert "44 lines, 4 checks, commission 882.49" in preview.output
    closed = await upline("period", "close", 405, "--payout")
    assert closed.exit_code == 0, closed.output
    # Nobody has said yet how to be paid.
    assert "Payout batch 1: 0 members, 0.00 USD" in closed.output
    shown = await upline("period", "show", 405)
    assert "October 2014  Closed" in shown.output
    assert "2014-10-01 to 2014-10-31, paid 2014-11-17" in shown.output
    listed = await upline("period", "list", "--limit", 500)
    assert "405" in listed.output


async def test_closing_twice_says_why_not(upline: Upline, committed_database: Database) -> None:
    await found_company(committed_database)
    await upline("period", "close", 405)
    again = await upline("period", "close", 405)
    assert again.exit_code == 1
    assert "The period is closed." in again.output


async def test_a_number_outside_the_calendar_is_not_found(upline: Upline) -> None:
    shown = await upline("period", "show", 5000)
    assert shown.exit_code == 1
    assert "not found" in shown.output
