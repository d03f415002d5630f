"""Bonuses remember from one closed period to the next, and only where a plan asks."""

from datetime import UTC, date, datetime
from decimal import Decimal

from sqlalchemy import select, text
from tests.factories.closing import close
from tests.factories.company import add_members, add_orders
from tests.factories.golden_company import contexts_at

from upline.core.context import SYSTEM, ContextFactory
from upline.core.db import Database
from upline.models.bonus import BonusMemory
from upline.models.commission import CheckItem
from upline.services.plan import versions
from upline.services.verify import auditor

AUGUST, SEPTEMBER, OCTOBER = 403, 404, 405
DECEMBER = datetime(2014, 12, 10, 20, tzinfo=UTC)
PLAN = """
[plan]
key = "held"
name = "Held"

[[ranks]]
id = 0
key = "star"
name = "Star"
pv = 100

[[bonuses]]
kind = "rank"
id = 1
code = "car"
name = "Car"
amounts = { star = 300 }
"""


async def company(database: Database, bonus: str) -> ContextFactory:
    """One member who has the rank from August to October."""
    contexts = contexts_at(database, DECEMBER)
    orders = [
        {"order_id": k, "customer_id": 1, "ordered_on": date(2014, 7 + k, 3), "pv": "100"}
        for k in (1, 2, 3)
    ]
    async with contexts.open(SYSTEM) as ctx:
        await versions.load(ctx.session, PLAN + bonus, 300)
        await add_members(ctx.session, [{"customer_id": 1, "enrolled_on": date(2014, 8, 1)}])
        await add_orders(ctx.session, orders)
    return contexts


async def paid(contexts: ContextFactory, run_id: int) -> list[Decimal]:
    async with contexts.open(SYSTEM) as ctx:
        rows = await ctx.session.scalars(
            select(CheckItem.amount).where(CheckItem.run_id == run_id, CheckItem.kind_id == 1)
        )
        return list(rows)


async def test_a_rank_is_paid_once_it_was_held(committed_database: Database) -> None:
    contexts = await company(committed_database, 'paid = "every_period"\nhold = 2\n')
    runs = [(await close(contexts, period)).run_id for period in (AUGUST, SEPTEMBER, OCTOBER)]
    assert [await paid(contexts, run_id) for run_id in runs] == [[], [], [300]]
    async with contexts.open(SYSTEM) as ctx:
        rows = await ctx.session.scalars(
            select(BonusMemory.counted).order_by(BonusMemory.run_id, BonusMemory.slot)
        )
        assert list(rows) == [1, 2, 3]
        assert await auditor.verify(ctx.session) == []


async def test_a_lifetime_limit_counts_what_was_paid(committed_database: Database) -> None:
    rules = 'paid = "every_period"\nmost_per_lifetime = 700\n'
    contexts = await company(committed_database, rules)
    runs = [(await close(contexts, period)).run_id for period in (AUGUST, SEPTEMBER, OCTOBER)]
    assert [await paid(contexts, run_id) for run_id in runs] == [[300], [300], [100]]


async def test_plans_without_memory_leave_no_partition(committed_database: Database) -> None:
    contexts = await company(committed_database, "")
    run_id = (await close(contexts, AUGUST)).run_id
    async with contexts.open(SYSTEM) as ctx:
        found = await ctx.session.scalar(text(f"SELECT to_regclass('bonus_memories_r{run_id}')"))
        assert found is None
