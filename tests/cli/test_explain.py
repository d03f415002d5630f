import json

from tests.cli.conftest import Upline
from tests.factories.closing import close
from tests.factories.golden import MEMBER, PERIOD
from tests.factories.golden_company import found_company

from upline.core.db import Database

BEN = 123_502


async def test_a_check_explained(upline: Upline, committed_database: Database) -> None:
    await close(await found_company(committed_database), PERIOD)
    found = await upline("explain", "--member", MEMBER, "--period", PERIOD)
    assert found.exit_code == 0, found.output
    assert "Avery Golden (123456), Senior Star, October 2014" in found.output
    assert "Unilevel 229.71 USD" in found.output
    assert "Generations 0.00 USD" in found.output
    assert "Not paid: rank Senior Star where Silver is asked." in found.output
    one = await upline(
        "explain", "--member", MEMBER, "--period", PERIOD, "--from", BEN, "--bonus", "fast start"
    )
    assert "Ben Builder is in month 15 since enrolment, and 3 are paid." in one.output
    assert "Unilevel" not in one.output
    shown = await upline("explain", "--member", MEMBER, "--period", PERIOD, "--json")
    assert json.loads(shown.output)["basis"]["is_final"] is True
    unknown = await upline("explain", "--member", 999, "--period", PERIOD)
    assert unknown.exit_code == 1
