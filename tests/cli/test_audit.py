from sqlalchemy import text
from tests.cli.conftest import Upline

from upline.core.db import Database


async def test_an_empty_database_is_clean(upline: Upline) -> None:
    verified = await upline("verify")
    assert verified.exit_code == 0, verified.output
    assert "invariants hold" in verified.output


async def test_a_breach_ends_in_exit_code_1(upline: Upline, committed_database: Database) -> None:
    async with committed_database.session() as session:
        await session.execute(text("ALTER TABLE volume_entries DISABLE TRIGGER ALL"))
    verified = await upline("verify")
    assert verified.exit_code == 1
    assert "I17" in verified.output
