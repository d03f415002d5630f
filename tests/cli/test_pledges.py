import pytest
from tests.cli.conftest import Upline
from tests.factories.golden_company import found_company

from upline.core.db import Database


async def test_a_member_gives_changes_and_ends_a_pledge(
    upline: Upline, committed_database: Database
) -> None:
    await found_company(committed_database)
    given = await upline("pledge", "give", 123456, "--from", 405, "--rate", "12.5%", "--amount", 3)
    assert given.exit_code == 0, given.output
    assert "From period 405 on 123456 gives away 12.5000% and 3 of each check." in given.output
    assert (await upline("pledge", "end", 123456, "--from", 406)).exit_code == 0
    listed = (await upline("pledge", "list", 123456)).output
    rows = [line.split() for line in listed.splitlines() if "123456" in line]
    assert [row[3] for row in rows] == ["406", "405"]
    assert [row[5] for row in rows] == ["0.0000%", "12.5000%"]
    assert "123456" not in (await upline("pledge", "list", 5)).output


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--from", 9, "--rate", "10%"], "was not found."),
        (["--from", 405, "--rate", "101%"], "rate: Expected a number from 0 to 1."),
        (["--from", 405, "--amount", "-2"], "amount: Expected"),
        (["--from", 405, "--amount", "much"], "expected a number such as 0.1"),
        (["--from", 405], "give a --rate or an --amount"),
    ],
)
async def test_what_cannot_be_pledged_is_told(
    upline: Upline, committed_database: Database, arguments: list[object], told: str
) -> None:
    await found_company(committed_database)
    refused = await upline("pledge", "give", 123456, *arguments)
    assert refused.exit_code in (1, 2)
    assert told in " ".join(refused.output.replace("│", " ").split())
