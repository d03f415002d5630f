"""A world for tests that only read."""

from collections.abc import AsyncIterator

import pytest
from tests.database import TestServer
from tests.factories.shared_world import share_world
from tests.factories.world import World


@pytest.fixture(scope="module")
async def world(server: TestServer) -> AsyncIterator[World]:
    async with share_world(server) as world:
        yield world
