from collections.abc import AsyncIterator

import pytest
from sqlalchemy.ext.asyncio import AsyncSession
from tests.database import TestServer
from tests.factories.rolled import Rolled
from tests.factories.stored import Stored, store_company


@pytest.fixture(scope="module")
async def stored(server: TestServer) -> AsyncIterator[Stored]:
    async with store_company(server) as stored:
        yield stored


@pytest.fixture
def rolled(stored: Stored) -> Rolled:
    return stored[1]


@pytest.fixture
async def session(stored: Stored) -> AsyncIterator[AsyncSession]:
    async with stored[0].session() as session:
        yield session
