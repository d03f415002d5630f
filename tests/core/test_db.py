"""Transactions that end badly."""

import pytest
from sqlalchemy import text

from upline.core.db import Database, driver_of, raw_connection, release


async def _break_off(database: Database) -> None:
    """As somebody cancelled while a COPY begins: the server waits for rows."""
    async with database.session() as session:
        await session.execute(text("CREATE TABLE gone ()"))
        driver = await raw_connection(await session.connection())
        driver.pgconn.exec_(b"COPY gone FROM STDIN")
        raise LookupError


async def test_what_was_raised_is_told_though_nothing_can_be_rolled_back(
    committed_database: Database,
) -> None:
    with pytest.raises(LookupError):
        await _break_off(committed_database)
    async with committed_database.session() as session:
        assert await session.scalar(text("SELECT to_regclass('gone')")) is None


async def test_a_transaction_keeps_its_driver_and_the_next_one_asks_again(
    committed_database: Database,
) -> None:
    async with committed_database.session() as session, committed_database.session() as other:
        first = await driver_of(session)
        assert await driver_of(session) is first
        assert await raw_connection(await session.connection()) is first
        async with session.begin_nested():
            assert await driver_of(session) is first
        await release(session)
        taken = await driver_of(other)  # what was given back is the next one's
        assert taken is first
        again = await driver_of(session)
        assert again is not first
        assert again is await raw_connection(await session.connection())
