"""Positions, gaps and reasons as the tables hold them."""

from decimal import Decimal

import pytest
from sqlalchemy.ext.asyncio import AsyncSession
from tests.factories.figures import NOVEMBER, NOW, OCTOBER, context_of
from tests.factories.rolled import Rolled
from tests.factories.statements import counted

from upline.core.errors import NotFound
from upline.core.paging import Page
from upline.services.contest import standings

LEADERSHIP = 1


def _customer(rolled: Rolled, ordinal: int) -> int:
    return int(rolled.snapshot.customer_id[rolled.standing.member[ordinal]])


def _points(rolled: Rolled, ordinal: int) -> Decimal:
    return Decimal(int(rolled.standing.points[ordinal])) / 10_000


async def test_the_first_fifty(session: AsyncSession, rolled: Rolled) -> None:
    top = await standings.list_top(context_of(session), 0, 0)
    assert len(top) == 50
    assert [placed.person.customer_id for placed in top] == [
        _customer(rolled, k) for k in range(50)
    ]
    assert [placed.position for placed in top] == rolled.standing.position[:50].tolist()
    assert [placed.points for placed in top] == [_points(rolled, k) for k in range(50)]
    assert {placed.is_qualified for placed in top} == {
        points >= 50 for points in (_points(rolled, k) for k in range(50))
    }


async def test_a_member_among_the_neighbours(session: AsyncSession, rolled: Rolled) -> None:
    member = _customer(rolled, 20)
    found = await standings.get_standings(context_of(session), member, LEADERSHIP, NOVEMBER)
    assert (found.position, found.points) == (
        rolled.standing.position[20],
        _points(rolled, 20),
    )
    assert [near.person.customer_id for near in found.neighbours] == [
        _customer(rolled, k) for k in range(18, 23)
    ]
    assert found.contestants == len(rolled.standing.member)
    assert found.qualifying_points == 50
    assert found.points_to_qualify == max(50 - found.points, 0)
    above = int(rolled.standing.position[20]) - 2
    assert found.gap_to_next == _points(rolled, above) - found.points
    assert (found.as_of, found.contest) == (NOW, "Leadership")


async def test_nobody_is_above_the_first(session: AsyncSession, rolled: Rolled) -> None:
    first = await standings.get_standings(context_of(session), _customer(rolled, 0), 0, 0)
    assert (first.position, first.gap_to_next) == (1, None)
    assert len(first.neighbours) == 3


async def test_without_points_there_is_no_position(session: AsyncSession, rolled: Rolled) -> None:
    ctx = context_of(session)
    total = await standings.get_total(ctx, 10**9, 0, 0)
    assert (total.points, total.position, total.is_qualified) == (0, None, False)
    found = await standings.get_standings(ctx, 10**9, 0, 0)
    assert (found.neighbours, found.gap_to_next, found.points_to_qualify) == ([], None, 50)
    assert (await standings.list_entries(ctx, 10**9, 0, 0, Page())).total == 0


async def test_reasons_add_up_to_the_points(session: AsyncSession, rolled: Rolled) -> None:
    ctx = context_of(session)
    for ordinal in (0, 7, 30):
        member = _customer(rolled, ordinal)
        found = await standings.list_entries(ctx, member, 0, 0, Page(1, 1000))
        assert sum(entry.points for entry in found.items) == _points(rolled, ordinal)
        assert len(found.items) == found.total
        for entry in found.items:
            assert entry.reason in {"Enrolment", "Rank advancement"}
            assert (entry.source_id is None) == (entry.reason != "Enrolment")
            assert entry.source
        second = await standings.list_entries(ctx, member, 0, 0, Page(2, 1))
        assert list(second.items) == list(found.items[1:2])


async def test_contests_that_do_not_exist(session: AsyncSession, rolled: Rolled) -> None:
    ctx = context_of(session)
    for contest, period in ((9, 0), (1, 10_028), (1, 299), (1, -1)):
        with pytest.raises(NotFound):
            await standings.list_top(ctx, contest, period)
    assert await standings.list_top(ctx, 1, OCTOBER) == []


async def test_few_statements_whatever_the_size(session: AsyncSession, rolled: Rolled) -> None:
    ctx = context_of(session)
    await standings.list_top(ctx, 0, 0)
    with counted() as statements:
        await standings.list_top(ctx, 0, 0)
    assert len(statements) == 3
    with counted() as statements:
        await standings.get_standings(ctx, _customer(rolled, 20), 0, 0)
    assert len(statements) == 4
    with counted() as statements:
        await standings.list_entries(ctx, _customer(rolled, 20), 0, 0, Page())
    assert len(statements) == 3
