"""Placements: ancestors found fast at any depth, moves that take their subtree along, no cycles."""

import asyncio
import random
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession
from tests.migrations.statements import refusal, run

from upline.core.db import Database

START = datetime(2014, 5, 5, tzinfo=UTC)
CUSTOMERS = """
INSERT INTO customers (customer_id, customer_type_id, first_name, last_name, country_code,
                       currency_code, enrolled_at)
SELECT n, 2, 'Member', 'No' || n, 'US', 'USD', '2014-05-05Z' FROM generate_series(1, :count) n
"""
PLACE = """
INSERT INTO placements (customer_id, genealogy_id, valid_from, parent_id, position_id)
VALUES (:customer, :genealogy, :at, :parent, :position)
"""
CHAIN = """
INSERT INTO placements (customer_id, genealogy_id, valid_from, parent_id)
SELECT n, 2, '2014-05-05Z', nullif(n - 1, 0) FROM generate_series(1, :count) n ORDER BY n
"""
CLOSE = """
UPDATE placements SET valid_to = :at
WHERE genealogy_id = 2 AND customer_id = :customer AND valid_to IS NULL
"""
IS_UPLINE = "SELECT is_upline(2, :ancestor, :descendant)"


async def _place(session: AsyncSession, customer: int, parent: int | None, at: datetime) -> None:
    values = {"customer": customer, "genealogy": 2, "at": at, "parent": parent, "position": None}
    await run(session, PLACE, **values)


async def _move(session: AsyncSession, customer: int, parent: int, at: datetime) -> None:
    await run(session, CLOSE, customer=customer, at=at)
    await _place(session, customer, parent, at)


async def _is_upline(session: AsyncSession, ancestor: int, descendant: int) -> bool:
    return bool((await run(session, IS_UPLINE, ancestor=ancestor, descendant=descendant))[0][0])


async def _chain(session: AsyncSession, count: int) -> None:
    await run(session, CUSTOMERS, count=count)
    await run(session, CHAIN, count=count)


async def test_ancestors_on_a_chain_of_ten_thousand(session: AsyncSession) -> None:
    await _chain(session, 10_000)
    rows = await run(
        session,
        "SELECT a, d FROM generate_series(1, 10000, 487) a, generate_series(1, 10000, 491) d"
        " WHERE is_upline(2, a, d) <> (a <= d)",
    )
    assert rows == []


async def test_an_ancestor_is_found_in_few_steps(session: AsyncSession) -> None:
    """Steps of the walk are reads of the live index: some dozens, not ten thousand."""
    await _chain(session, 10_000)
    await run(session, "SELECT pg_stat_force_next_flush()")
    counted = (
        "SELECT pg_stat_get_xact_numscans(indexrelid) FROM pg_stat_user_indexes"
        " WHERE indexrelname = 'uq_placements_live'"
    )
    (before,) = (await run(session, counted))[0]
    assert await _is_upline(session, 3, 9_999)
    (after,) = (await run(session, counted))[0]
    assert 0 < after - before < 120


async def test_nobody_unplaced_has_an_upline(session: AsyncSession) -> None:
    await _chain(session, 3)
    assert not await _is_upline(session, 77, 3)
    assert not await _is_upline(session, 1, 77)
    assert await _is_upline(session, 3, 3)


async def test_random_trees_and_moves_agree_with_walking_up(session: AsyncSession) -> None:
    chance = random.Random(7)
    parents: dict[int, int | None] = {1: None}
    await run(session, CUSTOMERS, count=120)
    await _place(session, 1, None, START)
    for customer in range(2, 121):
        # Mostly deep, so that moves within one's own subtree come up often.
        parents[customer] = chance.randint(max(1, customer - 4), customer - 1)
        await _place(session, customer, parents[customer], START)
    refused = 0
    for turn in range(1, 161):
        customer, parent = chance.randint(2, 120), chance.randint(1, 120)
        if customer == parent:
            continue
        at = START + timedelta(days=turn)
        if _walks_to(parents, customer, parent):
            savepoint = await session.begin_nested()
            await run(session, CLOSE, customer=customer, at=at)
            values = {"customer": customer, "genealogy": 2, "at": at, "parent": parent}
            rule = await refusal(session, PLACE, {**values, "position": None})
            assert rule == "placements_no_cycle"
            await savepoint.rollback()
            refused += 1
        else:
            await _move(session, customer, parent, at)
            parents[customer] = parent
    assert refused > 10
    expected = {
        (ancestor, descendant)
        for ancestor in parents
        for descendant in parents
        if _walks_to(parents, ancestor, descendant)
    }
    found = await run(
        session,
        "SELECT a, d FROM generate_series(1, 120) a, generate_series(1, 120) d"
        " WHERE is_upline(2, a, d)",
    )
    assert set(found) == expected


def _walks_to(parents: dict[int, int | None], ancestor: int, descendant: int | None) -> bool:
    while descendant is not None and descendant != ancestor:
        descendant = parents[descendant]
    return descendant == ancestor


async def test_a_parent_must_be_placed(session: AsyncSession) -> None:
    await run(session, CUSTOMERS, count=2)
    values = {"customer": 2, "genealogy": 2, "at": START, "parent": 1, "position": None}
    assert await refusal(session, PLACE, values) == "placements_parent_is_placed"


async def test_one_leg_holds_one_member(session: AsyncSession) -> None:
    await run(session, CUSTOMERS, count=3)
    root = {"customer": 1, "genealogy": 3, "at": START, "parent": None, "position": None}
    await run(session, PLACE, **root)
    left = {"genealogy": 3, "at": START, "parent": 1, "position": 1}
    await run(session, PLACE, customer=2, **left)
    taken = await refusal(session, PLACE, {"customer": 3, **left})
    assert taken == "uq_placements_binary_position"


async def test_who_leaves_leaves_nobody_behind(session: AsyncSession) -> None:
    await _chain(session, 3)
    values = {"customer": 2, "at": START + timedelta(days=1)}
    assert await refusal(session, CLOSE, values) == "placements_no_orphans"
    assert await refusal(session, CLOSE, values | {"customer": 3}) is None


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM placements WHERE customer_id = 3",
        "UPDATE placements SET parent_id = 1 WHERE customer_id = 3",
        "UPDATE placements SET depth = 9 WHERE customer_id = 3",
        "UPDATE placements SET jump_id = 3 WHERE customer_id = 3",
        "UPDATE placements SET valid_from = '2013-01-01Z' WHERE customer_id = 3",
    ],
)
async def test_stays_are_not_rewritten(session: AsyncSession, statement: str) -> None:
    await _chain(session, 3)
    assert await refusal(session, statement) == "placements_history"


async def test_a_closed_stay_stays_closed(session: AsyncSession) -> None:
    await _chain(session, 3)
    await _move(session, 3, 1, START + timedelta(days=1))
    reopened = "UPDATE placements SET valid_to = NULL WHERE customer_id = 3"
    assert await refusal(session, reopened) == "placements_history"


async def test_rivals_moving_under_each_other_make_no_cycle(committed_database: Database) -> None:
    """1 → {2 → 4, 3 → 5}: 2 moves below 5 while 3 moves below 4."""
    async with committed_database.session() as session:
        await run(session, CUSTOMERS, count=5)
        for customer, parent in ((1, None), (2, 1), (3, 1), (4, 2), (5, 3)):
            await _place(session, customer, parent, START)

    async def move(customer: int, parent: int) -> bool:
        try:
            async with committed_database.session() as session:
                await _move(session, customer, parent, START + timedelta(days=1))
        except DBAPIError:
            return False
        return True

    moved = await asyncio.gather(move(2, 5), move(3, 4))
    assert sorted(moved) == [False, True]
    async with committed_database.session() as session:
        assert await _is_upline(session, 1, 4)
        assert await _is_upline(session, 1, 5)
        await session.execute(text("SELECT 1"))
