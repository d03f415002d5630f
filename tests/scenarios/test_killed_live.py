"""kill -9 of the worker in the middle of a fold loses nothing, and shows nothing by halves."""

import subprocess
import sys
from datetime import timedelta

import pytest
from sqlalchemy import select
from tests.factories.company import add_orders
from tests.factories.golden import MEMBER, PERIOD
from tests.factories.golden_company import AFTER_OCTOBER, contexts_at, found_company

from upline.core.context import SYSTEM, ContextFactory
from upline.core.db import Database
from upline.models.period import Period
from upline.models.volume import MemberPeriod
from upline.services.verify import auditor
from upline.services.workflows.fold_news import LivePeriod

NOVEMBER = PERIOD + 1
# Begins, sees an order, and ends right after the named function returned for the first time since.
VICTIM = """
import asyncio, os, sys
from datetime import timedelta
from importlib import import_module
from upline.core.context import SYSTEM
from upline.core.db import Database
from tests.factories.company import add_orders
from tests.factories.golden import MEMBER
from tests.factories.golden_company import contexts_at
from upline.services.workflows.fold_news import LivePeriod

url, module, name = sys.argv[1:]

async def main():
    contexts = contexts_at(Database.connect(url))
    live = LivePeriod(contexts, 406, SYSTEM, timedelta(days=1))
    await live.advance()
    async with contexts.open(SYSTEM) as ctx:
        order = {"order_id": 1, "customer_id": MEMBER, "pv": "10", "ordered_on": ctx.now.date()}
        await add_orders(ctx.session, [order])
    owner = import_module("upline.services." + module)
    original = getattr(owner, name)

    async def last_words(*arguments, **options):
        await original(*arguments, **options)
        os._exit(137)

    setattr(owner, name, last_words)
    while await live.advance():
        pass

asyncio.run(main())
"""


def kill(database: Database, module: str, name: str) -> None:
    """Let a worker fold an order, as far as the return of `name`."""
    url = database.engine.url.render_as_string(hide_password=False)
    process = subprocess.run(
        [sys.executable, "-c", VICTIM, url, module, name], check=False, capture_output=True
    )
    assert process.returncode == 137, process.stderr.decode()


async def volume(contexts: ContextFactory) -> object:
    async with contexts.open(SYSTEM) as ctx:
        return await ctx.session.scalar(
            select(MemberPeriod.pv)
            .join(Period, Period.run_id == MemberPeriod.run_id)
            .where(Period.period_id == NOVEMBER, MemberPeriod.customer_id == MEMBER)
        )


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("live.news", "read"),
        ("live.publishing", "_claim"),
        ("live.publishing", "_change_members"),
        ("live.publishing", "publish"),
        ("workflows.fold_news", "_read_news"),
    ],
)
async def test_folding(committed_database: Database, module: str, name: str) -> None:
    await found_company(committed_database)
    kill(committed_database, module, name)
    contexts = contexts_at(committed_database, AFTER_OCTOBER)
    assert await volume(contexts) == 0
    live = LivePeriod(contexts, NOVEMBER, SYSTEM, timedelta(days=1))
    await live.advance()
    assert await volume(contexts) == 10
    async with contexts.open(SYSTEM) as ctx:
        order = {"order_id": 2, "customer_id": MEMBER, "pv": "5", "ordered_on": ctx.now.date()}
        await add_orders(ctx.session, [order])
    while await live.advance():
        pass
    assert await volume(contexts) == 15
    async with contexts.open(SYSTEM) as ctx:
        assert await auditor.verify(ctx.session) == []
