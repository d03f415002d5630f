"""The ten of an organization, with what they did."""

from sqlalchemy.ext.asyncio import AsyncSession
from tests.factories.figures import OCTOBER, context_of
from tests.factories.rolled import Rolled
from tests.factories.statements import counted

from upline.services.contest.leaders import list_leaders


async def test_the_ten_below_and_what_for(session: AsyncSession, rolled: Rolled) -> None:
    ctx, s = context_of(session), rolled.snapshot
    below = {s.customer_id[v].item() for v in rolled.below(6, "sponsor")}
    expected = [m for m in s.customer_id[rolled.standing.member].tolist() if m in below][:10]
    leaders = await list_leaders(ctx, 6, 0)
    assert [leader.person.customer_id for leader in leaders] == expected
    assert [leader.position for leader in leaders] == list(range(1, 11))
    for leader in leaders:
        parts = leader.enrolment_points + leader.rank_points + leader.growth_points
        assert parts == leader.points
        assert leader.enrolments * 10 == leader.enrolment_points
        assert (leader.rank_advances > 0) == (leader.rank_points > 0)
        assert leader.person.last_name == f"No. {leader.person.customer_id}"


async def test_nobody_below_nobody_first(session: AsyncSession, rolled: Rolled) -> None:
    ctx = context_of(session)
    leaf = rolled.snapshot.customer_id[-1].item()
    assert await list_leaders(ctx, leaf, 0) == []
    assert await list_leaders(ctx, 6, OCTOBER) == []


async def test_the_same_statements_for_any_organization(
    session: AsyncSession, rolled: Rolled
) -> None:
    ctx = context_of(session)
    await list_leaders(ctx, 3, 0)
    with counted() as statements:
        assert len(await list_leaders(ctx, 3, 0)) == 10
    assert len(statements) == 5
