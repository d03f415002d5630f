"""One office for each test of what clients do."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.factories.office import Office, open_office

from upline.core.db import Database


@pytest.fixture
async def office(committed_database: Database, tmp_path: Path) -> AsyncIterator[Office]:
    async with open_office(committed_database, tmp_path) as opened:
        yield opened
