"""Runs are indexed by name as they come, and what was renamed afterwards is found again."""

from datetime import date, timedelta
from itertools import product
from random import Random

import pytest
from sqlalchemy import text
from tests.factories.closing import close
from tests.factories.company import load_essential
from tests.factories.golden import PERIOD
from tests.factories.golden_company import contexts_at, found_company
from tests.factories.news import Happenings

from upline.core.context import SYSTEM, ContextFactory
from upline.core.db import Database
from upline.core.paging import Page, Paged
from upline.services.organization import downlines, named
from upline.services.organization.downline_filters import Filter
from upline.services.organization.nodes import Node
from upline.services.organization.trees import get_tree
from upline.services.organization.visibility import Genealogy
from upline.services.workflows import close_period, index_names
from upline.services.workflows.fold_news import LivePeriod
from upline.services.workflows.refresh_periods import drop_superseded

INDEXED = "SELECT DISTINCT run_id FROM name_blocks ORDER BY 1"
RENAME = "UPDATE customers SET last_name = 'Renamed' WHERE customer_id = {}"


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Companies of a few members are searched like large ones."""
    monkeypatch.setattr(named, "NAMED_MEMBERS", 0)


async def indexed(contexts: ContextFactory) -> list[int]:
    async with contexts.open(SYSTEM) as ctx:
        return list(await ctx.session.scalars(text(INDEXED)))


async def change(contexts: ContextFactory, statement: str) -> None:
    async with contexts.open(SYSTEM) as ctx:
        await ctx.session.execute(text(statement))


@pytest.mark.usefixtures("small")
async def test_previews_are_indexed_when_they_come_and_closed_periods_afterwards(
    committed_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    contexts = await found_company(committed_database)
    first, second = [await close_period.preview(contexts, PERIOD, SYSTEM) for _ in range(2)]
    assert await indexed(contexts) == [first.run_id, second.run_id]
    await drop_superseded(contexts, SYSTEM, timedelta(0))
    assert await indexed(contexts) == [second.run_id]
    final = await close(contexts, PERIOD)
    assert await indexed(contexts) == [second.run_id]
    assert await index_names.index_closed(contexts, SYSTEM) == [final.run_id]
    assert await index_names.index_closed(contexts, SYSTEM) == []
    monkeypatch.setattr(index_names, "RENAMED_MEMBERS", 1)
    for number, again in {123_456: [], 123_501: [final.run_id]}.items():
        await change(contexts, RENAME.format(number))
        assert await index_names.index_closed(contexts, SYSTEM) == again


async def test_small_companies_need_no_index(committed_database: Database) -> None:
    contexts = await found_company(committed_database)
    await close_period.preview(contexts, PERIOD, SYSTEM)
    await close(contexts, PERIOD)
    assert await index_names.index_closed(contexts, SYSTEM) == []
    assert await indexed(contexts) == []


async def test_whatever_was_folded_since_is_found(
    committed_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    contexts = contexts_at(committed_database)
    world = Happenings(Random(4), date(2014, 10, 1))
    async with contexts.open(SYSTEM) as ctx:
        await load_essential(ctx.session)
        await world.found(ctx.session, 25)
    monkeypatch.setattr(named, "NAMED_MEMBERS", 0)
    live = LivePeriod(contexts, PERIOD, SYSTEM, timedelta(days=1))
    await live.advance()
    for _ in range(6):
        async with contexts.open(SYSTEM) as ctx:
            for _ in range(4):
                await world.happen(ctx.session)
            await ctx.session.execute(text(RENAME.format(world.anybody())))
        while await live.advance():
            pass  # until all of it is written
        for top, words in product(list(world.sponsor)[:3], ("l", "first last1", "renamed", "12")):
            by_name = await found(contexts, top, words)
            with monkeypatch.context() as patched:
                patched.setattr(named, "NAMED_MEMBERS", 1_000)
                assert by_name == await found(contexts, top, words)


async def found(contexts: ContextFactory, top: int, words: str) -> list[Paged[Node]]:
    """Whom a search finds in the sponsor tree and in the binary one."""
    async with contexts.open(SYSTEM) as ctx:
        trees = [
            await get_tree(ctx, genealogy, PERIOD)
            for genealogy in (Genealogy.SPONSOR, Genealogy.BINARY)
        ]
        return [
            await downlines.list_downline(ctx, tree, top, Filter(search=words), Page())
            for tree in trees
        ]
