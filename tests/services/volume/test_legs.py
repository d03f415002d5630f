"""Binary legs: which is strong, what is carried, what the bonuses come to."""

from decimal import Decimal

import pytest
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession
from tests.factories.family import add_family
from tests.factories.figures import NOVEMBER, NOW, OCTOBER, add_run, context_of
from tests.factories.statements import counted

from upline.core.errors import NotFound
from upline.core.paging import Page
from upline.models.commission import CheckItem
from upline.services.plan import versions
from upline.services.volume.legs import Carryover, get_legs, list_carryover

PLAN = """
[plan]
key = "pairs"
name = "Pairs"
currency = "EUR"

[[bonuses]]
kind = "retail"
id = 1
code = "retail"
name = "Retail"
rate = "10%"

[[bonuses]]
kind = "binary"
id = 2
code = "team"
name = "Team"
rate = "10%"
"""
FIGURES = {
    "left_volume": 100,
    "right_volume": 30,
    "carry_left_in": 5,
    "carry_right_in": 80,
    "left_new": 100,
    "right_new": 30,
    "left_paid": 105,
    "right_paid": 105,
    "right_flushed": 2,
    "carry_left_out": 0,
    "carry_right_out": 3,
}


async def _pay(session: AsyncSession, run_id: int, *items: tuple[int, int, int, str]) -> None:
    for number, (customer, kind, bonus, amount) in enumerate(items):
        await session.execute(
            insert(CheckItem).values(
                run_id=run_id,
                item_no=number,
                customer_id=customer,
                kind_id=kind,
                bonus_id=bonus,
                ledger_type_id=0,
                level=1,
                amount=Decimal(amount),
            )
        )


async def test_strong_and_weak(session: AsyncSession) -> None:
    await add_family(session)
    await versions.load(session, PLAN, 300)
    run_id = await add_run(session, NOVEMBER, {1: FIGURES, 2: {}})
    await _pay(session, run_id, (1, 1, 2, "7.5"), (1, 1, 2, "3"), (1, 1, 1, "9"), (2, 1, 2, "1"))
    legs = await get_legs(context_of(session), 1, 0)
    assert (legs.customer_id, legs.period_id, legs.as_of) == (1, NOVEMBER, NOW)
    assert (legs.left_total, legs.right_total) == (105, 110)
    assert (legs.strong_leg_id, legs.strong_leg) == (2, "Right")
    assert (legs.weak_leg_id, legs.weak_leg) == (1, "Left")
    assert legs.paid_leg_volume == 105
    assert (legs.projected_pay, legs.currency_code) == (Decimal("10.5"), "EUR")


async def test_even_legs_have_no_strong_one(session: AsyncSession) -> None:
    await add_family(session)
    await versions.load(session, PLAN, 300)
    await add_run(session, NOVEMBER, {1: {"left_volume": 9, "right_volume": 9}})
    legs = await get_legs(context_of(session), 1, NOVEMBER)
    assert (legs.strong_leg, legs.weak_leg, legs.paid_leg_volume) == (None, None, 9)
    unknown = await get_legs(context_of(session), 6, OCTOBER)
    assert (unknown.left_total, unknown.projected_pay, unknown.as_of) == (0, 0, NOW)
    with pytest.raises(NotFound):
        await get_legs(context_of(session), 1, 3)


async def test_weeks_where_the_plan_pays_by_the_week(session: AsyncSession) -> None:
    await add_family(session)
    await versions.load(session, PLAN + '\n[calendar]\nperiod = "week"\n', 10_000)
    await add_run(session, 10_028, {1: FIGURES})
    assert (await get_legs(context_of(session), 1, 0)).period_id == 10_028
    found = await list_carryover(context_of(session), 1, Page())
    assert [row.period_id for row in found.items] == [10_028]


async def test_carryover_newest_first(session: AsyncSession) -> None:
    await add_family(session)
    await versions.load(session, PLAN, 300)
    await add_run(session, OCTOBER - 2, {1: FIGURES})
    await add_run(session, OCTOBER, {1: {"carry_right_out": 80}})
    await add_run(session, NOVEMBER, {1: FIGURES})
    ctx = context_of(session)
    found = await list_carryover(ctx, 1, Page())
    assert list(found.items) == [
        Carryover(NOVEMBER, *map(Decimal, (5, 80, 100, 30, 105, 105, 0, 2, 0, 3))),
        Carryover(OCTOBER, *map(Decimal, (0, 0, 0, 0, 0, 0, 0, 0, 0, 80))),
    ]
    assert found.total == 2
    assert [row.period_id for row in (await list_carryover(ctx, 1, Page(2, 1))).items] == [OCTOBER]


async def test_statements(session: AsyncSession) -> None:
    await add_family(session)
    await versions.load(session, PLAN, 300)
    await add_run(session, NOVEMBER, {1: FIGURES})
    ctx = context_of(session)
    with counted() as statements:
        await get_legs(ctx, 1, 0)
        await list_carryover(ctx, 1, Page())
    assert len(statements) == 3 + 3  # the versions of the plan are read by both
