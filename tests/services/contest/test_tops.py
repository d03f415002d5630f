"""The best ten of any organization, against sorting everybody in it."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncSession
from tests.factories.figures import context_of
from tests.factories.rolled import Rolled
from tests.factories.statements import counted

from upline.services.contest.tops import (
    BEST,
    BLOCK,
    NOBODY,
    best_of,
    build,
    find_best,
    nodes_statement,
)

LEADERSHIP = 1


@given(st.lists(st.integers(0, 9 * BLOCK), unique=True, max_size=60).filter(bool))
def test_every_node_knows_its_best(places: list[int]) -> None:
    for tier in build(np.array(places, np.int32)):
        width = BLOCK << tier.tier
        for number, ordinals in zip(tier.node_no.tolist(), tier.ordinals.tolist(), strict=True):
            inside = [k for k, place in enumerate(places) if place // width == number]
            assert inside
            known = [ordinal for ordinal in ordinals if ordinal != NOBODY]
            if tier.tier:
                assert known == inside[:BEST]
            else:
                assert sorted(known) == inside
                assert all(ordinals[places[k] % BLOCK] == k for k in inside)
    assert tier.node_no.tolist() == [0]


def test_blocks_that_reach_beyond_are_cut() -> None:
    (tier,) = build(np.array([5, 9, 2, 7], np.int32))
    nodes = [(0, 0, tier.ordinals.tobytes())] * 2
    assert best_of(3, 9, nodes) == [0, 3]
    assert best_of(9, 9, nodes) == []
    assert best_of(0, 99, []) == []


async def test_organizations_of_every_size(session: AsyncSession, rolled: Rolled) -> None:
    ctx, ordinal_of = context_of(session), np.argsort(rolled.standing.member).tolist()
    contestants = np.sort(rolled.standing.member).tolist()
    ordinals = dict(zip(contestants, ordinal_of, strict=True))
    assert len(contestants) > 3 * BEST
    for customer in rolled.snapshot.customer_id.tolist()[::29]:
        below = rolled.below(customer, "sponsor")
        best = sorted(ordinals[v] for v in below if v in ordinals)[:BEST]
        assert await find_best(ctx, rolled.run_id, LEADERSHIP, customer) == best


async def test_few_rows_and_one_statement(session: AsyncSession, rolled: Rolled) -> None:
    ctx = context_of(session)
    with counted() as statements:
        assert await find_best(ctx, rolled.run_id, LEADERSHIP, 3)
    assert len(statements) == 1
    rows = await nodes_statement(rolled.run_id).fetch_all(
        session, contest_id=LEADERSHIP, customer_id=3
    )
    assert len(rows) <= 4


async def test_nobody(session: AsyncSession, rolled: Rolled) -> None:
    ctx = context_of(session)
    assert await find_best(ctx, rolled.run_id, LEADERSHIP, 10**9) == []
    assert await find_best(ctx, rolled.run_id, 77, 3) == []
