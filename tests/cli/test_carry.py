from tests.cli.conftest import Upline
from tests.factories.golden_company import found_company

from upline.core.db import Database


async def test_a_member_is_spared_for_some_periods(
    upline: Upline, committed_database: Database
) -> None:
    await found_company(committed_database)
    spared = await upline("carry", "spare", 123456, "--from", 405, "--reason", "In hospital")
    assert spared.exit_code == 0, spared.output
    listed = await upline("carry", "list", 123456)
    assert "In hospital" in listed.output
    assert "2014-10-01" in listed.output
    ended = await upline("carry", "end", 123456, "--with", 406)
    assert ended.exit_code == 0, ended.output
    assert "2014-12-01" in (await upline("carry", "list")).output


async def test_nobody_is_spared_without_a_member_a_period_and_a_reason(
    upline: Upline, committed_database: Database
) -> None:
    await found_company(committed_database)
    for member, first, more in (
        (5, 405, ["--reason", "x"]),
        (123456, 9, ["--reason", "x"]),
        (123456, 405, ["--reason", " "]),
        (123456, 405, ["--reason", "x", "--to", 404]),
        (123456, 405, ["--reason", "x" * 201]),
    ):
        refused = await upline("carry", "spare", member, "--from", first, *more)
        assert refused.exit_code == 1, refused.output
    assert (await upline("carry", "end", 123456, "--with", 405)).exit_code == 1
