"""A refund takes its share of the points along, once, and never more than are left."""

from decimal import Decimal

from sqlalchemy import func, insert, select
from tests.factories.company import noon
from tests.factories.rewards import add_autoship_orders
from tests.services.points.conftest import MEMBER, NOVEMBER

from upline.core.context import Context
from upline.models.points import PointEntry
from upline.models.volume import VolumeEntry
from upline.services.period import calendar
from upline.services.points import posting

ORDER = 50_001


async def _refund(ctx: Context, pv: str) -> None:
    day = calendar.last_day(NOVEMBER)
    await ctx.session.execute(
        insert(VolumeEntry).values(
            customer_id=MEMBER,
            period_id=NOVEMBER,
            week_id=calendar.week_id(day),
            entry_type_id=2,
            order_type_id=2,
            order_id=ORDER,
            occurred_at=noon(day),
            pv=-Decimal(pv),
        )
    )


async def _left(ctx: Context) -> Decimal | None:
    return await ctx.session.scalar(select(func.sum(PointEntry.amount)))


async def test_refunds_take_their_share_once(family: Context) -> None:
    await add_autoship_orders(family.session, MEMBER, [NOVEMBER])
    await posting.post_months(family, [NOVEMBER])
    assert await _left(family) == 8
    await _refund(family, "20")
    for _ in range(2):
        await posting.post_months(family, [NOVEMBER])
        assert await _left(family) == 6
    await _refund(family, "60")
    await posting.post_months(family, [NOVEMBER])
    assert await _left(family) == 0


async def test_what_was_spent_is_not_taken_back(family: Context) -> None:
    await add_autoship_orders(family.session, MEMBER, [NOVEMBER])
    await posting.post_months(family, [NOVEMBER])
    lot = await family.session.scalar(select(PointEntry.entry_id))
    await family.session.execute(
        insert(PointEntry).values(
            customer_id=MEMBER,
            entry_type_id=2,
            order_id=ORDER,
            lot_id=lot,
            amount=-5,
            occurred_at=family.now,
        )
    )
    await _refund(family, "80")
    await posting.post_months(family, [NOVEMBER])
    assert await _left(family) == 0
