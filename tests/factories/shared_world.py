"""One world for a whole module of tests that only read: opening one takes longer than they do."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.database import TestServer
from tests.factories.world import World, open_world

from upline.core.db import Database


@asynccontextmanager
async def share_world(server: TestServer) -> AsyncIterator[World]:
    """The world of `factories.world` on a clone of its own."""
    url = server.clone()
    database = Database.connect(url, application="upline-tests")
    async with open_world(database) as world:
        yield world
    await database.dispose()
    server.drop(url)
