"""A late order moves what a binary leg carries: every later period follows, to the cent."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from sqlalchemy import text
from tests.database import TestServer
from tests.factories.closing import CLOSER, close
from tests.factories.company import add_members, add_orders
from tests.factories.golden_company import contexts_at

from upline.core.context import SYSTEM, ContextFactory
from upline.core.db import Database
from upline.services.plan import versions
from upline.services.verify import auditor
from upline.services.workflows import restate_period

OCTOBER, NOVEMBER, DECEMBER = 405, 406, 407
IN_FEBRUARY = datetime(2015, 2, 5, 20, tzinfo=UTC)
LEFT, RIGHT = 2, 3
PLAN = """
[plan]
key = "legs"
name = "Legs"

[calendar]
late = "restate"

[[ranks]]
id = 1
key = "member"
name = "Member"
pv = 10

[[ranks]]
id = 2
key = "builder"
name = "Builder"
left = 400

[[bonuses]]
kind = "binary"
id = 1
code = "team"
name = "Team"
rate = "10%"
rates_by_rank = { builder = "20%" }

[[bonuses]]
kind = "rank"
id = 2
code = "advance"
name = "Advancement"
amounts = { builder = 75 }
"""
EARNED = """
SELECT customer_id, sum(amount) FROM (
  SELECT i.customer_id, i.amount FROM check_items i JOIN periods p USING (run_id)
  WHERE p.period_id = :period_id AND i.kind_id <> 3
  UNION ALL
  SELECT a.customer_id, a.amount FROM commission_adjustments a
  JOIN periods p ON p.run_id = a.corrects_run_id WHERE p.period_id = :period_id
) paid GROUP BY 1 HAVING sum(amount) <> 0
"""
LATE = {"order_id": 1, "customer_id": LEFT, "ordered_on": date(2014, 10, 20), "pv": "250"}


async def found(database: Database) -> ContextFactory:
    contexts = contexts_at(database, IN_FEBRUARY)
    async with contexts.open(SYSTEM) as ctx:
        await versions.load(ctx.session, PLAN, 300)
        people = {"enrolled_on": date(2014, 1, 5), "enroller_id": 1, "sponsor_id": 1}
        below = {"binary_parent_id": 1}
        await add_members(
            ctx.session,
            [
                {"customer_id": 1, "enrolled_on": date(2014, 1, 4), "binary_root": True},
                {"customer_id": LEFT, **people, **below, "binary_position_id": 1},
                {"customer_id": RIGHT, **people, **below, "binary_position_id": 2},
            ],
        )
        volumes = [(1, 50), (LEFT, 200), (RIGHT, 300)]
        await add_orders(
            ctx.session,
            [
                {
                    "order_id": month * 10 + member,
                    "customer_id": member,
                    "ordered_on": date(2014, month, 8),
                    "pv": pv + (200 if month == 12 and member == RIGHT else 0),
                }
                for month in (10, 11, 12)
                for member, pv in volumes
            ],
        )
    return contexts


async def earned(contexts: ContextFactory) -> list[dict[int, Decimal]]:
    paid = []
    async with contexts.open(SYSTEM) as ctx:
        assert await auditor.verify(ctx.session) == []
        for period_id in (OCTOBER, NOVEMBER, DECEMBER):
            rows = await ctx.session.execute(text(EARNED), {"period_id": period_id})
            paid.append(dict(tuple(row) for row in rows))
    return paid


@pytest.fixture
async def other_database(server: TestServer) -> AsyncIterator[Database]:
    url = server.clone()
    database = Database.connect(url, application="upline-tests")
    yield database
    await database.dispose()
    server.drop(url)


@pytest.mark.parametrize("closed_by_then", [1, 2, 3])
async def test_carry_and_rank_cascade(
    committed_database: Database, other_database: Database, closed_by_then: int
) -> None:
    months = (OCTOBER, NOVEMBER, DECEMBER)
    on_time = await found(other_database)
    async with on_time.open(SYSTEM) as ctx:
        await add_orders(ctx.session, [LATE])
    for period_id in months:
        await close(on_time, period_id)
    expected = await earned(on_time)

    contexts = await found(committed_database)
    for period_id in months[:closed_by_then]:
        await close(contexts, period_id)
    async with contexts.open(SYSTEM) as ctx:
        await add_orders(ctx.session, [{**LATE, "is_late": True}])
    restated = await restate_period.restate(contexts, OCTOBER, CLOSER)
    assert [pair.period_id for pair in restated.pairs] == list(months[:closed_by_then])
    # Even where no order came late, what was carried and which rank was new have changed.
    moved = {correction.period_id for correction in restated.corrections}
    assert moved == set(months[:closed_by_then])
    for period_id in months[closed_by_then:]:
        await close(contexts, period_id)
    assert await earned(contexts) == expected
    again = await restate_period.restate(contexts, OCTOBER, CLOSER)
    assert again.corrections == []
