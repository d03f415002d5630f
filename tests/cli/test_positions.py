"""Positions given to another owner, and the list of their owners."""

from tests.cli.conftest import Upline
from tests.factories.golden_company import found_company

from upline.core.db import Database


async def test_a_position_changes_hands(upline: Upline, committed_database: Database) -> None:
    await found_company(committed_database)
    why = ["--reason", "Sold"]
    given = await upline("position", "give", 123440, "--to", 123456, "--from", 405, *why)
    assert given.exit_code == 0, given.output
    assert "belongs to 123456 from 405 on" in given.output
    listed = await upline("position", "list", 123440)
    assert "123456" in listed.output
    assert "2014-10-01" in listed.output
    back = await upline("position", "give", 123440, "--from", 406, *why)
    assert "is its own from 406 on" in back.output


async def test_nobody_owns_himself(upline: Upline, committed_database: Database) -> None:
    await found_company(committed_database)
    refused = await upline(
        "position", "give", 123440, "--to", 123440, "--from", 405, "--reason", "x"
    )
    assert refused.exit_code == 1
    assert (await upline("position", "list", 5)).exit_code == 1
