"""What an organization adds up to, against walking over all of it."""

from collections import Counter

import pytest
from sqlalchemy.ext.asyncio import AsyncSession
from tests.factories.figures import context_of
from tests.factories.rolled import AREAS, Rolled
from tests.factories.statements import counted

from upline.services.rollup.kinds import Kind
from upline.services.rollup.reading import find_sums

TREES = {
    Kind.ENROLLER_RANKS: "enroller",
    Kind.SPONSOR_RANKS: "sponsor",
    Kind.BINARY_RANKS: "binary",
}
SOME = (3, 6, 9, 300, 690, 699, 2100)


@pytest.mark.parametrize("kind", TREES)
async def test_ranks_in_each_tree(session: AsyncSession, rolled: Rolled, kind: Kind) -> None:
    s, result = rolled.snapshot, rolled.result
    for customer in SOME:
        sums = await find_sums(context_of(session), rolled.run_id, kind, customer)
        placed = (s.binary_position != 0) | (s.binary_end - s.binary_pre > 1)
        if kind is Kind.BINARY_RANKS and not placed[s.index_of(customer)]:
            assert sums is None
            continue
        assert sums is not None
        members = [
            v
            for v in rolled.below(customer, TREES[kind])
            if s.customer_type[v] == 2 and s.status[v] != 4
        ]
        counts = Counter(result.rank[v].item() for v in members)
        new = Counter(result.rank[v].item() for v in members if rolled.fact("is_new", v))
        assert {rank: row["count"] for rank, row in sums.rows()} == counts
        assert {rank: row["new"] for rank, row in sums.rows() if row["new"]} == new


async def test_areas(session: AsyncSession, rolled: Rolled) -> None:
    s = rolled.snapshot
    for customer in SOME:
        sums = await find_sums(context_of(session), rolled.run_id, Kind.AREAS, customer)
        assert sums is not None
        below = rolled.below(customer, "sponsor")
        found = {tuple(label): row for label, row in sums.rows()}
        for number, area in enumerate(AREAS):
            here = [v for v in below if rolled.fact("area", v) == number]
            present = [v for v in here if s.status[v] != 4]
            expected = {
                "distributors": sum(s.customer_type[v] == 2 for v in present),
                "customers": sum(s.customer_type[v] != 2 for v in present),
                "new": sum(rolled.fact("is_new", v) for v in present),
                "volume": sum(rolled.result.pv[v].item() for v in here),
            }
            assert found.get(area, dict.fromkeys(expected, 0)) == expected


@pytest.mark.parametrize("with_self", [True, False])
async def test_entries_and_autoships(
    session: AsyncSession, rolled: Rolled, with_self: bool
) -> None:
    s = rolled.snapshot
    for customer in SOME:
        ctx = context_of(session)
        sums = await find_sums(ctx, rolled.run_id, Kind.ENTRIES, customer, with_self=with_self)
        assert sums is not None
        below = {*rolled.below(customer, "sponsor"), *[s.index_of(customer)] * with_self}
        assert sums.total("entries") == sum(v in below for v in s.entry_member.tolist())
        assert sums.total("due") == sum(rolled.fact("due", v) for v in below)
        assert sums.total("standing") == sum(rolled.fact("standing", v) for v in below)


async def test_autoships_of_a_leg_hold_those_of_customers_outside_the_tree(
    session: AsyncSession, rolled: Rolled
) -> None:
    s = rolled.snapshot
    placed = (s.binary_position != 0) | (s.binary_end - s.binary_pre > 1)
    for top in [v for v in range(len(s)) if placed[v]][:10]:
        customer = int(s.customer_id[top])
        sums = await find_sums(
            context_of(session), rolled.run_id, Kind.BINARY_AUTOSHIPS, customer, with_self=True
        )
        assert sums is not None
        inside = {top, *rolled.below(customer, "binary")}
        counted_in = [
            v
            for v in range(len(s))
            if v in inside or (not placed[v] and s.customer_type[v] != 2 and s.sponsor[v] in inside)
        ]
        assert sums.total("due") == sum(rolled.fact("due", v) for v in counted_in)


async def test_nobody_knows_nothing_of_them(session: AsyncSession, rolled: Rolled) -> None:
    ctx = context_of(session)
    assert await find_sums(ctx, rolled.run_id, Kind.AREAS, 10**9) is None
    assert await find_sums(ctx, None, Kind.AREAS, 3) is None


async def test_one_statement_and_two_rows(session: AsyncSession, rolled: Rolled) -> None:
    with counted() as statements:
        await find_sums(context_of(session), rolled.run_id, Kind.AREAS, 3)
    assert len(statements) == 1
