"""Offices to ask: one shared by tests that only read, and one for each that changes something."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.database import TestServer
from tests.factories.office import Office, open_office

from upline.core.db import Database


@pytest.fixture(scope="module")
async def office(
    server: TestServer, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Office]:
    url = server.clone()
    database = Database.connect(url, application="upline-tests")
    async with open_office(database, tmp_path_factory.mktemp("office")) as opened:
        yield opened
    await database.dispose()
    server.drop(url)


@pytest.fixture
async def own_office(committed_database: Database, tmp_path: Path) -> AsyncIterator[Office]:
    async with open_office(committed_database, tmp_path, with_figures=False) as opened:
        yield opened
