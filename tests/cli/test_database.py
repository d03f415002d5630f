from tests.cli.conftest import Upline


async def test_the_schema_goes_down_and_up_again(upline: Upline) -> None:
    assert "current" in (await upline("db", "check")).output
    head = (await upline("db", "current")).output
    assert (await upline("db", "downgrade", "--", "-1")).exit_code == 0
    behind = await upline("db", "check")
    assert behind.exit_code == 1
    assert (await upline("db", "upgrade")).exit_code == 0
    assert (await upline("db", "current")).output == head
