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
from upline.services.commission.fingerprints import FiguresChanged

# How figures were sealed before: SHA-256 over the rows in the order of their keys.
RECORD_SHA256 = """
UPDATE commission_runs SET figures = jsonb_build_object('check_items', jsonb_build_object(
    'fields', ARRAY['amount', 'item_no'], 'keys', ARRAY['item_no'], 'sha256',
    encode(figures_digest('check_items_r1', ARRAY['amount', 'item_no'], ARRAY['item_no']), 'hex')))
"""


@pytest.fixture
async def session(committed_database: Database) -> AsyncIterator[AsyncSession]:
    """October closed; run 1. Guards are off, to do what they are there to refuse."""
    contexts = await found_company(committed_database)
    await close(contexts, PERIOD)
    async with contexts.open(SYSTEM) as ctx:
        await ctx.session.execute(text("SET LOCAL session_replication_role = replica"))
        yield ctx.session


async def changed(session: AsyncSession, statement: str) -> set[str]:
    """The tables whose seal is another after `statement`."""
    savepoint = await session.begin_nested()
    for each in statement.split(";"):
        await session.execute(text(each))
    again = await fingerprints.take_again(session, 1)
    await savepoint.rollback()
    return {each.table for each in again if each.recorded != each.now}


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
        (
            "commission_lines",
            "UPDATE commission_lines SET amount = amount + 3 - 2 * line_no WHERE line_no < 3",
        ),
        ("rollup_blocks", "DROP TABLE rollup_blocks_r1"),
    ],
)
async def test_any_change_shows(session: AsyncSession, table: str, statement: str) -> None:
    assert await changed(session, statement) == {table}


async def test_where_rows_lie_does_not(session: AsyncSession) -> None:
    moved = (
        "CREATE TEMPORARY TABLE kept AS SELECT * FROM check_items;"
        "DELETE FROM check_items;"
        "INSERT INTO check_items SELECT * FROM kept ORDER BY item_no DESC"
    )
    assert await changed(session, moved) == set()


async def test_columns_of_later_versions_do_not(session: AsyncSession) -> None:
    before = await fingerprints.take(session, 1)
    later = "ALTER TABLE check_items ADD COLUMN note text DEFAULT 'new'"
    assert await changed(session, later) == set()
    await session.execute(text(later))
    assert (await fingerprints.take(session, 1))["check_items"] != before["check_items"]


async def test_every_table_of_figures_is_sealed(session: AsyncSession) -> None:
    figures = await fingerprints.take(session, 1)
    stored = await session.scalars(
        text("SELECT relname FROM pg_class WHERE relkind = 'r' AND relname ~ '_r1$'")
    )
    assert {f"{table}_r1" for table in figures} == set(stored.all())
    rows = await session.scalar(text("SELECT count(*) FROM member_periods"))
    assert figures["member_periods"]["print"].startswith(f"rows:{rows}:")


async def test_what_an_earlier_version_recorded_is_taken_in_its_way(session: AsyncSession) -> None:
    await session.execute(text(RECORD_SHA256))
    (taken,) = await fingerprints.take_again(session, 1)
    assert taken.now == taken.recorded
    assert taken.recorded.startswith("sha256:")
    assert len(taken.recorded) == 71
    assert await changed(session, "UPDATE check_items SET rate = rate + 1") == set()
    amount = "UPDATE check_items SET amount = amount + 1 WHERE item_no = 2"
    assert await changed(session, amount) == {"check_items"}


async def test_figures_are_sealed_once(session: AsyncSession) -> None:
    first = await fingerprints.recorded(session, 1)
    assert first == await fingerprints.take(session, 1)
    await fingerprints.compare(session, 1)
    await session.execute(text("UPDATE check_items SET rate = rate + 1 WHERE item_no = 1"))
    with pytest.raises(FiguresChanged):
        await fingerprints.compare(session, 1)
    await session.execute(text("UPDATE commission_runs SET figures = NULL"))
    assert await fingerprints.recorded(session, 1) == await fingerprints.take(session, 1) != first
