"""A company's life in any order of events: the auditor is asked after each of them, and in the end
everybody has earned what he would have, had all of it been known in time."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from sqlalchemy import text
from tests.database import TestServer
from tests.factories.closing import APPROVER, CLOSER, close
from tests.factories.company import add_members, add_orders, place_again
from tests.factories.golden_company import contexts_at
from tests.factories.payouts import CLERK, TREASURER, add_payout_methods

from upline.core.context import SYSTEM, ContextFactory
from upline.core.db import Database
from upline.services.payout.batches import AlreadyPaid
from upline.services.plan import versions
from upline.services.verify import auditor
from upline.services.workflows import close_period, pay_period, restate_period, review_period

MONTHS = (405, 406, 407)  # October to December 2014
FIRST_DAY, LAST_DAY = date(2014, 10, 1), date(2014, 12, 31)
ENROLLED = date(2014, 10, 5)  # the last of them
IN_FEBRUARY = datetime(2015, 2, 5, 20, tzinfo=UTC)
MEMBERS = 14
PLAN = """
[plan]
key = "life"
name = "Life"

[calendar]
late = "restate"

[[ranks]]
id = 1
key = "member"
name = "Member"
pv = 50

[[ranks]]
id = 2
key = "builder"
name = "Builder"
pv = 50
ov = 600
grace = 1

[[ranks]]
id = 3
key = "leader"
name = "Leader"
ov = 900
held = { rank = "builder", periods = 1 }

[[bonuses]]
kind = "fast_start"
id = 1
code = "start"
name = "Start"
months = 2
levels = [{ rate = "25%", cap = 40 }, { rate = "10%" }]

[[bonuses]]
kind = "unilevel"
id = 2
code = "levels"
name = "Levels"
rates = ["8%", "5%", "4%"]
requires = { pv = 50 }
most_per_lifetime = 60

[[bonuses]]
kind = "binary"
id = 3
code = "team"
name = "Team"
cycle = { strong = 100, weak = 50, pay = 7.5, first = { strong = 200, weak = 50, pay = 20 } }
max_cycles = 4
carry_periods = 1
requires = { pv = 30 }
unqualified = "flush_weak"

[[bonuses]]
kind = "matching"
id = 4
code = "match"
name = "Match"
on = ["levels", "team"]
rates = ["10%", "3.3333%"]

[[bonuses]]
kind = "rank"
id = 5
code = "advance"
name = "Advancement"
amounts = { member = 5, builder = 75, leader = 200 }

[[bonuses]]
kind = "pool"
id = 6
code = "pool"
name = "Pool"
rate = "2%"
parts = [{ by = "ov", growth = "best" }]

[[limits]]
bonuses = ["levels", "team", "match"]
most_per_member = { member = 45, builder = 90 }
most_of_volume = "25%"

[[fees]]
name = "Fee"
ledger_type = 2
amount = 3
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


@dataclass
class Life:
    """orders, moves: all that was told so far, and what days it is of. waiting: batches."""

    contexts: ContextFactory
    random: Random
    orders: list[dict[str, Any]] = field(default_factory=list)
    moves: dict[int, tuple[int, date]] = field(default_factory=dict)
    closed: int = 0
    waiting: list[int] = field(default_factory=list)

    def day(self, first: date = FIRST_DAY) -> date:
        return first + timedelta(days=self.random.randrange((LAST_DAY - first).days + 1))

    async def order(self) -> None:
        day = self.day()
        row = {
            "order_id": len(self.orders) + 1,
            "customer_id": self.random.randint(1, MEMBERS),
            "ordered_on": day,
            "pv": self.random.choice(["33.76", "60", "100", "250.5"]),
        }
        self.orders.append(row)
        is_late = day.month - 10 < self.closed
        async with self.contexts.open(SYSTEM) as ctx:
            await add_orders(ctx.session, [row | {"is_late": is_late}])

    async def move(self) -> None:
        """It turns out that somebody has stood elsewhere for a while."""
        customer = self.random.randint(3, MEMBERS)
        if customer not in self.moves:
            parent = self.random.randint(1, customer - 1)  # nobody moves below those below him
            self.moves[customer] = parent, self.day(ENROLLED + timedelta(days=1))
            async with self.contexts.open(SYSTEM) as ctx:
                await place_again(ctx.session, customer, *self.moves[customer])

    async def preview(self) -> None:
        if self.closed < len(MONTHS):
            await close_period.preview(self.contexts, MONTHS[self.closed], CLOSER)

    async def look_over(self) -> None:
        """Figures are calculated, and not liked."""
        if self.closed < len(MONTHS):
            await close_period.close(self.contexts, MONTHS[self.closed], CLOSER)
            await review_period.reject(self.contexts, MONTHS[self.closed], APPROVER, "Not yet")

    async def close(self) -> None:
        if self.closed < len(MONTHS):
            await close(self.contexts, MONTHS[self.closed])
            self.closed += 1

    async def restate(self) -> None:
        if self.closed:
            since = MONTHS[self.random.randrange(self.closed)]
            await restate_period.restate(self.contexts, since, CLOSER)

    async def prepare(self) -> None:
        if self.closed:
            period_id = MONTHS[self.random.randrange(self.closed)]
            try:
                batches = await pay_period.prepare(self.contexts, period_id, CLERK)
            except AlreadyPaid:
                return
            self.waiting += [batch.payout_batch_id for batch in batches]

    async def pay(self) -> None:
        if self.waiting:
            number = self.waiting.pop(self.random.randrange(len(self.waiting)))
            await pay_period.approve(self.contexts, number, TREASURER)
            await pay_period.settle(self.contexts, number, CLERK)


async def found(database: Database, seed: int) -> ContextFactory:
    """Everybody enrolled by then; in the binary tree two below each."""
    random, contexts = Random(seed), contexts_at(database, IN_FEBRUARY)
    rows = [{"customer_id": 1, "enrolled_on": date(2014, 8, 4), "binary_root": True}]
    for number in range(2, MEMBERS + 1):
        sponsor = random.randint(max(1, number - 4), number - 1)
        rows.append(
            {"customer_id": number, "enrolled_on": ENROLLED.replace(month=random.randint(8, 10)),
             "sponsor_id": sponsor, "enroller_id": random.randint(1, sponsor),
             "binary_parent_id": number // 2, "binary_position_id": 1 + number % 2}
        )  # fmt: skip
    async with contexts.open(SYSTEM) as ctx:
        await versions.load(ctx.session, PLAN, 300)
        await add_members(ctx.session, sorted(rows, key=lambda row: row["customer_id"]))
        await add_payout_methods(ctx, range(1, MEMBERS + 1))
    return contexts


async def earned(contexts: ContextFactory) -> list[dict[int, Decimal]]:
    paid = []
    async with contexts.open(SYSTEM) as ctx:
        for period_id in MONTHS:
            rows = await ctx.session.execute(text(EARNED), {"period_id": period_id})
            paid.append(dict(tuple(row) for row in rows))
    return paid


async def audit(contexts: ContextFactory, after: str) -> None:
    async with contexts.open(SYSTEM) as ctx:
        assert await auditor.verify(ctx.session) == [], after


@pytest.fixture
async def other_database(server: TestServer) -> AsyncIterator[Database]:
    url = server.clone()
    database = Database.connect(url, application="upline-tests")
    yield database
    await database.dispose()
    server.drop(url)


async def live(database: Database, other: Database, seed: int, steps: int) -> None:
    random = Random(seed)
    life = Life(await found(database, seed), random)
    events = [life.order] * 9 + [life.move] * 2 + [life.close, life.restate, life.prepare, life.pay]
    events += [life.preview, life.look_over]
    for step in range(steps):
        event = random.choice(events) if step > 12 else life.order
        await event()
        await audit(life.contexts, f"step {step}: {event.__name__}")
    while life.closed < len(MONTHS):
        await life.close()
    await restate_period.restate(life.contexts, MONTHS[0], CLOSER)
    await audit(life.contexts, "the last restatement")
    again = await restate_period.restate(life.contexts, MONTHS[0], CLOSER)
    assert again.corrections == []

    on_time = await found(other, seed)
    async with on_time.open(SYSTEM) as ctx:
        await add_orders(ctx.session, life.orders)
        for customer, (parent, day) in life.moves.items():
            await place_again(ctx.session, customer, parent, day)
    for period_id in MONTHS:
        await close(on_time, period_id)
    assert await earned(life.contexts) == await earned(on_time)


@pytest.mark.parametrize("seed", [3, 14])
async def test_what_is_earned_follows_from_what_happened(
    committed_database: Database, other_database: Database, seed: int
) -> None:
    await live(committed_database, other_database, seed, 30)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 130))
async def test_many_lives(
    committed_database: Database, other_database: Database, seed: int
) -> None:
    await live(committed_database, other_database, seed, 80)
