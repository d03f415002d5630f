"""Outer legs: their bottom at any length, in past periods, and fifty newcomers at once."""

import asyncio

import pytest
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession
from tests.factories.family import add_family, add_months
from tests.factories.figures import OCTOBER, context_of

from upline.core.context import Context
from upline.core.db import Database
from upline.core.errors import NotFound
from upline.models.placement import Placement
from upline.services.organization.legs import Bottom, get_bottom, place_at_bottom
from upline.services.organization.trees import get_tree
from upline.services.organization.visibility import Genealogy

LEFT, RIGHT = 1, 2
RIVALS = 50
MEMBERS = """
INSERT INTO customers (customer_id, customer_type_id, first_name, last_name, country_code,
                       currency_code, enrolled_at)
SELECT n, 2, 'Member', 'No' || n, 'US', 'USD', '2014-09-01Z' FROM generate_series(101, :last) n
"""
LEG = """
INSERT INTO placements (customer_id, genealogy_id, valid_from, parent_id, position_id)
SELECT n, 3, '2014-09-01Z', nullif(n - 1, 100), CASE WHEN n > 101 THEN 2 END
FROM generate_series(101, :last) n ORDER BY n
"""


MOVE = (
    "UPDATE placements SET valid_to = '2014-11-01Z' WHERE customer_id = 2 AND genealogy_id = 3",
    """INSERT INTO placements (customer_id, genealogy_id, valid_from, parent_id, position_id)
       VALUES (2, 3, '2014-11-01Z', 3, 2)""",
)


async def bottom(ctx: Context, customer_id: int, side: int, period: int = 0) -> tuple[int, int]:
    tree = await get_tree(ctx, Genealogy.BINARY, period)
    found = await get_bottom(ctx, tree, customer_id, side)
    assert found.position_id == side
    return found.customer_id, found.level


@pytest.fixture
async def ctx(session: AsyncSession) -> Context:
    await add_family(session)
    await add_months(session)
    return context_of(session)


async def test_bottoms_of_both_sides(ctx: Context) -> None:
    assert await bottom(ctx, 1, LEFT) == (6, 3)
    assert await bottom(ctx, 4, LEFT) == (6, 1)
    assert await bottom(ctx, 6, LEFT) == (6, 0)
    assert await bottom(ctx, 1, RIGHT) == (3, 1)
    assert await bottom(ctx, 2, RIGHT) == (2, 0)


async def test_a_leg_as_it_was(ctx: Context) -> None:
    assert await bottom(ctx, 1, LEFT, OCTOBER) == (4, 2)
    assert await bottom(ctx, 1, RIGHT, OCTOBER) == (3, 1)
    with pytest.raises(NotFound):
        await bottom(ctx, 6, LEFT, OCTOBER)


@pytest.mark.parametrize("outsider", [5, 7, 99])
async def test_who_is_not_placed_has_no_leg(ctx: Context, outsider: int) -> None:
    with pytest.raises(NotFound):
        await bottom(ctx, outsider, LEFT)
    with pytest.raises(NotFound):
        await place_at_bottom(ctx, 5, outsider, LEFT)


async def test_newcomers_at_the_bottom_turn_and_go_on(ctx: Context) -> None:
    """A run that turns begins anew: 5 goes right below 6, and 7 right below 5."""
    assert await place_at_bottom(ctx, 5, 6, RIGHT) == Bottom(6, RIGHT, 0)
    assert await place_at_bottom(ctx, 7, 6, RIGHT) == Bottom(5, RIGHT, 1)
    assert await bottom(ctx, 5, RIGHT) == (7, 1)
    assert await bottom(ctx, 1, LEFT) == (6, 3)


async def test_a_moved_part_brings_its_legs(session: AsyncSession) -> None:
    """2 with 4 and 6 on its left moves to the right of 3: what was one run of lefts is two."""
    await add_family(session)
    for statement in MOVE:
        await session.execute(text(statement))
    ctx = context_of(session)
    assert await bottom(ctx, 1, LEFT) == (1, 0)
    assert await bottom(ctx, 1, RIGHT) == (2, 2)
    assert await bottom(ctx, 2, LEFT) == (6, 2)


async def test_a_leg_of_ten_thousand_is_one_look(session: AsyncSession) -> None:
    last = 10_100
    for statement in (MEMBERS, LEG):
        await session.execute(text(statement), {"last": last})
    await session.execute(text("ANALYZE placements"))  # as it is wherever there are ten thousand
    ctx = context_of(session)
    await session.execute(text("SELECT pg_stat_force_next_flush()"))
    before = await _index_entries(session)
    assert await bottom(ctx, 101, RIGHT) == (last, 9_999)
    assert await bottom(ctx, 5_000, RIGHT) == (last, 5_100)
    assert await bottom(ctx, last, LEFT) == (last, 0)
    assert await _index_entries(session) - before < 20


async def _index_entries(session: AsyncSession) -> int:
    read = (
        "SELECT sum(pg_stat_get_xact_tuples_returned(indexrelid)) FROM pg_stat_user_indexes"
        " WHERE relname = 'placements'"
    )
    return int(await session.scalar(text(read)) or 0)


async def test_fifty_newcomers_at_one_bottom(committed_database: Database) -> None:
    async with committed_database.session() as session:
        await session.execute(text(MEMBERS), {"last": 101 + RIVALS})
        await session.execute(text(LEG), {"last": 101})

    async def enrol(number: int) -> None:
        async with committed_database.session() as session:
            await place_at_bottom(context_of(session), number, 101, LEFT)

    await asyncio.gather(*(enrol(number) for number in range(102, 102 + RIVALS)))
    async with committed_database.session() as session:
        rows = (
            await session.execute(
                select(Placement.customer_id, Placement.parent_id, Placement.depth)
                .where(Placement.genealogy_id == Genealogy.BINARY)
                .order_by(Placement.depth)
            )
        ).all()
        assert [row.depth for row in rows] == list(range(RIVALS + 1))
        assert [row.parent_id for row in rows[1:]] == [row.customer_id for row in rows[:-1]]
        ctx = context_of(session)
        assert await bottom(ctx, 101, LEFT) == (rows[-1].customer_id, RIVALS)
