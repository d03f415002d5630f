from collections.abc import AsyncIterator

import pytest
from sqlalchemy.ext.asyncio import AsyncSession
from tests.database import TestServer
from tests.factories.rolled import Rolled, add_rolled_run

from upline.core.db import Database


@pytest.fixture(scope="module")
async def stored(server: TestServer) -> AsyncIterator[tuple[Database, Rolled]]:
    """Stored once for all tests of a module: they only read."""
    url = server.clone()
    database = Database.connect(url, application="upline-tests")
    async with database.session() as session:
        rolled = await add_rolled_run(session)
    yield database, rolled
    await database.dispose()
    server.drop(url)


@pytest.fixture
def rolled(stored: tuple[Database, Rolled]) -> Rolled:
    return stored[1]


@pytest.fixture
async def session(stored: tuple[Database, Rolled]) -> AsyncIterator[AsyncSession]:
    async with stored[0].session() as session:
        yield session
