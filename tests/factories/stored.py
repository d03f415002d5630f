"""Fixtures of tests that read a grown company: stored once a module, because nobody changes it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.database import TestServer
from tests.factories.rolled import Rolled, add_rolled_run

from upline.core.db import Database

Stored = tuple[Database, Rolled]


@asynccontextmanager
async def store_company(server: TestServer) -> AsyncIterator[Stored]:
    """A clone of its own with the company in it."""
    url = server.clone()
    database = Database.connect(url, application="upline-tests")
    async with database.session() as session:
        rolled = await add_rolled_run(session)
    yield database, rolled
    await database.dispose()
    server.drop(url)
