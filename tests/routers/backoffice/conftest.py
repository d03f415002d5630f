from collections.abc import AsyncIterator

import httpx2
import pytest
from sqlalchemy import text
from tests.database import TestServer
from tests.factories.world import World, open_world
from tests.routers.backoffice import probe

from upline.core.context import SYSTEM
from upline.core.db import Database
from upline.routers.backoffice.app import create_backoffice_app

MOST_BYTES = 20_000


@pytest.fixture(scope="module")
async def probed(server: TestServer) -> AsyncIterator[World]:
    """The Back Office with the probe controller as its only one."""
    url = server.clone()
    database = Database.connect(url)
    async with open_world(database, json_bytes=MOST_BYTES) as world:
        async with world.container.context(SYSTEM) as ctx:
            for statement in probe.TABLES:
                await ctx.session.execute(text(statement))
        app = create_backoffice_app(world.container, [probe.router])
        transport = httpx2.ASGITransport(app=app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://upline.test") as http:
            world.http = http
            yield world
    await database.dispose()
    server.drop(url)


@pytest.fixture
async def world(probed: World) -> World:
    """The same server, with nothing stored yet."""
    async with probed.container.context(SYSTEM) as ctx:
        await ctx.session.execute(text("TRUNCATE probes, idempotency_keys RESTART IDENTITY"))
        await ctx.session.execute(text("ALTER SEQUENCE tries RESTART"))
    return probed
