"""kill -9 in the middle of an import leaves the database as it was; the next try finishes."""

import subprocess
import sys
from pathlib import Path

import pytest
from tests.services.imports.conftest import COMPANY, NOW, Maker, contents

from upline.core.clock import FixedClock
from upline.core.context import SYSTEM, ContextFactory
from upline.core.db import Database
from upline.services.imports.members import import_members
from upline.services.imports.orders import import_orders

# Runs an import in which the process ends, unannounced, once the named step has been reported.
VICTIM = """
import asyncio, os, sys
from pathlib import Path
from upline.core.context import SYSTEM, ContextFactory
from upline.core.clock import FixedClock
from upline.core.db import Database
from upline.services.imports.members import import_members
from upline.services.imports.orders import import_orders
from tests.services.imports.conftest import COMPANY, NOW

url, kind, file, step = sys.argv[1:]

def progress(name, done, total, /):
    if name == step and done:
        os._exit(137)

async def work():
    contexts = ContextFactory(Database.connect(url), FixedClock(NOW), COMPANY)
    async with contexts.open(SYSTEM) as ctx:
        importer = import_members if kind == "members" else import_orders
        await importer(ctx, Path(file), progress=progress)

asyncio.run(work())
"""
MEMBERS: list[dict[str, object]] = [
    {"id": number, "country": "US", "enrolled": "2014-05-01", "sponsor": number // 2 or "",
     "address1": "1 Main Street", "username": f"m{number}"}
    for number in range(1, 50)
]  # fmt: skip
ORDERS: list[dict[str, object]] = [
    {"id": number, "member": number, "date": "2014-10-03", "total": 10, "pv": 10,
     "refunds": "5@2014-10-04"}
    for number in range(1, 50)
]  # fmt: skip
POINTS = [
    ("members", "Reading members.csv"),
    ("members", "Placing in genealogy 2"),
    ("members", "Indexes and foreign keys"),
    ("orders", "Reading orders.csv"),
    ("orders", "Storing volume entries"),
    ("orders", "Indexes and foreign keys"),
]


@pytest.mark.parametrize(("kind", "step"), POINTS)
async def test_killed_while(
    committed_database: Database, write: Maker, kind: str, step: str
) -> None:
    contexts = ContextFactory(committed_database, FixedClock(NOW), COMPANY)
    members, orders = write("members.csv", MEMBERS), write("orders.csv", ORDERS)
    if kind == "orders":
        async with contexts.open(SYSTEM) as ctx:
            assert (await import_members(ctx, members)).ok
    async with contexts.open(SYSTEM) as ctx:
        before = await contents(ctx.session)
    victim = _run(committed_database, kind, members if kind == "members" else orders, step)
    assert victim.returncode == 137, victim.stderr
    async with contexts.open(SYSTEM) as ctx:
        assert await contents(ctx.session) == before
    async with contexts.open(SYSTEM) as ctx:
        if kind == "members":
            outcome = await import_members(ctx, members)
        else:
            outcome = await import_orders(ctx, orders)
        assert outcome.ok
    async with contexts.open(SYSTEM) as ctx:
        after = await contents(ctx.session)
        assert len(after["customers"]) == 49
        assert len(after["volume_entries"]) == (98 if kind == "orders" else 0)


def _run(database: Database, kind: str, file: Path, step: str) -> subprocess.CompletedProcess[str]:
    url = database.engine.url.render_as_string(hide_password=False)
    return subprocess.run(
        [sys.executable, "-c", VICTIM, url, kind, str(file), step],
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
    )
