"""kill -9 at any point of a close leaves the period as before or done; the next try finishes."""

import subprocess
import sys

import pytest
from sqlalchemy import select, text
from tests.factories.golden import PERIOD
from tests.factories.golden_company import contexts_at, found_company

from upline.core.context import SYSTEM
from upline.core.db import Database
from upline.models.commission import CommissionRun
from upline.models.period import Period
from upline.services.period.queries import CLOSED, OPEN
from upline.services.verify import auditor
from upline.services.workflows import close_period, refresh_periods

# Runs a close in which the process ends, unannounced, right after the named function returned.
VICTIM = """
import asyncio, os, sys
from upline.core.context import SYSTEM
from upline.core.db import Database
from upline.services.workflows import close_period, refresh_periods
from tests.factories.golden_company import contexts_at

url, owner, name = sys.argv[1:]
owner = getattr(close_period, owner, close_period)
original = getattr(owner, name)

async def last_words(*arguments, **options):
    await original(*arguments, **options)
    os._exit(137)

setattr(owner, name, last_words)
asyncio.run(close_period.close(contexts_at(Database.connect(url)), 405, SYSTEM))
"""
POINTS = [
    ("runs", "lock_period"),
    ("close_period", "_claim"),
    ("runs", "start"),
    ("loading", "load"),
    ("storing", "store"),
    ("runs", "finish"),
    ("postings", "post_commissions"),
    ("close_period", "_commit_figures"),
    ("close_period", "_execute"),
]
TRACES = (
    "SELECT (SELECT count(*) FROM ledger_entries), (SELECT count(*) FROM rank_achievements),"
    " (SELECT count(*) FROM pg_class WHERE relname ~ '_r[0-9]+$' AND relkind = 'r')"
)


@pytest.mark.parametrize(("owner", "name"), POINTS)
async def test_killed_after(committed_database: Database, owner: str, name: str) -> None:
    contexts = await found_company(committed_database)
    async with contexts.open(SYSTEM) as ctx:
        before = (await ctx.session.execute(text(TRACES))).one()
    url = committed_database.engine.url.render_as_string(hide_password=False)
    process = subprocess.run(  # noqa: ASYNC221 - nothing else waits
        [sys.executable, "-c", VICTIM, url, owner, name], check=False, capture_output=True
    )
    assert process.returncode == 137, process.stderr.decode()

    await refresh_periods.reopen_abandoned(contexts, SYSTEM)
    async with contexts.open(SYSTEM) as ctx:
        status = await ctx.session.scalar(
            select(Period.status_id).where(Period.period_id == PERIOD)
        )
        done = name == "_execute"
        assert status in ({CLOSED} if done else {None, OPEN})
        if not done:
            assert (await ctx.session.execute(text(TRACES))).one() == before
            await ctx.session.commit()
            await close_period.close(contexts_at(committed_database), PERIOD, SYSTEM)
        assert await auditor.verify(ctx.session) == []
        committed = await ctx.session.scalars(
            select(CommissionRun.run_id).where(
                CommissionRun.kind_id == 2, CommissionRun.status_id == 2
            )
        )
        assert len(list(committed)) == 1
