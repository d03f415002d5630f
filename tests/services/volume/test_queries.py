"""Volumes period by period: the run in force, zeros where there is none, and the calendar."""

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy.ext.asyncio import AsyncSession
from tests.factories.family import add_family, add_months
from tests.factories.figures import NOVEMBER, NOW, OCTOBER, add_run, context_of
from tests.factories.statements import counted

from upline.core.context import Context
from upline.core.errors import NotFound
from upline.core.paging import Page
from upline.services.period import calendar
from upline.services.volume import queries
from upline.services.volume.queries import Volume

WEEK = calendar.week_id(date(2014, 11, 17))


@pytest.fixture
async def ctx(session: AsyncSession) -> Context:
    await add_family(session)
    await add_months(session)
    return context_of(session)


async def test_newest_period_first(ctx: Context) -> None:
    found = await queries.list_volumes(ctx, 1, Page())
    assert [v.period_id for v in found.items] == [NOVEMBER, OCTOBER]
    assert found.total == 2
    assert [v.organization_volume for v in found.items] == [310, 250]


async def test_pages(ctx: Context) -> None:
    found = await queries.list_volumes(ctx, 1, Page(2, 1))
    assert ([v.period_id for v in found.items], found.total) == ([OCTOBER], 2)
    assert (await queries.list_volumes(ctx, 1, Page(3, 1))).items == []


async def test_fields(ctx: Context) -> None:
    volume = await queries.get_volume(ctx, 1, NOVEMBER)
    assert (volume.customer_id, volume.period_id, volume.as_of) == (1, NOVEMBER, NOW)
    assert (volume.personal_volume, volume.group_volume) == (50, 310)
    assert (volume.rank_id, volume.rank) == (2, "Senior Star")
    assert (volume.paid_as_rank_id, volume.paid_as_rank) == (1, "Star")


async def test_the_lesser_leg_counts_with_its_carry(session: AsyncSession) -> None:
    await add_family(session)
    legs = {"left_volume": 100, "right_volume": 30, "carry_left_in": 5, "carry_right_in": 80}
    await add_run(session, NOVEMBER, {1: legs})
    volume = await queries.get_volume(context_of(session), 1, 0)
    assert (volume.left_volume, volume.carryover_left) == (100, 5)
    assert (volume.right_volume, volume.carryover_right) == (30, 80)
    assert volume.paid_leg_volume == 105


async def test_current_is_week_then_month(ctx: Context) -> None:
    week, month = await queries.list_current(ctx, 1)
    assert (week.period_id, month.period_id) == (WEEK, NOVEMBER)
    assert week == Volume(1, WEEK, NOW)
    assert month.organization_volume == 310


async def test_who_enrolled_since_the_run_has_zeros(session: AsyncSession) -> None:
    await add_family(session)
    await add_run(session, NOVEMBER, {1: {"pv": 50}})
    volume = await queries.get_volume(context_of(session), 6, NOVEMBER)
    assert volume == Volume(6, NOVEMBER, NOW)
    assert (volume.personal_volume, volume.rank_id) == (Decimal(0), -1)


async def test_periods_before_enrolment_are_not_listed(session: AsyncSession) -> None:
    await add_family(session)
    august = OCTOBER - 2
    await add_run(session, august, {})
    await add_run(session, OCTOBER, {1: {"pv": 1}})
    found = await queries.list_volumes(context_of(session), 1, Page())
    assert [v.period_id for v in found.items] == [OCTOBER]


async def test_zero_is_the_current_month(ctx: Context) -> None:
    assert await queries.get_volume(ctx, 2, 0) == await queries.get_volume(ctx, 2, NOVEMBER)


@pytest.mark.parametrize("period", [-1, 1, 2**62])
async def test_numbers_outside_the_calendar(ctx: Context, period: int) -> None:
    with pytest.raises(NotFound):
        await queries.get_volume(ctx, 1, period)


async def test_statements_do_not_grow_with_the_periods(ctx: Context, session: AsyncSession) -> None:
    sent = []
    for size in (1, 100):
        with counted() as statements:
            await queries.list_volumes(ctx, 1, Page(1, size))
        sent.append(len(statements))
    assert sent == [2, 2]
