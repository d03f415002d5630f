from collections.abc import AsyncIterator

import pytest
from tests.database import TestServer
from tests.factories.world import World, open_world

from upline.core.db import Database


@pytest.fixture
async def world(committed_database: Database) -> AsyncIterator[World]:
    """A server of the test's own."""
    async with open_world(committed_database) as world:
        yield world


@pytest.fixture(scope="module")
async def shared_world(server: TestServer) -> AsyncIterator[World]:
    """One server for all tests of a file that only read."""
    url = server.clone()
    database = Database.connect(url)
    async with open_world(database) as world:
        yield world
    await database.dispose()
    server.drop(url)
