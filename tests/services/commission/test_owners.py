"""Positions that change hands: closed periods and their corrections stay with their owners."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from tests.factories.closing import close
from tests.factories.company import add_members, add_orders
from tests.factories.family import add_family
from tests.factories.figures import context_of
from tests.factories.golden_company import contexts_at

from upline.core.context import SYSTEM, ContextFactory
from upline.core.db import Database
from upline.core.errors import FieldInvalid, NotFound
from upline.models.commission import CheckItem, CommissionAdjustment
from upline.services.commission import owners
from upline.services.plan import versions
from upline.services.verify import auditor
from upline.services.workflows import restate_period

SEPTEMBER, OCTOBER = 404, 405
PLAN = """
[plan]
key = "owners"
name = "Owners"

[calendar]
late = "restate"

[[bonuses]]
kind = "unilevel"
id = 1
code = "levels"
name = "Levels"
rates = ["10%"]
most_per_owner = 30
"""


async def test_a_closed_period_keeps_its_owner(committed_database: Database) -> None:
    """2 belongs to 1 in September and to 3 from October: each period is cut for its owner."""
    contexts = contexts_at(committed_database, datetime(2014, 12, 10, tzinfo=UTC))
    await _found(contexts)
    september = (await close(contexts, SEPTEMBER)).run_id
    assert await _paid(contexts, september) == {1: 15, 2: 15}
    async with contexts.open(SYSTEM) as ctx:
        await owners.give(ctx, 2, 1 + 2, OCTOBER, "Sold")
    october = (await close(contexts, OCTOBER)).run_id
    assert await _paid(contexts, october) == {1: 20, 2: 20}
    # Another 200 of September for 2: of 60 that both would get, 30 are cut to 10 and 20.
    late = {"order_id": 99, "customer_id": 5, "ordered_on": date(2014, 9, 20), "pv": "200"}
    async with contexts.open(SYSTEM) as ctx:
        await add_orders(ctx.session, [late | {"is_late": True}])
    restated = await restate_period.restate(contexts, SEPTEMBER, SYSTEM)
    assert [(one.customer_id, one.amount) for one in restated.corrections] == [(1, -5), (2, 5)]
    adjustment = CommissionAdjustment
    async with contexts.open(SYSTEM) as ctx:
        rows = await ctx.session.execute(
            select(adjustment.customer_id, adjustment.position_id, adjustment.amount)
        )
        assert sorted(rows.all(), key=lambda row: row.amount) == [(1, None, -5), (1, 2, 5)]
        assert await auditor.verify(ctx.session) == []
    assert (await restate_period.restate(contexts, SEPTEMBER, SYSTEM)).corrections == []


async def _found(contexts: ContextFactory) -> None:
    enrolled = {"enrolled_on": date(2014, 8, 1)}
    members: list[dict[str, Any]] = [
        {"customer_id": number, "sponsor_id": sponsor} | enrolled
        for number, sponsor in ((1, 0), (2, 0), (3, 0), (4, 1), (5, 2))
    ]
    orders = [
        {"order_id": 10 * month + buyer, "customer_id": buyer, "pv": "200"}
        | {"ordered_on": date(2014, month, 9)}
        for month in (9, 10)
        for buyer in (4, 5)
    ]
    async with contexts.open(SYSTEM) as ctx:
        await versions.load(ctx.session, PLAN, 300)
        await add_members(ctx.session, members)
        await add_orders(ctx.session, orders)
        await owners.give(ctx, 2, 1, 300, "Second center")


async def _paid(contexts: ContextFactory, run_id: int) -> dict[int, Decimal]:
    async with contexts.open(SYSTEM) as ctx:
        rows = await ctx.session.execute(
            select(CheckItem.customer_id, CheckItem.amount).where(CheckItem.run_id == run_id)
        )
        return dict(rows.all())


async def test_who_owns_what(session: AsyncSession) -> None:
    await add_family(session)
    ctx = context_of(session)
    await owners.give(ctx, 2, 3, 405, "Sold")
    await owners.give(ctx, 2, None, 407, "Bought back")
    listed = [(one.owner_id, one.until, one.reason) for one in await owners.list_owners(ctx, 2)]
    assert listed == [
        (None, None, ""),
        (3, datetime(2014, 12, 1, 7, tzinfo=UTC), "Bought back"),
        (None, datetime(2014, 10, 1, 6, tzinfo=UTC), "Sold"),
    ]
    await owners.give(ctx, 2, 3, 408, "Sold again")
    for position, owner, period, reason in (
        (2, 3, 409, "x"),  # it is so already
        (2, 1, 408, "x"),  # changed in that period
        (2, 2, 409, "x"),
        (2, 999, 409, "x"),
        (1, 2, 409, "x"),  # owned itself
        (3, 1, 409, "x"),  # owns 2
        (2, 1, 9, "x"),
        (2, 1, 409, " "),
        (2, 1, 409, "x" * 201),
    ):
        with pytest.raises(FieldInvalid):
            await owners.give(ctx, position, owner, period, reason)
    for attempt in (owners.give(ctx, 999, 1, 409, "x"), owners.list_owners(ctx, 999)):
        with pytest.raises(NotFound):
            await attempt
