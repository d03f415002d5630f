from sqlalchemy import text
from tests.cli.conftest import Upline

from upline.core.db import Database


async def test_the_schema_goes_down_and_up_again(upline: Upline) -> None:
    assert "current" in (await upline("db", "check")).output
    head = (await upline("db", "current")).output
    assert (await upline("db", "downgrade", "--", "-1")).exit_code == 0
    behind = await upline("db", "check")
    assert behind.exit_code == 1
    assert (await upline("db", "upgrade")).exit_code == 0
    assert (await upline("db", "current")).output == head


async def test_a_database_without_tables_is_told_of(
    upline: Upline, committed_database: Database
) -> None:
    async with committed_database.session() as session:
        await session.execute(text("DROP TABLE payouts CASCADE"))
    shown = await upline("verify")
    assert shown.exit_code == 1
    assert "upline db upgrade" in shown.output
