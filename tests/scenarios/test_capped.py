"""What caps cut and pools divide is rounded once: the auditor finds every item in its lines."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from sqlalchemy import select
from tests.factories.closing import close
from tests.factories.company import add_members, add_orders
from tests.factories.golden_company import contexts_at

from upline.core.context import SYSTEM
from upline.core.db import Database
from upline.models.commission import CheckItem
from upline.services.plan import versions
from upline.services.verify import auditor

SEPTEMBER = 404
# 4 and those above him buy for 100 each: 1 is due 10 on each of three levels, 2 on two, 3 on one.
PLAN = """
[plan]
key = "capped"
name = "Capped"

[rounding]
place = "{place}"

[[bonuses]]
kind = "unilevel"
id = 1
code = "levels"
name = "Levels"
rates = ["10%", "10%", "10%"]
{cap}
"""


@pytest.mark.parametrize("place", ["level", "line", "bonus", "check"])
@pytest.mark.parametrize(
    ("cap", "expected"),
    [
        ("most_per_member = 10", {1: 10, 2: 10, 3: 10}),
        ("most_per_lifetime = 10", {1: 10, 2: 10, 3: 10}),
        ("most_per_owner = 10", {1: 10, 2: 10, 3: 10}),
        # each of the 60 is cut to 28 in all: 4.6667
        ('most_of_volume = "7%"', {1: 14, 2: Decimal("9.33"), 3: Decimal("4.67")}),
    ],
)
async def test_the_auditor_finds_capped_items_in_their_lines(
    committed_database: Database, place: str, cap: str, expected: dict[int, Decimal]
) -> None:
    paid = await closed(committed_database, PLAN.format(place=place, cap=cap))
    # Cut in proportion to the volume, levels and lines are rounded one by one.
    apart = Decimal("0.01") if "volume" in cap and place in ("level", "line") else Decimal(0)
    assert all(abs(paid[number] - expected[number]) <= apart for number in expected)


async def test_a_part_of_a_pool_is_not_rounded_twice(committed_database: Database) -> None:
    """A fourth of 11.9799 is 2.994975: 2.99, though it is 2.9950 where a line is told."""
    head = PLAN[: PLAN.index("[[bonuses]]")].format(place="level")
    pool = '[[bonuses]]\nkind = "pool"\nid = 1\ncode = "pool"\nname = "Pool"\namount = 11.9799\n'
    paid = await closed(committed_database, head + pool + 'parts = [{ by = "pv" }]\n')
    assert paid == dict.fromkeys(range(1, 5), Decimal("2.99"))


async def closed(database: Database, plan: str) -> dict[int, Decimal]:
    """What everybody is paid in a month that the auditor finds in order."""
    contexts = contexts_at(database, datetime(2014, 12, 10, tzinfo=UTC))
    members = [
        {"customer_id": number, "sponsor_id": number - 1, "enrolled_on": date(2014, 8, 1)}
        for number in range(1, 5)
    ]
    orders = [
        {"order_id": n, "customer_id": n, "ordered_on": date(2014, 9, 9), "pv": "100"}
        for n in range(1, 5)
    ]
    async with contexts.open(SYSTEM) as ctx:
        await versions.load(ctx.session, plan, 300)
        await add_members(ctx.session, members)
        await add_orders(ctx.session, orders)
    run_id = (await close(contexts, SEPTEMBER)).run_id
    async with contexts.open(SYSTEM) as ctx:
        rows = await ctx.session.execute(
            select(CheckItem.customer_id, CheckItem.amount).where(CheckItem.run_id == run_id)
        )
        paid: dict[int, Decimal] = {}
        for customer_id, amount in rows:
            paid[customer_id] = paid.get(customer_id, Decimal(0)) + amount
        assert await auditor.verify(ctx.session) == []
    return paid
