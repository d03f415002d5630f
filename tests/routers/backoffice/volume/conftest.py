from collections.abc import AsyncIterator

import pytest
from tests.database import TestServer
from tests.factories.busy_world import open_busy_world
from tests.factories.shared_world import share_world
from tests.factories.world import World


@pytest.fixture(scope="module")
async def world(server: TestServer) -> AsyncIterator[World]:
    async with share_world(server) as world:
        yield world


@pytest.fixture(scope="module")
async def busy(server: TestServer) -> AsyncIterator[World]:
    async with open_busy_world(server) as world:
        yield world
