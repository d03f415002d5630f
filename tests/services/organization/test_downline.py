"""Front lines and details, live and as closed periods left them."""

import pytest
from sqlalchemy.ext.asyncio import AsyncSession
from tests.factories.chain import add_chain
from tests.factories.family import add_family, add_months
from tests.factories.figures import NOVEMBER, OCTOBER, context_of
from tests.factories.statements import counted

from upline.core.context import Context
from upline.core.errors import NotFound
from upline.services.organization.downline import (
    ChartPoint,
    Relative,
    find_sponsor_path,
    get_children,
    get_detail,
)


@pytest.fixture
async def ctx(session: AsyncSession) -> Context:
    await add_family(session)
    await add_months(session)
    return context_of(session, 1)


async def legs(ctx: Context, member: int, period: int = 0) -> list[int]:
    found = await get_children(ctx, 1, member, period)
    assert found.total_children == len(found.legs)
    return [leg.customer_id for leg in found.legs]


async def test_the_front_line_comes_largest_first(ctx: Context) -> None:
    assert await legs(ctx, 1) == [2, 3]
    assert await legs(ctx, 1, OCTOBER) == [3, 2]
    assert await legs(ctx, 6) == []


async def test_retail_customers_are_no_legs(ctx: Context) -> None:
    assert await legs(ctx, 2) == [4]


async def test_closed_periods_keep_their_tree(ctx: Context) -> None:
    assert (await legs(ctx, 2, OCTOBER), await legs(ctx, 3, OCTOBER)) == ([], [4])
    assert (await legs(ctx, 2, NOVEMBER), await legs(ctx, 3, NOVEMBER)) == ([4], [])


async def test_periods_nothing_was_run_for(ctx: Context) -> None:
    assert await legs(ctx, 2, NOVEMBER + 1) == [4]
    assert await legs(ctx, 2, OCTOBER - 1) == [4]  # they came in September
    assert await legs(ctx, 2, OCTOBER - 2) == []
    assert await legs(ctx, 2, 300) == []


async def test_charts_go_back_seven_periods(ctx: Context) -> None:
    found = await get_children(ctx, 1, 1, 0)
    assert (found.period_id, found.current_period_id) == (NOVEMBER, NOVEMBER)
    assert (found.chart_start_period, found.chart_end_period) == (NOVEMBER - 7, NOVEMBER)
    assert found.legs[0].chart == [
        *(ChartPoint(period) for period in range(NOVEMBER - 7, OCTOBER)),
        ChartPoint(OCTOBER, pv=100, ogv=100, pgv=0),
        ChartPoint(NOVEMBER, pv=100, ogv=260, pgv=260),
    ]


async def test_details_name_sponsor_and_enroller(ctx: Context) -> None:
    found = await get_detail(ctx, 1, 6, 0)
    assert found.account.customer_id == 6
    assert found.sponsor.customer_id == found.enroller.customer_id == 4
    assert (found.sponsor.name, found.sponsor.email) == ("COOK, CARL", "")  # hides it
    top = await get_detail(ctx, 1, 1, 0)
    assert top.sponsor == top.enroller == Relative()


async def test_members_know_their_own_uplines_but_not_those_of_others(ctx: Context) -> None:
    own = await get_detail(ctx, 4, 4, 0)
    assert (own.sponsor.customer_id, own.enroller.customer_id) == (2, 1)
    assert own.enroller.email == "member1@example.com"
    seen = await get_detail(ctx, 2, 4, 0)
    assert (seen.sponsor.customer_id, seen.enroller) == (2, Relative())


async def test_the_path_leads_from_the_viewer_to_the_member(ctx: Context) -> None:
    path = await find_sponsor_path(ctx, 1, 6)
    assert [(step.customer_id, step.level) for step in path] == [(1, 0), (2, 1), (4, 2), (6, 3)]
    assert path[1].name == "ABLE, ANN"
    assert [step.customer_id for step in await find_sponsor_path(ctx, 4, 6)] == [4, 6]
    assert [step.customer_id for step in await find_sponsor_path(ctx, 6, 6)] == [6]


async def test_nobody_has_no_details(ctx: Context) -> None:
    with pytest.raises(NotFound):
        await get_detail(ctx, 1, 99, 0)


async def test_statements_do_not_grow_with_the_front_line(ctx: Context) -> None:
    counts = set()
    for member in (1, 2, 4):
        with counted() as sent:
            await get_children(ctx, 1, member, OCTOBER if member == 1 else 0)
        counts.add(len(sent))
    assert len(counts) == 1
    assert counts.pop() <= 6


async def test_a_chain_of_two_thousand(session: AsyncSession) -> None:
    await add_chain(session, 2_000)
    ctx = context_of(session, 1)
    path = await find_sponsor_path(ctx, 1, 2_000)
    assert (len(path), path[0].customer_id, path[-1].level) == (2_000, 1, 1_999)
