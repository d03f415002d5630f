"""The way to the next rank, measured as the engine measures it."""

from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncSession
from tests.factories.company import load_essential
from tests.factories.family import add_family
from tests.factories.figures import NOVEMBER, add_run, context_of

from upline.core.context import Context
from upline.core.errors import NotFound
from upline.services.organization.qualification import Qualification, get_qualification
from upline.services.plan import versions

SILVER = 4


async def stands(ctx: Context, figures: dict[int, dict[str, Any]], member: int) -> Qualification:
    await add_run(ctx.session, NOVEMBER, figures)
    return await get_qualification(ctx, member, 0)


def asked(found: Qualification) -> dict[str, tuple[int, Decimal, bool]]:
    return {
        requirement.name: (int(requirement.required), requirement.actual, requirement.met)
        for requirement in found.requirements
    }


@pytest.fixture
async def ctx(session: AsyncSession) -> Context:
    await add_family(session)
    await load_essential(session)
    return context_of(session, 1)


async def test_the_next_rank_asks_what_the_plan_says(ctx: Context) -> None:
    found = await stands(
        ctx,
        {
            1: {"pv": 120, "ov": 2_500, "rank_id": 2, "paid_rank_id": 1, "max_rank_id": 3},
            2: {"sponsor_id": 1, "pv": 100, "ov": 1_500},
            3: {"sponsor_id": 1, "pv": 99, "ov": 1_000},
        },
        1,
    )
    assert (found.current_rank_id, found.paid_as_rank_id) == (2, 1)
    assert (found.max_rank_id, found.next_rank_id) == (3, 3)
    assert asked(found) == {
        "pv": (100, 120, True),
        "ogv": (4_000, 2_500, False),
        "legs": (2, 1, False),
    }
    assert [(leg.customer_id, leg.ogv, leg.qualified) for leg in found.legs] == [
        (2, 1_500, True),
        (3, 1_000, False),  # its head lacks PV
    ]


async def test_group_volume_is_measured_as_the_next_rank_would(ctx: Context) -> None:
    """6160 count for the group: all but both organizations led by a Silver. Of the legs that
    qualify, the largest two cost 0 (led by a Silver) and 800 (what is not below one)."""
    found = await stands(
        ctx,
        {
            1: {"pv": 100, "ov": 19_360, "rank_id": 3},
            2: {"sponsor_id": 1, "pv": 100, "ov": 5_000},
            6: {"sponsor_id": 2, "pv": 100, "ov": 4_200, "rank_id": SILVER},
            3: {"sponsor_id": 1, "pv": 100, "ov": 4_500},
            4: {"sponsor_id": 1, "pv": 100, "ov": 9_000, "rank_id": SILVER + 1},
            7: {"sponsor_id": 4, "pv": 100, "ov": 8_000, "rank_id": SILVER},
            5: {"sponsor_id": 1, "pv": 60, "customer_type_id": 3},
        },
        1,
    )
    assert asked(found)["pgv"] == (1_000, 19_360 - 9_000 - 4_200 - 800, True)
    assert asked(found)["legs"] == (2, 3, True)
    assert [leg.customer_id for leg in found.legs] == [4, 2, 3]  # no customers


async def test_below_the_first_rank_and_at_the_top(ctx: Context) -> None:
    found = await stands(ctx, {1: {}, 2: {"rank_id": 9, "sponsor_id": 1}}, 1)
    assert (found.current_rank_id, found.next_rank_id) == (-1, 0)
    assert asked(found) == {"pv": (50, 0, False)}
    top = await get_qualification(ctx, 2, 0)
    assert (top.current_rank_id, top.next_rank_id) == (9, 9)


async def test_a_member_no_run_knows_starts_at_nothing(ctx: Context) -> None:
    for period in (0, NOVEMBER + 12):
        found = await get_qualification(ctx, 1, period)
        assert (found.current_rank_id, found.next_rank_id, found.legs) == (-1, 0, [])
        assert asked(found) == {"pv": (50, 0, False)}


async def test_before_the_first_plan_nothing_is_asked(ctx: Context) -> None:
    found = await get_qualification(ctx, 1, 299)
    assert (found.next_rank_id, found.requirements, found.legs) == (-1, [], [])
    with pytest.raises(NotFound):
        await get_qualification(ctx, 1, 99_999)


PLAN = """
[plan]
key = "other"
name = "Other"

[volumes]
customers = ["retail"]

[[ranks]]
id = 5
key = "one"
name = "One"
total_pv = 10
left = 20
right = 30

[[ranks]]
id = 8
key = "two"
name = "Two"
ranked_legs = { count = 2, rank = "one" }
enrolled = { count = 2, pv = 50 }
capped_ov = { volume = 1000, leg_share = "40%" }
"""


async def test_every_kind_of_requirement_is_measured(session: AsyncSession) -> None:
    await add_family(session)
    await versions.load(session, PLAN, 300)
    ctx = context_of(session, 1)
    found = await stands(
        ctx,
        {
            1: {"pv": 100, "ov": 1_200, "rank_id": 5},
            2: {"sponsor_id": 1, "pv": 50, "ov": 700, "total_pv": 60, "left_volume": 19},
            3: {"sponsor_id": 1, "pv": 60, "ov": 350, "rank_id": 5},
            4: {"sponsor_id": 2, "pv": 10, "ov": 640, "rank_id": 8, "enroller_id": 1},
            6: {"sponsor_id": 4, "pv": 630, "ov": 630, "rank_id": 5, "enroller_id": 4},
            5: {"sponsor_id": 1, "pv": 50, "customer_type_id": 3},
        },
        1,
    )
    assert asked(found) == {
        "cappedogv": (1_000, 100 + 400 + 350 + 50, False),
        "rankedlegs": (2, 2, True),
        "enrolled": (2, 2, True),
    }
    assert [leg.qualified for leg in found.legs] == [False, False]
    assert asked(await get_qualification(ctx, 2, 0)) == {
        "totalpv": (10, 60, True),
        "left": (20, 19, False),
        "right": (30, 0, False),
    }
