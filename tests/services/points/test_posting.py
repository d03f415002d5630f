"""The ledger follows the orders, however often and by however many it is brought up."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from sqlalchemy import select, update
from tests.factories.rewards import add_autoship, add_autoship_orders
from tests.services.points.conftest import MEMBER, NOVEMBER

from upline.core.context import Context
from upline.models.autoship import Autoship
from upline.models.order import Order
from upline.models.points import PointEntry
from upline.services.points import posting

YEAR = range(NOVEMBER - 11, NOVEMBER + 1)


async def _entries(ctx: Context, kind: int) -> Sequence[tuple[int, Decimal]]:
    rows = await ctx.session.execute(
        select(PointEntry.order_id, PointEntry.amount)
        .where(PointEntry.entry_type_id == kind)
        .order_by(PointEntry.order_id)
    )
    return [(order_id, amount) for order_id, amount in rows]


async def test_orders_earn_by_their_month_in_a_row(family: Context) -> None:
    await add_autoship_orders(family.session, MEMBER, YEAR)
    assert await posting.post_months(family, YEAR) == 9
    # December to February came before the first table, but their months count.
    assert await _entries(family, 1) == [(50_004 + n, 8 if n < 3 else 12) for n in range(9)]


async def test_posting_again_changes_nothing(family: Context) -> None:
    await add_autoship_orders(family.session, MEMBER, YEAR)
    await posting.post_months(family, YEAR)
    before = await _entries(family, 1)
    assert await posting.post_months(family, YEAR) == 0
    assert await _entries(family, 1) == before


async def test_small_unpaid_and_other_orders_earn_nothing(family: Context) -> None:
    await add_autoship_orders(family.session, MEMBER, [405], pv=49)
    await add_autoship_orders(family.session, MEMBER, [405, 406], first_order=60_001)
    await add_autoship_orders(family.session, 4, [406], first_order=70_001)
    for number, change in (
        (60_001, {"payment_status_id": 10}),
        (60_002, {"order_status_id": 40}),
        (70_001, {"order_type_id": 1}),
    ):
        await family.session.execute(update(Order).where(Order.order_id == number).values(change))
    assert await posting.post_months(family, YEAR) == 0


async def test_lots_expire_a_year_later_and_once(family: Context) -> None:
    await add_autoship_orders(family.session, MEMBER, [405, 406])
    await posting.post_months(family, YEAR)
    day_before = replace(family, now=datetime(2015, 10, 1, 5, 59, tzinfo=UTC))
    await posting.post_expired(day_before)
    assert await _entries(family, 3) == []
    later = replace(family, now=datetime(2015, 10, 1, 6, tzinfo=UTC))
    for _ in range(2):
        await posting.post_expired(later)
    assert await _entries(family, 3) == [(50_001, -8)]


async def test_cancelling_the_last_autoship_costs_the_points(family: Context) -> None:
    await add_autoship_orders(family.session, MEMBER, [405, 406])
    await posting.post_months(family, YEAR)
    await posting.post_forfeited(family)
    assert await _entries(family, 3) == []  # orders were imported without any autoship
    await add_autoship(family.session, MEMBER, status=3, next_date=None)
    await add_autoship(family.session, MEMBER, status=2, next_date=None)
    await posting.post_forfeited(family)
    assert await _entries(family, 3) == []  # another one is only paused
    await family.session.execute(update(Autoship).values(status_id=3))
    for _ in range(2):
        await posting.post_forfeited(family)
    assert await _entries(family, 3) == [(50_001, -8), (50_002, -8)]


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2014, 1, 31), 1, date(2014, 2, 28)),
        (date(2015, 2, 28), 12, date(2016, 2, 28)),
        (date(2014, 11, 17), 12, date(2015, 11, 17)),
    ],
)
def test_months_later(day: date, months: int, expected: date) -> None:
    assert posting.add_months(day, months) == expected
