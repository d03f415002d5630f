"""Levels of organizations, chains among them, against counting by hand."""

from collections import defaultdict

import pytest
from sqlalchemy.ext.asyncio import AsyncSession
from tests.engine.company import snapshot_of
from tests.factories.figures import NOVEMBER, context_of
from tests.factories.rolled import Rolled, store_rolled
from tests.factories.statements import counted

from upline.core.db import Database
from upline.core.paging import Page
from upline.services.rollup.levels import Level, levels_statement, list_levels

ALL = 10**6


def _by_hand(rolled: Rolled, customer_id: int) -> list[Level]:
    s, result = rolled.snapshot, rolled.result
    top = s.level[s.index_of(customer_id)].item()
    levels: dict[int, list[int]] = defaultdict(list)
    for v in rolled.below(customer_id, "sponsor"):
        levels[s.level[v].item() - top].append(v)
    found = []
    for level, here in sorted(levels.items()):
        present = [v for v in here if s.status[v] != 4]
        found.append(
            Level(
                level,
                sum(s.customer_type[v].item() == 2 for v in present),
                sum(s.customer_type[v].item() != 2 for v in present),
                sum(result.is_active[v].item() for v in present),
                sum(rolled.fact("is_new", v) for v in present),
                sum(result.pv[v].item() for v in here),
            )
        )
    return found


async def test_every_level(session: AsyncSession, rolled: Rolled) -> None:
    for customer in (3, 6, 90, 300, 690, 2100):
        expected = _by_hand(rolled, customer)
        found = await list_levels(context_of(session), rolled.run_id, customer, Page(1, 1000), ALL)
        assert list(found.items) == expected
        assert found.total == len(expected)


async def test_pages_and_depth(session: AsyncSession, rolled: Rolled) -> None:
    ctx, expected = context_of(session), _by_hand(rolled, 3)
    assert len(expected) > 100
    page = await list_levels(ctx, rolled.run_id, 3, Page(9, 10), ALL)
    assert list(page.items) == expected[80:90]
    shallow = await list_levels(ctx, rolled.run_id, 3, Page(2, 10), 13)
    assert (list(shallow.items), shallow.total) == (expected[10:13], 13)
    await list_levels(ctx, rolled.run_id, 3, Page(10**9, 1_000), 2**31 - 1)
    beyond = await list_levels(ctx, rolled.run_id, 3, Page(99, 10), ALL)
    assert (list(beyond.items), beyond.total) == ([], len(expected))


async def test_nobody_has_no_levels(session: AsyncSession, rolled: Rolled) -> None:
    for run_id, customer in ((rolled.run_id, 10**9), (None, 3)):
        found = await list_levels(context_of(session), run_id, customer, Page(), ALL)
        assert (found.items, found.total) == ([], 0)


async def test_one_statement_for_any_number_of_levels(
    session: AsyncSession, rolled: Rolled
) -> None:
    with counted() as statements:
        await list_levels(context_of(session), rolled.run_id, 3, Page(1, 200), ALL)
    assert len(statements) == 1


@pytest.mark.slow
async def test_a_chain_of_100_000(committed_database: Database) -> None:
    """A page reads as few blocks at the bottom as at the top."""
    size = 100_000
    chain = [{"customer_id": k, "sponsor_id": k - 1} for k in range(1, size + 1)]
    async with committed_database.session() as session:
        rolled = await store_rolled(session, snapshot_of(chain, [], NOVEMBER), NOVEMBER)
        ctx = context_of(session)
        for number in (1, 500, 1000):
            page = await list_levels(ctx, rolled.run_id, 1, Page(number, 100), ALL)
            assert page.total == size - 1
            levels = [level.level for level in page.items]
            assert levels == list(range(number * 100 - 99, min(number * 100, size - 1) + 1))
            assert {level.distributors for level in page.items} == {1}
            blocks = await levels_statement(rolled.run_id).fetch_all(
                session, customer_id=1, first=number * 100 - 99, last=number * 100
            )
            assert len(blocks) <= 3
