from tests.cli.conftest import Upline
from tests.factories.golden_company import found_company

from upline.core.db import Database

PASSWORD = "correct horse battery"


async def add_staff(upline: Upline, *names: str) -> None:
    for name in names:
        words = ("user", "create", "--admin", "--username", name, "--password", PASSWORD)
        created = await upline(*words)
        assert created.exit_code == 0, created.output


async def test_a_period_is_previewed_closed_approved_and_prepared_for_payout(
    upline: Upline, committed_database: Database
) -> None:
    await found_company(committed_database)
    await add_staff(upline, "ann", "bob")
    nothing = await upline("period", "status", 405)
    assert "405  October 2014  Open: nothing has been calculated for it" in nothing.output
    preview = await upline("period", "preview", 405)
    assert "44 lines, 4 checks, commission 882.49" in preview.output
    closed = await upline("period", "close", 405, "--as", "ann")
    assert closed.exit_code == 0, closed.output
    assert "They wait: upline period review 405" in closed.output
    waiting = await upline("period", "status", 405, "--watch")
    assert "Closing: run 2 (final) closed by ann waits for the approval" in waiting.output
    alone = await upline("period", "approve", 405, "--as", "Ann")
    assert (alone.exit_code, "a second administrator must" in alone.output) == (1, True)
    approved = await upline("period", "approve", 405, "--as", "bob", "--payout")
    assert approved.exit_code == 0, approved.output
    # Nobody has said yet how to be paid.
    assert "Payout batch 1: 0 members, 0.00 USD" in approved.output
    standing = await upline("period", "status", 405)
    assert "Closed: run 2 (final) closed by ann, approved by bob" in standing.output
    shown = await upline("period", "show", 405)
    assert "October 2014  Closed" in shown.output
    assert "2014-10-01 to 2014-10-31, paid 2014-11-17" in shown.output
    listed = await upline("period", "list", "--limit", 500)
    assert "405" in listed.output


async def test_two_people_in_one_command(upline: Upline, committed_database: Database) -> None:
    await found_company(committed_database)
    await add_staff(upline, "ann", "bob")
    closed = await upline("period", "close", 405, "--as", "ann", "--approve-as", "bob")
    assert closed.exit_code == 0, closed.output
    again = await upline("period", "close", 405, "--as", "ann")
    assert again.exit_code == 1
    assert "The period is closed." in again.output


async def test_rejected_figures_open_the_period_again(
    upline: Upline, committed_database: Database
) -> None:
    await found_company(committed_database)
    await add_staff(upline, "ann")
    none = await upline("period", "reject", 405, "--as", "ann")
    assert "No final figures of the period wait" in none.output
    await upline("period", "close", 405, "--as", "ann")
    rejected = await upline("period", "reject", 405, "--as", "ann", "--reason", "a wrong order")
    assert rejected.exit_code == 0, rejected.output
    standing = await upline("period", "status", 405)
    assert "Open: run 1 (final) is rejected" in standing.output


async def test_only_administrators_decide(upline: Upline, committed_database: Database) -> None:
    await found_company(committed_database)
    for command in ("close", "approve", "reject"):
        nobody = await upline("period", command, 405, "--as", "eve")
        assert nobody.exit_code == 1
        assert "No administrator logs in as 'eve'" in nobody.output


async def test_a_number_outside_the_calendar_is_not_found(upline: Upline) -> None:
    shown = await upline("period", "show", 5000)
    assert shown.exit_code == 1
    assert "not found" in shown.output
