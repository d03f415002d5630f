"""Binary legs from run to run: dated carry, exemptions, owners, days; no volume is lost."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import insert, select, update
from tests.factories.closing import close
from tests.factories.company import add_members, add_orders
from tests.factories.golden_company import contexts_at

from upline.core.context import SYSTEM, ContextFactory
from upline.core.db import Database
from upline.models.binary import BinaryLot, CarryExemption
from upline.models.commission import CheckItem
from upline.models.customer import Customer
from upline.models.order import Order
from upline.models.volume import MemberPeriod, VolumeEntry
from upline.services.plan import versions
from upline.services.verify import auditor

SEPTEMBER, OCTOBER = 404, 405
DECEMBER = datetime(2014, 12, 10, 20, tzinfo=UTC)
PLAN = """
[plan]
key = "legs"
name = "Legs"

[[bonuses]]
kind = "binary"
id = 1
code = "team"
name = "Team"
"""
# 1 has 2 on the left and 3 on the right; so has 4 with 5 and 6.
MEMBERS = [
    {"customer_id": number, "enrolled_on": date(2014, 8, 1), "binary_root": number in (1, 4)}
    | ({"binary_parent_id": below, "binary_position_id": side} if below else {})
    for number, below, side in (
        (1, 0, 0),
        (2, 1, 1),
        (3, 1, 2),
        (4, 0, 0),
        (5, 4, 1),
        (6, 4, 2),
    )
]


async def company(database: Database, bonus: str, *orders: tuple[int, date, str]) -> ContextFactory:
    """A company under PLAN with these orders (customer, day, PV); December 2014."""
    contexts = contexts_at(database, DECEMBER)
    rows = [
        {"order_id": number, "customer_id": customer, "ordered_on": day, "pv": pv}
        for number, (customer, day, pv) in enumerate(orders, 1)
    ]
    async with contexts.open(SYSTEM) as ctx:
        await versions.load(ctx.session, PLAN + bonus, 300)
        await add_members(ctx.session, MEMBERS)
        await add_orders(ctx.session, rows)
    return contexts


async def figures(contexts: ContextFactory, run_id: int, customer_id: int) -> tuple[Any, ...]:
    """Of the left leg: carry-in, new, paid, flushed, carry-out."""
    m = MemberPeriod
    async with contexts.open(SYSTEM) as ctx:
        row = await ctx.session.execute(
            select(
                m.carry_left_in, m.left_new, m.left_paid, m.left_flushed, m.carry_left_out
            ).where(m.run_id == run_id, m.customer_id == customer_id)
        )
        return tuple(row.one())


async def paid(contexts: ContextFactory, run_id: int) -> dict[int, Decimal]:
    async with contexts.open(SYSTEM) as ctx:
        rows = await ctx.session.execute(
            select(CheckItem.customer_id, CheckItem.amount).where(CheckItem.run_id == run_id)
        )
        return dict(rows.all())


async def test_volume_is_carried_by_date_until_it_expires(committed_database: Database) -> None:
    contexts = await company(
        committed_database,
        'rate = "10%"\ncarry_periods = 1\n',
        (2, date(2014, 9, 3), "500"),
        (3, date(2014, 9, 4), "100"),
        (3, date(2014, 10, 5), "150"),
    )
    september = (await close(contexts, SEPTEMBER)).run_id
    assert await figures(contexts, september, 1) == (0, 500, 100, 0, 400)
    async with contexts.open(SYSTEM) as ctx:
        lots = await ctx.session.execute(
            select(
                BinaryLot.customer_id,
                BinaryLot.period_id,
                BinaryLot.left_volume,
                BinaryLot.right_volume,
            ).where(BinaryLot.run_id == september)
        )
        assert lots.all() == [(1, SEPTEMBER, 400, 0)]
    october = (await close(contexts, OCTOBER)).run_id
    assert await figures(contexts, october, 1) == (400, 0, 150, 250, 0)
    assert (await paid(contexts, september), await paid(contexts, october)) == ({1: 10}, {1: 15})
    async with contexts.open(SYSTEM) as ctx:
        assert await auditor.verify(ctx.session) == []


async def test_an_exemption_in_force_keeps_what_inactivity_would_flush(
    committed_database: Database,
) -> None:
    contexts = await company(
        committed_database,
        'rate = "10%"\nactive = { pv = 40 }\n',
        (2, date(2014, 9, 3), "500"),
        (5, date(2014, 9, 3), "500"),
    )
    async with contexts.open(SYSTEM) as ctx:
        since = datetime(2014, 9, 15, tzinfo=UTC)
        until = datetime(2014, 10, 15, tzinfo=UTC)
        await ctx.session.execute(
            insert(CarryExemption).values(
                customer_id=1, valid_from=since, valid_to=until, reason="Ill", created_by="test"
            )
        )
    september = (await close(contexts, SEPTEMBER)).run_id
    assert await figures(contexts, september, 1) == (0, 500, 0, 0, 500)
    assert await figures(contexts, september, 4) == (0, 500, 0, 500, 0)
    october = (await close(contexts, OCTOBER)).run_id
    assert await figures(contexts, october, 1) == (500, 0, 0, 500, 0)


async def test_positions_of_an_owner_share_a_cap(committed_database: Database) -> None:
    contexts = await company(
        committed_database,
        'rate = "10%"\nmost_per_owner = 30\n',
        *((number, date(2014, 10, 3), "300") for number in (2, 3)),
        *((number, date(2014, 10, 3), "600") for number in (5, 6)),
    )
    async with contexts.open(SYSTEM) as ctx:
        await ctx.session.execute(
            update(Customer).where(Customer.customer_id == 4).values(owner_id=1)
        )
    run_id = (await close(contexts, OCTOBER)).run_id
    assert await paid(contexts, run_id) == {1: 10, 4: 20}


async def test_each_day_has_its_own_cap_and_entries_count_on_the_company_s_day(
    committed_database: Database,
) -> None:
    contexts = await company(
        committed_database,
        "cycle = { strong = 100, weak = 100, pay = 7 }\n"
        'max_cycles = 2\nover_cap = "flush"\nevery = "day"\n',
        *((number, date(2014, 10, 3), "500") for number in (2, 3)),
        *((number, date(2014, 10, 31), "150") for number in (2, 3)),
    )
    run_id = (await close(contexts, OCTOBER)).run_id
    assert await paid(contexts, run_id) == {1: 21}
    assert await figures(contexts, run_id, 1) == (0, 650, 300, 300, 50)


async def test_a_lifetime_and_a_first_pair_reach_across_periods(
    committed_database: Database,
) -> None:
    contexts = await company(
        committed_database,
        "cycle = { strong = 100, weak = 100, pay = 7,"
        " first = { strong = 200, weak = 100, pay = 50 } }\nlifetime_cycles = 4\n",
        (2, date(2014, 9, 3), "400"),
        (3, date(2014, 9, 3), "200"),
        (2, date(2014, 10, 3), "500"),
        (3, date(2014, 10, 3), "500"),
    )
    september = (await close(contexts, SEPTEMBER)).run_id
    assert await paid(contexts, september) == {1: 57}
    assert await figures(contexts, september, 1) == (0, 400, 300, 0, 100)
    october = (await close(contexts, OCTOBER)).run_id
    assert await paid(contexts, october) == {1: 14}
    assert await figures(contexts, october, 1) == (100, 500, 200, 0, 400)
    async with contexts.open(SYSTEM) as ctx:
        assert await auditor.verify(ctx.session) == []


async def test_days_since_enrolment_are_those_of_the_order(committed_database: Database) -> None:
    """Enrolled on 1 August: day 60 is 29 September. The return of October still takes back."""
    contexts = contexts_at(committed_database, DECEMBER)
    plan = PLAN.partition("[[")[0] + (
        '[[bonuses]]\nkind = "fast_start"\nid = 1\ncode = "first"\nname = "First"\n'
        'days = 60\nlevels = [{ rate = "10%" }]\n'
    )
    async with contexts.open(SYSTEM) as ctx:
        await versions.load(ctx.session, plan, 300)
        members = [{"customer_id": 1, "enrolled_on": date(2014, 7, 1)}]
        new = {"customer_id": 2, "sponsor_id": 1, "enroller_id": 1}
        await add_members(ctx.session, [*members, new | {"enrolled_on": date(2014, 8, 1)}])
        orders = [(date(2014, 9, 29), "100"), (date(2014, 9, 30), "70")]
        rows = [
            {"order_id": k, "customer_id": 2, "ordered_on": day, "pv": pv}
            for k, (day, pv) in enumerate(orders, 1)
        ]
        await add_orders(ctx.session, rows)
        bought = await ctx.session.execute(
            select(VolumeEntry.__table__).where(VolumeEntry.order_id == 1)
        )
        [order] = bought.mappings().all()
        back = {name: order[name] for name in ("customer_id", "order_type_id", "order_id")}
        await ctx.session.execute(
            insert(VolumeEntry).values(
                **back,
                entry_type_id=2,
                corrects_id=order["entry_id"],
                period_id=OCTOBER,
                week_id=order["week_id"] + 3,
                occurred_at=datetime(2014, 10, 20, tzinfo=UTC),
                pv=-40,
                cv=-40,
                retail_margin_base=0,
            )
        )
    september = (await close(contexts, SEPTEMBER)).run_id
    october = (await close(contexts, OCTOBER)).run_id
    assert (await paid(contexts, september), await paid(contexts, october)) == ({1: 10}, {1: -4})


async def test_hours_since_enrolment_are_counted_from_its_minute(
    committed_database: Database,
) -> None:
    """72 hours end at the minute, whatever the day; the later order is a minute late."""
    contexts = contexts_at(committed_database, DECEMBER)
    plan = PLAN.partition("[[")[0] + (
        '[[bonuses]]\nkind = "fast_start"\nid = 1\ncode = "first"\nname = "First"\n'
        'hours = 72\nlevels = [{ rate = "10%" }]\n'
    )
    enrolled = datetime(2014, 9, 3, 18, 30, tzinfo=UTC)
    async with contexts.open(SYSTEM) as ctx:
        await versions.load(ctx.session, plan, 300)
        await add_members(
            ctx.session,
            [
                {"customer_id": 1, "enrolled_on": date(2014, 7, 1)},
                {"customer_id": 2, "sponsor_id": 1, "enroller_id": 1}
                | {"enrolled_on": enrolled.date()},
            ],
        )
        await ctx.session.execute(
            update(Customer).where(Customer.customer_id == 2).values(enrolled_at=enrolled)
        )
        day = date(2014, 9, 6)
        rows = [
            {"order_id": k, "customer_id": 2, "ordered_on": day, "pv": pv}
            for k, pv in enumerate(("100", "70"), 1)
        ]
        await add_orders(ctx.session, rows)
        for order_id, minutes in ((1, -1), (2, 0)):
            ordered = enrolled + timedelta(hours=72, minutes=minutes)
            await ctx.session.execute(
                update(Order).where(Order.order_id == order_id).values(ordered_at=ordered)
            )
    september = (await close(contexts, SEPTEMBER)).run_id
    assert await paid(contexts, september) == {1: 10}
