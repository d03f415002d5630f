"""One office for all tests of a file: they only read."""

from collections.abc import AsyncIterator

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
