"""The way to the next rank: what is missing, and the cheapest steps, with nothing asked twice."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession
from tests.factories.company import load_essential
from tests.factories.family import add_family
from tests.factories.figures import NOVEMBER, OCTOBER, add_run, context_of
from tests.factories.statements import counted

from upline.core.context import Context
from upline.core.errors import NotFound
from upline.models.commission import RankAchievement
from upline.services.organization import advancement, standing
from upline.services.organization.advancement import Advancement, get_advancement, list_ranks
from upline.services.organization.trees import of_run
from upline.services.plan import load_builtin, versions

EXECUTIVE, SILVER, TOP = 3, 4, 9
WEEK = 10028
REACHED = datetime(2014, 9, 1, tzinfo=UTC)


async def stands(ctx: Context, figures: dict[int, dict[str, Any]], member: int = 1) -> Advancement:
    await add_run(ctx.session, NOVEMBER, figures)
    return await get_advancement(ctx, member)


def steps(found: Advancement) -> list[tuple[str, Decimal, int | None]]:
    return [(step.requirement, step.missing, step.customer_id) for step in found.cheapest_way]


@pytest.fixture
async def ctx(session: AsyncSession) -> Context:
    await add_family(session)
    await load_essential(session)
    return context_of(session, 1)


async def test_the_legs_that_need_the_least(ctx: Context) -> None:
    """Executive: 100 PV, 4000 OV, two legs of 1000 with 100 PV at their heads. 2 counts; 3 lacks
    250, 4 lacks 100 of volume but his head 90 of PV. 400 OV are missing beside 100 of that leg and
    the 20 the member buys."""
    found = await stands(
        ctx,
        {
            1: {"pv": 80, "ov": 3_480, "rank_id": 2, "paid_rank_id": 1, "max_rank_id": 2},
            2: {"sponsor_id": 1, "pv": 100, "ov": 1_500},
            3: {"sponsor_id": 1, "pv": 100, "ov": 750},
            4: {"sponsor_id": 1, "pv": 10, "ov": 900},
            5: {"sponsor_id": 1, "pv": 250, "customer_type_id": 3},
        },
    )
    assert found.next_rank is not None
    assert (found.next_rank.rank_id, found.next_rank.rank) == (EXECUTIVE, "Executive")
    assert (found.current_rank.rank, found.paid_as_rank.rank) == ("Senior Star", "Star")
    assert steps(found) == [("legs", 100, 4), ("pv", 20, None), ("ogv", 400, None)]
    missing = {leg.customer_id: (leg.missing, leg.missing_personal_volume) for leg in found.legs}
    assert missing == {2: (0, 0), 4: (100, 90), 3: (250, 0)}
    assert [leg.customer_id for leg in found.legs if leg.counts] == [2]
    percents = {asked.name: asked.percent for asked in found.requirements}
    assert percents == {"pv": 80, "ogv": 87, "legs": 50}


async def test_a_new_leg_where_there_are_too_few(ctx: Context) -> None:
    found = await stands(ctx, {1: {"pv": 100, "ov": 100, "rank_id": 2}})
    assert steps(found) == [("legs", 1_000, None), ("legs", 1_000, None), ("ogv", 1_900, None)]


async def test_a_leg_that_begins_to_count_leaves_the_group(ctx: Context) -> None:
    """Silver: 10000 OV, two legs of 4000, 1000 GV. 3 needs 500 for the second leg and takes its
    3500 from the group, whose other volume is 600; the 400 missing there are enough for OV."""
    found = await stands(
        ctx,
        {
            1: {"pv": 100, "ov": 9_100, "rank_id": EXECUTIVE},
            2: {"sponsor_id": 1, "pv": 100, "ov": 5_000},
            3: {"sponsor_id": 1, "pv": 100, "ov": 3_500},
            4: {"sponsor_id": 1, "pv": 100, "ov": 500},
        },
    )
    assert steps(found) == [("legs", 500, 3), ("pgv", 400, None)]


async def test_of_wide_front_lines_no_more_is_read_than_decides(
    ctx: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However few are read first: the rest is read where a rank counts further, or more are shown.
    3 leads an organization, which is nobody's group volume."""
    figures = {
        1: {"pv": 100, "ov": 12_000, "rank_id": EXECUTIVE, "pre": 1, "pre_end": 9},
        2: {"sponsor_id": 1, "pv": 100, "ov": 5_000, "pre": 2, "pre_end": 3},
        3: {"sponsor_id": 1, "pv": 100, "ov": 3_500, "rank_id": SILVER, "pre": 3, "pre_end": 5},
        4: {"sponsor_id": 1, "pv": 100, "ov": 500, "pre": 5, "pre_end": 6},
        5: {"sponsor_id": 1, "pv": 250, "customer_type_id": 3, "pre": 6, "pre_end": 7},
    }
    await add_run(ctx.session, NOVEMBER, figures)
    whole = (await get_advancement(ctx, 1), await list_ranks(ctx, 1))
    assert [leg.customer_id for leg in whole[0].legs] == [2, 3, 4]
    asked = {one.name: one.actual for one in whole[0].requirements}
    assert asked == {"pv": 100, "ogv": 12_000, "pgv": 3_500, "legs": 1}
    sent = []
    for first in range(5):
        monkeypatch.setattr(standing, "FIRST_READ", first)
        of_run.cache_clear()
        with counted() as statements:
            assert (await get_advancement(ctx, 1), await list_ranks(ctx, 1)) == whole
        sent.append(len(statements))
    of_run.cache_clear()
    monkeypatch.setattr(advancement, "LEGS_SHOWN", 2)
    monkeypatch.setattr(standing, "FIRST_READ", 2)
    assert [leg.customer_id for leg in (await get_advancement(ctx, 1)).legs] == [2, 3]
    of_run.cache_clear()
    assert sent == [11, 11, 10, 10, 9]  # from three on the ranks are decided, but legs not shown


async def test_nothing_is_asked_at_the_top(ctx: Context) -> None:
    found = await stands(ctx, {1: {"rank_id": TOP, "max_rank_id": TOP}})
    assert (found.next_rank, found.requirements, found.cheapest_way) == (None, [], [])
    assert found.highest_rank.rank == "Royal Crown Diamond"


async def test_who_no_run_knows_starts_at_nothing(ctx: Context) -> None:
    found = await stands(ctx, {2: {}})
    assert (found.current_rank.rank_id, found.legs) == (-1, [])
    assert steps(found) == [("pv", 50, None)]
    with pytest.raises(NotFound):
        await get_advancement(ctx, 1, 299)  # before the first plan
    with pytest.raises(NotFound):
        await get_advancement(ctx, 1, 99_999)


async def test_history_and_past_periods(ctx: Context) -> None:
    await add_run(ctx.session, OCTOBER, {1: {"pv": 60, "rank_id": 0}}, status_id=4)
    await ctx.session.execute(
        insert(RankAchievement),
        [
            {"customer_id": 1, "rank_id": rank, "period_id": period, "achieved_at": REACHED}
            for rank, period in ((0, 403), (2, 404))
        ],
    )
    found = await stands(ctx, {1: {"pv": 120, "ov": 600, "rank_id": 1, "forced_rank_id": 2}})
    assert [(h.rank_id, h.rank, h.period_id) for h in found.history] == [
        (2, "Senior Star", 404),
        (0, "Distributor", 403),
    ]
    assert found.forced_rank is not None
    assert found.forced_rank.rank == "Senior Star"
    was = await get_advancement(ctx, 1, OCTOBER)
    assert (was.period_id, was.current_rank.rank) == (OCTOBER, "Distributor")
    assert steps(was) == [("pv", 40, None), ("ogv", 460, None)]


async def test_every_rank_measured(ctx: Context, session: AsyncSession) -> None:
    await stands(
        ctx, {1: {"pv": 120, "ov": 600, "rank_id": 1, "paid_rank_id": 0, "max_rank_id": 2}}
    )
    with counted() as sent:
        ranks = await list_ranks(ctx, 1)
    assert len(sent) <= 12
    assert [rank.rank_id for rank in ranks] == list(range(10))
    assert [r.rank_id for r in ranks if r.is_current] == [1]
    assert [r.rank_id for r in ranks if r.is_paid_as] == [0]
    assert [r.rank_id for r in ranks if r.is_highest] == [2]
    star, silver = ranks[1], ranks[SILVER]
    assert star.description == "100 PV, 500 OV"
    assert all(asked.is_met for asked in star.requirements)
    assert {asked.name: asked.missing for asked in silver.requirements} == {
        "pv": 0, "ogv": 9_400, "pgv": 400, "legs": 2,
    }  # fmt: skip


async def test_where_weeks_are_paid_ranks_are_of_the_week(session: AsyncSession) -> None:
    await add_family(session)
    await versions.load(session, load_builtin("binary").text, 10_000)
    await add_run(session, WEEK, {1: {"pv": 100}})
    found = await get_advancement(context_of(session, 1), 1)
    assert found.period_id == WEEK
    assert found.next_rank is not None
