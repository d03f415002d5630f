from collections.abc import AsyncIterator

import pytest
from tests.factories.world import World, open_world

from upline.core.db import Database


@pytest.fixture
async def world(committed_database: Database) -> AsyncIterator[World]:
    async with open_world(committed_database) as world:
        yield world
