"""What plans ask of earlier periods and of further volumes comes out of the database."""

from datetime import date
from decimal import Decimal

from sqlalchemy import insert, select
from tests.factories.closing import close
from tests.factories.company import add_members, add_orders
from tests.factories.golden_company import contexts_at

from upline.core.context import SYSTEM, ContextFactory
from upline.core.db import Database, raw_connection
from upline.models.commission import CheckItem
from upline.models.engine_input import EntryVolume, VolumeKind
from upline.models.volume import MemberPeriod, VolumeEntry
from upline.services import plan as plans
from upline.services.commission import extra_rows
from upline.services.plan import versions
from upline.services.verify import auditor

PLAN = """
[plan]
key = "lasting"
name = "Lasting"

[volumes]
kinds = ["qv"]
active_pv = 150
active_periods = 2

[[ranks]]
id = 1
key = "star"
name = "Star"
pv = 100
grace = 1

[[ranks]]
id = 2
key = "gold"
name = "Gold"
pv = 50
volumes = { qv = 30 }
held = { rank = "star", periods = 1 }
"""
MEMBER = {"customer_id": 9, "enrolled_on": date(2014, 1, 5)}


def _order(number: int, month: int, pv: str) -> dict[str, object]:
    return {"order_id": number, "customer_id": 9, "ordered_on": date(2014, month, 9), "pv": pv}


async def _found(database: Database) -> ContextFactory:
    contexts = contexts_at(database)
    async with contexts.open(SYSTEM) as ctx:
        await versions.load(ctx.session, PLAN, 400)
        await add_members(ctx.session, [MEMBER])
        orders = [_order(1, 7, "100"), _order(2, 8, "60"), _order(3, 9, "60")]
        await add_orders(ctx.session, orders)
        kind = await ctx.session.scalar(select(VolumeKind.kind_id))
        entry = select(VolumeEntry.entry_id).where(VolumeEntry.order_id == 2)
        await ctx.session.execute(
            insert(EntryVolume).values(
                entry_id=await ctx.session.scalar(entry), kind_id=kind, amount=Decimal(30)
            )
        )
    return contexts


async def test_time_in_rank_grace_and_activity(committed_database: Database) -> None:
    contexts = await _found(committed_database)
    found = []
    for period in (402, 403, 404):
        outcome = await close(contexts, period)
        async with contexts.open(SYSTEM) as ctx:
            query = select(
                MemberPeriod.rank_id, MemberPeriod.paid_rank_id, MemberPeriod.is_active
            ).where(MemberPeriod.run_id == outcome.run_id)
            found.append(tuple((await ctx.session.execute(query)).one()))
    # Star; Gold with 30 QV after a month as Star; neither, but Star is kept one month.
    assert found == [(1, 1, False), (2, 2, True), (-1, 1, False)]
    async with contexts.open(SYSTEM) as ctx:
        assert await auditor.verify(ctx.session) == []


async def test_a_plan_that_asks_for_nothing_reads_nothing(committed_database: Database) -> None:
    contexts = await _found(committed_database)
    outcome = await close(contexts, 402)
    essential = plans.compile(plans.load_builtin("essential"))
    async with contexts.open(SYSTEM) as ctx:
        connection = await raw_connection(await ctx.session.connection())
        none = await extra_rows.load(connection, essential, 403, outcome.run_id)
        asked = await versions.in_force(ctx.session, 403)
        some = await extra_rows.load(connection, asked.compiled, 403, outcome.run_id)
    assert (none["periods"], none["kinds"], set(none) & {"volumes", "rates"}) == (0, 0, set())
    assert len(none["history"].customer_id) == 0
    assert some["history"].period_id.tolist() == [402]
    assert some["history"].pv.tolist() == [1_000_000]
    assert some["volumes"].amount.tolist() == [300_000]


async def test_sums_reach_back_over_closed_periods(committed_database: Database) -> None:
    """100 in July, 60 in August and in September: two periods hold 120, all of them 220."""
    contexts = contexts_at(committed_database)
    plan = PLAN.partition("[volumes]")[0] + (
        "[volumes.sums]\ntwo = { of = 'ov', periods = 2 }\nall = { of = 'cv' }\n"
        '[[bonuses]]\nkind = "differential"\nid = 1\ncode = "two"\nname = "Two"\nby = "two"\n'
        "brackets = [{ volume = 100, rate = 0.1 }, { volume = 160, rate = 0.2 }]\n"
        '[[bonuses]]\nkind = "differential"\nid = 2\ncode = "all"\nname = "All"\nby = "all"\n'
        "brackets = [{ volume = 220, rate = 0.3 }]\n"
    )
    async with contexts.open(SYSTEM) as ctx:
        await versions.load(ctx.session, plan, 400)
        await add_members(ctx.session, [MEMBER])
        orders = [_order(1, 7, "100"), _order(2, 8, "60"), _order(3, 9, "60")]
        await add_orders(ctx.session, orders)
    paid = []
    for period in (402, 403, 404):
        run_id = (await close(contexts, period)).run_id
        async with contexts.open(SYSTEM) as ctx:
            rows = await ctx.session.execute(
                select(CheckItem.bonus_id, CheckItem.amount).where(CheckItem.run_id == run_id)
            )
            paid.append(dict(rows.all()))
    assert paid == [{1: 10}, {1: 12}, {1: 6, 2: 18}]
    async with contexts.open(SYSTEM) as ctx:
        assert await auditor.verify(ctx.session) == []
