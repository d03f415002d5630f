"""Transactions that end badly."""

import pytest
from sqlalchemy import text

from upline.core.db import Database, raw_connection


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
