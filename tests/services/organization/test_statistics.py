"""Statistics of organizations: exact decimals, every rank, few statements whatever the size."""

from collections.abc import AsyncIterator
from decimal import Decimal

import pytest
from sqlalchemy.ext.asyncio import AsyncSession
from tests.database import TestServer
from tests.factories.figures import NOVEMBER, OCTOBER, context_of
from tests.factories.rolled import Rolled
from tests.factories.statements import counted
from tests.factories.stored import Stored, store_company

from upline.core.errors import NotFound
from upline.core.paging import Page
from upline.services.organization import statistics
from upline.services.organization.visibility import Genealogy

DEEPEST = 10**6


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


async def test_areas_by_name_with_all_volume(session: AsyncSession, rolled: Rolled) -> None:
    areas = await statistics.list_areas(context_of(session), 3, 0)
    assert [(area.country, area.state_province) for area in areas] == [
        ("Germany", "Hessen"),
        ("United States", None),
        ("United States", "California"),
    ]
    bought = sum(rolled.result.pv[v].item() for v in rolled.below(3, "sponsor"))
    assert sum(area.volume for area in areas) == Decimal(bought) / 10_000


async def test_levels_add_up_to_the_downline(session: AsyncSession, rolled: Rolled) -> None:
    ctx, below = context_of(session), rolled.below(3, "sponsor")
    found = await statistics.list_levels(ctx, 3, NOVEMBER, Page(1, 1000), DEEPEST)
    present = [v for v in below if rolled.snapshot.status[v] != 4]
    assert sum(level.count for level in found.items) == len(present)
    assert sum(level.active_count for level in found.items) == sum(
        rolled.result.is_active[v].item() for v in present
    )
    areas = await statistics.list_areas(ctx, 3, 0)
    assert sum(level.volume for level in found.items) == sum(area.volume for area in areas)


async def test_every_rank_lowest_first(session: AsyncSession, rolled: Rolled) -> None:
    ctx = context_of(session)
    ranks = await statistics.list_ranks(ctx, 3, Genealogy.SPONSOR, 0)
    assert [rank.rank_id for rank in ranks] == [-1, *range(10)]
    below = rolled.below(3, "sponsor")
    s = rolled.snapshot
    people = [v for v in below if s.customer_type[v] == 2 and s.status[v] != 4]
    assert sum(rank.count for rank in ranks) == len(people)
    nobody = await statistics.list_ranks(ctx, 10**9, Genealogy.BINARY, 0)
    assert [rank.count for rank in nobody] == [0] * 11


async def test_periods_nothing_ran_for(session: AsyncSession, rolled: Rolled) -> None:
    for period in (OCTOBER, 5):
        with pytest.raises(NotFound):
            await statistics.list_areas(context_of(session), 3, period)


async def test_statements(session: AsyncSession, rolled: Rolled) -> None:
    ctx = context_of(session)
    for customer in (3, 2100):
        with counted() as statements:
            await statistics.list_areas(ctx, customer, 0)
            await statistics.list_levels(ctx, customer, 0, Page(1, 1000), DEEPEST)
            await statistics.list_ranks(ctx, customer, Genealogy.ENROLLER, 0)
        assert len(statements) == 2 + 2 + 3
