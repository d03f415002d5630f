"""Members give away what they pledged, within what the plan allows."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from sqlalchemy import select
from tests.factories.closing import close
from tests.factories.company import add_members, add_orders
from tests.factories.golden_company import contexts_at

from upline.core.context import SYSTEM, ContextFactory
from upline.core.db import Database
from upline.core.errors import FieldInvalid, NotFound
from upline.models.commission import CheckItem, CommissionCheck
from upline.services.commission import pledges
from upline.services.plan import versions
from upline.services.verify import auditor

SEPTEMBER, OCTOBER = 404, 405
DECEMBER = datetime(2014, 12, 10, 20, tzinfo=UTC)
PLAN = """
[plan]
key = "giving"
name = "Giving"

[donation]
name = "Foundation"
most = "50%"

[[bonuses]]
kind = "differential"
id = 1
code = "own"
name = "Own"
brackets = [{ volume = 0, rate = "10%" }]
pays = "own"
"""


async def company(database: Database) -> ContextFactory:
    """One member who earns 10 in September and in October."""
    contexts = contexts_at(database, DECEMBER)
    orders = [
        {"order_id": k, "customer_id": 1, "ordered_on": date(2014, 8 + k, 3), "pv": "100"}
        for k in (1, 2)
    ]
    async with contexts.open(SYSTEM) as ctx:
        await versions.load(ctx.session, PLAN, 300)
        await add_members(ctx.session, [{"customer_id": 1, "enrolled_on": date(2014, 9, 1)}])
        await add_orders(ctx.session, orders)
    return contexts


async def test_the_latest_pledge_is_taken_off_the_check(committed_database: Database) -> None:
    contexts = await company(committed_database)
    async with contexts.open(SYSTEM) as ctx:
        await pledges.pledge(ctx, 1, SEPTEMBER, Decimal("0.2"), Decimal(1))
        await pledges.pledge(ctx, 1, OCTOBER, Decimal("0.9"), Decimal(0))
    runs = [(await close(contexts, period)).run_id for period in (SEPTEMBER, OCTOBER)]
    check = CommissionCheck
    async with contexts.open(SYSTEM) as ctx:
        rows = await ctx.session.execute(
            select(check.total_commission, check.adjustments, check.donation, check.net)
            .where(check.run_id.in_(runs))
            .order_by(check.run_id)
        )
        assert rows.all() == [(10, 0, 3, 7), (10, 0, 5, 5)]
        items = await ctx.session.scalars(
            select(CheckItem.amount).where(CheckItem.run_id == runs[0], CheckItem.kind_id == 4)
        )
        assert list(items) == [-3]
        assert await auditor.verify(ctx.session) == []


async def test_a_pledge_of_nothing_ends_it(committed_database: Database) -> None:
    contexts = await company(committed_database)
    async with contexts.open(SYSTEM) as ctx:
        await pledges.pledge(ctx, 1, SEPTEMBER, Decimal("0.2"), Decimal(0))
        await pledges.pledge(ctx, 1, SEPTEMBER, Decimal(0), Decimal(0))
        assert await pledges.find_pledge(ctx, 1, SEPTEMBER - 1) is None
        found = await pledges.find_pledge(ctx, 1, OCTOBER)
        assert found == pledges.Pledge(SEPTEMBER, Decimal(0), Decimal(0))
    run_id = (await close(contexts, SEPTEMBER)).run_id
    async with contexts.open(SYSTEM) as ctx:
        donated = select(CommissionCheck.donation).where(CommissionCheck.run_id == run_id)
        assert await ctx.session.scalar(donated) == 0


@pytest.mark.parametrize(
    ("period", "rate", "amount", "field"),
    [
        (7, "0.1", "0", "first_period"),
        (SEPTEMBER, "1.1", "0", "rate"),
        (SEPTEMBER, "0.1234567", "0", "rate"),
        (SEPTEMBER, "0", "-1", "amount"),
        (SEPTEMBER, "0", "NaN", "amount"),
    ],
)
async def test_a_pledge_must_make_sense(
    committed_database: Database, period: int, rate: str, amount: str, field: str
) -> None:
    contexts = await company(committed_database)
    async with contexts.open(SYSTEM) as ctx:
        with pytest.raises(FieldInvalid) as caught:
            await pledges.pledge(ctx, 1, period, Decimal(rate), Decimal(amount))
        assert field in str(caught.value.__dict__)
        with pytest.raises(NotFound):
            await pledges.pledge(ctx, 99, SEPTEMBER, Decimal("0.1"), Decimal(0))
