"""Points are spent oldest first, within the month's limit, and never twice."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from sqlalchemy import select
from tests.factories.company import load_essential
from tests.factories.family import add_family
from tests.factories.golden_company import contexts_at
from tests.factories.rewards import add_autoship_orders
from tests.services.points.conftest import MEMBER, NOVEMBER

from upline.core.context import SYSTEM, Context
from upline.core.db import Database
from upline.models.points import PointEntry
from upline.services.points import posting, redemption
from upline.services.points.history import get_schedule
from upline.services.points.redemption import Balance, NotEnoughPoints

YEAR = range(NOVEMBER - 11, NOVEMBER + 1)
ORDER = 50_012


async def _balance(ctx: Context) -> Balance:
    return await redemption.get_balance(ctx, await get_schedule(ctx), MEMBER)


async def _earn(ctx: Context, pv: int = 80) -> None:
    await add_autoship_orders(ctx.session, MEMBER, YEAR, pv=pv)
    await posting.post_months(ctx, YEAR)


async def test_the_oldest_lots_go_first(family: Context) -> None:
    await _earn(family)
    await redemption.redeem(family, MEMBER, ORDER, Decimal(20))
    taken = await family.session.execute(
        select(PointEntry.amount).where(PointEntry.entry_type_id == 2).order_by(PointEntry.entry_id)
    )
    assert taken.scalars().all() == [-8, -8, -4]
    balance = await _balance(family)
    assert (balance.total, balance.available) == (76, 76)


async def test_a_month_has_its_limit(family: Context) -> None:
    await _earn(family, pv=800)
    balance = await _balance(family)
    assert (balance.total, balance.available) == (960, 350)
    await redemption.redeem(family, MEMBER, ORDER, Decimal(300))
    assert (await _balance(family)).available == 50
    with pytest.raises(NotEnoughPoints):
        await redemption.redeem(family, MEMBER, ORDER, Decimal(51))
    december = replace(family, now=datetime(2014, 12, 2, tzinfo=UTC))
    assert (await _balance(december)).available == 350


@pytest.mark.parametrize("points", ["0", "-1", "97"])
async def test_what_cannot_be_spent(family: Context, points: str) -> None:
    await _earn(family)
    with pytest.raises(NotEnoughPoints):
        await redemption.redeem(family, MEMBER, ORDER, Decimal(points))
    assert (await _balance(family)).total == 96


async def test_the_first_two_months_only_save(family: Context) -> None:
    await add_autoship_orders(family.session, MEMBER, [405, 406])
    await posting.post_months(family, YEAR)
    balance = await _balance(family)
    assert (balance.total, balance.available, balance.months_in_a_row) == (16, 0, 2)


async def test_expired_points_are_gone_before_anybody_posts_it(family: Context) -> None:
    await _earn(family)
    # The lots of March and April are over, whose orders earned 8 each.
    spring = replace(family, now=datetime(2015, 4, 2, tzinfo=UTC))
    assert (await _balance(spring)).total == 80


async def test_points_are_never_spent_twice(committed_database: Database) -> None:
    contexts = contexts_at(committed_database)
    async with contexts.open(SYSTEM) as ctx:
        await add_family(ctx.session)
        await load_essential(ctx.session)
        await _earn(ctx)

    async def spend() -> bool:
        try:
            async with contexts.open(SYSTEM) as ctx:
                await redemption.redeem(ctx, MEMBER, ORDER, Decimal(40))
        except NotEnoughPoints:
            return False
        return True

    assert sorted(await asyncio.gather(*(spend() for _ in range(4)))) == [False, False, True, True]
    async with contexts.open(SYSTEM) as ctx:
        assert (await _balance(ctx)).total == 16
