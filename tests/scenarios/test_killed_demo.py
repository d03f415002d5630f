"""kill -9 while a demo is built, wherever a month is closed or paid: building again finishes it."""

import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import text
from tests.demo.conftest import NOW

from upline.bootstrap import Container
from upline.core.clock import FixedClock
from upline.core.db import Database
from upline.demo import company
from upline.services.verify import auditor
from upline.settings import Settings

MEMBERS, MONTHS = 80, 3
# Ends the process right after the named function returned for the second time: one month is done.
VICTIM = """
import asyncio, os, sys
from importlib import import_module
from pathlib import Path
from tests.demo.conftest import NOW
from upline.bootstrap import Container
from upline.core.clock import FixedClock
from upline.core.db import Database
from upline.demo import company
from upline.settings import Settings

url, folder, members, months, module, name = sys.argv[1:]
owner = import_module("upline.services." + module)
original, calls = getattr(owner, name), []

async def last_words(*arguments, **options):
    answer = await original(*arguments, **options)
    calls.append(name)
    if len(calls) == 2:
        os._exit(137)
    return answer

setattr(owner, name, last_words)

async def main():
    settings = Settings(demo=True, data_dir=Path(folder))
    database = Database.connect(url)
    async with Container.open(settings, clock=FixedClock(NOW), database=database) as container:
        await company.build(container, members=int(members), months=int(months))

asyncio.run(main())
"""
POINTS = [
    ("payout.batches", "prepare"),
    ("workflows.pay_period", "pay"),
]
PAID = text(
    "SELECT count(DISTINCT p.period_id), count(*),"
    " (SELECT sum(balance) FROM ledger_accounts WHERE code = 'payouts-in-transit')"
    " FROM periods p JOIN payout_batches b USING (period_id)"
    " WHERE p.status_id = 4 AND b.status_id = 3"
)


def kill(database: Database, folder: Path, module: str, name: str) -> None:
    """Build, as far as the second return of `name`."""
    url = database.engine.url.render_as_string(hide_password=False)
    words = [url, folder, MEMBERS, MONTHS, module, name]
    process = subprocess.run(
        [sys.executable, "-c", VICTIM, *map(str, words)], check=False, capture_output=True
    )
    assert process.returncode == 137, process.stderr.decode()


@pytest.mark.parametrize(("module", "name"), POINTS)
async def test_building_goes_on(
    committed_database: Database, tmp_path: Path, module: str, name: str
) -> None:
    kill(committed_database, tmp_path, module, name)
    async with Container.open(
        Settings(demo=True, data_dir=tmp_path), clock=FixedClock(NOW), database=committed_database
    ) as container:
        assert not await company.exists(container)
        report = await company.build(container, members=MEMBERS, months=MONTHS)
        assert await company.exists(container)
    assert (report.members, report.months) == (MEMBERS, MONTHS - 1)
    async with committed_database.session() as session:
        assert tuple((await session.execute(PAID)).one()) == (MONTHS - 1, MONTHS - 1, 0)
        assert await auditor.verify(session) == []
