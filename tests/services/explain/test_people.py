"""Requirements that count people show what was counted, and are met as the run met them."""

from datetime import UTC, date, datetime

from sqlalchemy import update
from tests.factories.closing import close
from tests.factories.company import add_members, add_orders
from tests.factories.golden_company import contexts_at

from upline.core.context import SYSTEM
from upline.core.db import Database
from upline.models.customer import Customer
from upline.services.commission import owners
from upline.services.explain.queries import explain_period
from upline.services.plan import versions
from upline.services.workflows import close_period

SEPTEMBER, OCTOBER = 404, 405
PLAN = """
[plan]
key = "people"
name = "People"

[volumes.parts]
kits = { order_types = ["starter_kit"] }

[[bonuses]]
kind = "unilevel"
id = 1
code = "levels"
name = "Levels"
rates = ["10%"]

[bonuses.requires]
customers = { count = 2, pv = 50 }
customer_ratio = { of = ["retail"], to = ["distributor"], least = "50%", pv = 10 }
owner_pv = { one = 100, several = 200, periods = 2 }
any_of = [
  { pv = 71 }, { ov = 100, customers = { count = 3 } },
  { enrolled = { count = 9 }, volumes = { kits = 1 } },
]
best_rank = "star"

[[ranks]]
id = 1
key = "star"
name = "Star"
ov = 100
"""


async def test_people_are_counted(committed_database: Database) -> None:
    """1 owns 2 as well; two retail customers and a preferred one, who bought too little."""
    contexts = contexts_at(committed_database, datetime(2014, 12, 10, tzinfo=UTC))
    enrolled = {"enrolled_on": date(2014, 8, 1)}
    members = [
        {"customer_id": 1, **enrolled},
        {"customer_id": 2, "sponsor_id": 1, "enroller_id": 1, **enrolled},
        *(
            {"customer_id": number, "sponsor_id": 1, "enroller_id": 1, "type": kind, **enrolled}
            for number, kind in ((3, 3), (4, 3), (5, 1))
        ),
    ]
    bought = [(1, 9, 80), (1, 10, 70), (2, 10, 60), (3, 10, 50), (4, 10, 60), (5, 10, 40)]
    orders = [
        {"order_id": k, "customer_id": who, "ordered_on": date(2014, month, 9), "pv": str(pv)}
        for k, (who, month, pv) in enumerate(bought, 1)
    ]
    async with contexts.open(SYSTEM) as ctx:
        await versions.load(ctx.session, PLAN, 300)
        await add_members(ctx.session, members)
        await add_orders(ctx.session, orders)
        await ctx.session.execute(
            update(Customer).where(Customer.customer_id == 2).values(owner_id=1)
        )
    await close(contexts, SEPTEMBER)
    await close(contexts, OCTOBER)
    async with contexts.open(SYSTEM) as ctx:
        [bonus] = (await explain_period(ctx, 1, OCTOBER)).bonuses
        [second] = (await explain_period(ctx, 2, OCTOBER)).bonuses
    told = {one.name: (one.required, one.actual, one.is_met) for one in bonus.requirements[2:]}
    assert told == {
        "best rank ever achieved": ("Star", "Star", True),
        "personal customers of 50 PV": ("2", "2", True),
        "personally enrolled retail for each distributor": ("50 %", "2 for 1", True),
        "any of several": ("one of 3", "1", True),
        "own PV of all 2 positions": ("200", "210", True),
    }
    [several] = [one for one in bonus.requirements if one.alternatives]
    ways = [
        (way.is_met, [(one.name, one.required, one.actual, one.is_met) for one in way.requirements])
        for way in several.alternatives
    ]
    assert ways == [
        (False, [("pv", "71", "70", False)]),
        (
            True,
            [("ov", "100", "280", True), ("personal customers of 0 PV", "3", "3", True)],
        ),
        (
            False,
            [
                ("kits", "1", None, None),
                ("personally enrolled members of 0 PV", "9", "1", False),
            ],
        ),
    ]
    assert bonus.amount == 6  # of 60; customers count as his own
    lacking = [one.name for one in second.requirements if one.is_met is False]
    assert lacking == ["best rank ever achieved", "personal customers of 50 PV", "any of several"]


async def test_positions_are_those_of_the_periods_owner(committed_database: Database) -> None:
    """2 belonged to 1 until October, and to 3 from then on; of October itself it is known late."""
    contexts = contexts_at(committed_database, datetime(2014, 12, 10, tzinfo=UTC))
    members = [
        {"customer_id": number, "sponsor_id": number - 1, "enroller_id": number - 1}
        | {"enrolled_on": date(2014, 8, 1)}
        for number in (1, 2, 3)
    ]
    orders = [
        {"order_id": k, "customer_id": who, "ordered_on": date(2014, month, 9), "pv": str(pv)}
        for k, (who, month, pv) in enumerate(
            ((who, month, 10**who) for who in (1, 2, 3) for month in (9, 10)), 1
        )
    ]
    plan = PLAN.partition("[[")[0].replace("kits =", "# kits =") + (
        '[[bonuses]]\nkind = "unilevel"\nid = 1\ncode = "l"\nname = "L"\nrates = ["10%"]\n'
        "requires = { owner_pv = { one = 1, several = 1 } }\n"
    )

    async def positions(period_id: int) -> list[tuple[str, str | None]]:
        found = []
        async with contexts.open(SYSTEM) as ctx:
            for number in (1, 2, 3):
                [bonus] = (await explain_period(ctx, number, period_id)).bonuses
                found.append((bonus.requirements[-1].name, bonus.requirements[-1].actual))
        return found

    async with contexts.open(SYSTEM) as ctx:
        await versions.load(ctx.session, plan, 300)
        await add_members(ctx.session, members)
        await add_orders(ctx.session, orders)
        await ctx.session.execute(
            update(Customer).where(Customer.customer_id == 2).values(owner_id=1)
        )
    await close(contexts, SEPTEMBER)
    await close(contexts, OCTOBER)
    both, alone = "own PV of all 2 positions", "own PV of all 1 positions"
    before = [(both, "110"), (both, "110"), (alone, "1000")]
    after = [(alone, "10"), (both, "1100"), (both, "1100")]
    assert await positions(OCTOBER) == before
    async with contexts.open(SYSTEM) as ctx:
        await owners.give(ctx, 2, 3, OCTOBER, "Sold")
    assert await positions(SEPTEMBER) == before
    assert await positions(OCTOBER) == before  # as the run of October knew it
    await close_period.preview(contexts, OCTOBER + 1, SYSTEM)
    november = await positions(OCTOBER + 1)
    assert [name for name, _ in november] == [name for name, _ in after]
