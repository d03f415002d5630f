from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession
from tests.factories.closing import close
from tests.factories.golden import PERIOD
from tests.factories.golden_company import found_company

from upline.core.context import SYSTEM
from upline.core.db import Database
from upline.services.commission import fingerprints
from upline.services.commission.fingerprints import Figures


@pytest.fixture
async def session(committed_database: Database) -> AsyncIterator[AsyncSession]:
    """October closed; run 1. Guards are off, to do what they are there to refuse."""
    contexts = await found_company(committed_database)
    await close(contexts, PERIOD)
    async with contexts.open(SYSTEM) as ctx:
        await ctx.session.execute(text("SET LOCAL session_replication_role = replica"))
        yield ctx.session


async def changed(session: AsyncSession, before: dict[str, Figures], statement: str) -> set[str]:
    """The tables whose fingerprint is another after `statement`."""
    savepoint = await session.begin_nested()
    for each in statement.split(";"):
        await session.execute(text(each))
    after = await fingerprints.take(session, 1)
    await savepoint.rollback()
    return {table for table in before if before[table]["sha256"] != after[table]["sha256"]}


@pytest.mark.parametrize(
    ("table", "statement"),
    [
        ("check_items", "UPDATE check_items SET rate = rate + 0.000001 WHERE item_no = 1"),
        ("commission_lines", "DELETE FROM commission_lines WHERE line_no = 3"),
        ("member_periods", "UPDATE member_periods SET is_active = NOT is_active"),
        (
            "commission_checks",
            "INSERT INTO commission_checks (run_id, customer_id, net) VALUES (1, 5, 0)",
        ),
    ],
)
async def test_any_change_shows(session: AsyncSession, table: str, statement: str) -> None:
    assert await changed(session, await fingerprints.take(session, 1), statement) == {table}


async def test_where_rows_lie_does_not(session: AsyncSession) -> None:
    before = await fingerprints.take(session, 1)
    moved = (
        "CREATE TEMPORARY TABLE kept AS SELECT * FROM check_items;"
        "DELETE FROM check_items;"
        "INSERT INTO check_items SELECT * FROM kept ORDER BY item_no DESC"
    )
    assert await changed(session, before, moved) == set()


async def test_columns_of_later_versions_do_not(session: AsyncSession) -> None:
    before = (await fingerprints.take(session, 1))["check_items"]
    await session.execute(text("ALTER TABLE check_items ADD COLUMN note text DEFAULT 'new'"))
    digest = await session.scalar(text(fingerprints.DIGEST), {"part": "check_items_r1", **before})
    assert digest == before["sha256"]
    assert (await fingerprints.take(session, 1))["check_items"] != before
