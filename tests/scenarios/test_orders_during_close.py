"""Orders go on while a period is closed: each counts once, and the close reads one instant."""

import asyncio
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import func, select
from tests.factories.closing import CLOSER, close
from tests.factories.company import add_members, add_orders
from tests.factories.golden import MEMBER, PERIOD, golden_members, golden_orders
from tests.factories.golden_company import contexts_at

from upline.core.context import SYSTEM, ContextFactory
from upline.core.db import Database
from upline.models.period import Period
from upline.models.volume import MemberPeriod, VolumeEntry
from upline.services.commission import runs
from upline.services.imports.orders import import_orders
from upline.services.plan import load_builtin, versions
from upline.services.verify import auditor
from upline.services.workflows import rerun_period, restate_period

ORDERS, IN_TIME, PV = 24, 5, 10


async def found(database: Database, late: str) -> ContextFactory:
    contexts = contexts_at(database)
    async with contexts.open(SYSTEM) as ctx:
        text = load_builtin("essential").text.replace("[calendar]", f'[calendar]\nlate = "{late}"')
        await versions.load(ctx.session, text, 300)
        await add_members(ctx.session, golden_members())
        await add_orders(ctx.session, golden_orders())
    return contexts


async def order(contexts: ContextFactory, folder: Path, number: int) -> None:
    file = folder / f"{number}.csv"
    file.write_text(f"id,member,date,pv\n{number},{MEMBER},2014-10-30,{PV}\n")
    async with contexts.open(SYSTEM) as ctx:
        assert (await import_orders(ctx, file)).ok


async def order_on(contexts: ContextFactory, folder: Path, under_way: asyncio.Event) -> None:
    """One October order after the other, each a file and a transaction of its own."""
    for number in range(1, ORDERS):
        await order(contexts, folder, number)
        if number == IN_TIME:
            under_way.set()


async def pv_of(contexts: ContextFactory, run_id: int | None) -> Decimal:
    """Own volume of everybody in a run."""
    async with contexts.open(SYSTEM) as ctx:
        query = select(func.sum(MemberPeriod.pv)).where(MemberPeriod.run_id == run_id)
        return await ctx.session.scalar(query) or Decimal(0)


@pytest.mark.parametrize("late", ["open_period", "restate"])
async def test_every_order_counts_once(
    committed_database: Database, tmp_path: Path, late: str
) -> None:
    contexts = await found(committed_database, late)
    under_way = asyncio.Event()
    ordering = asyncio.create_task(order_on(contexts, tmp_path, under_way))
    await under_way.wait()
    closed = await close(contexts, PERIOD)
    await ordering
    await order(contexts, tmp_path, ORDERS)
    async with contexts.open(SYSTEM) as ctx:
        assert await auditor.verify(ctx.session) == []
        rows = await ctx.session.execute(
            select(VolumeEntry.period_id, VolumeEntry.is_late, func.sum(VolumeEntry.pv)).group_by(
                VolumeEntry.period_id, VolumeEntry.is_late
            )
        )
        posted = {(period_id, is_late): pv for period_id, is_late, pv in rows}
    assert all(each.agrees for each in await rerun_period.rerun(contexts, PERIOD, SYSTEM))
    everything = sum(Decimal(str(each["pv"])) for each in golden_orders()) + ORDERS * PV
    assert sum(posted.values()) == everything
    assert await pv_of(contexts, closed.run_id) == posted[PERIOD, False]
    elsewhere = (PERIOD, True) if late == "restate" else (PERIOD + 1, False)
    assert posted.keys() == {(PERIOD, False), elsewhere}
    if late == "restate":
        await restate_period.restate(contexts, PERIOD, CLOSER)
        async with contexts.open(SYSTEM) as ctx:
            standing = await runs.find_standing_run(ctx.session, PERIOD)
            in_force = select(Period.run_id).where(Period.period_id == PERIOD)
            assert await ctx.session.scalar(in_force) == closed.run_id
        assert await pv_of(contexts, standing) == everything
