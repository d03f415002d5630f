"""The worker that leads shows what happens at once; a second one stands by and takes over."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text
from tests.factories.company import add_members, add_orders
from tests.factories.golden import MEMBER, PERIOD
from tests.factories.golden_company import AFTER_OCTOBER, found_company

from upline.bootstrap import Container
from upline.core.clock import FixedClock
from upline.core.context import SYSTEM
from upline.core.db import Database
from upline.models.commission import CommissionRun
from upline.models.period import Period
from upline.models.volume import MemberPeriod
from upline.services.live import holding
from upline.services.live.holding import Changes, Held
from upline.services.live.news import News
from upline.services.period.calendar import week_id
from upline.services.workflows.fold_news import LivePeriod
from upline.services.workflows.refresh_periods import is_kept_live
from upline.settings import Settings, WorkerSettings
from upline.worker import live

NOVEMBER = PERIOD + 1


@pytest.fixture
async def container(
    committed_database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Container]:
    monkeypatch.setattr(live, "IDLE_SECONDS", 0.01)
    monkeypatch.setattr(live, "STAND_BY_SECONDS", 0.05)
    monkeypatch.setattr(live, "WEEK_EVERY_SECONDS", 0.05)
    await found_company(committed_database)
    async with Container.open(
        Settings(demo=True, data_dir=tmp_path),
        clock=FixedClock(AFTER_OCTOBER),
        database=committed_database,
    ) as opened:
        yield opened


async def volume(container: Container, customer_id: int, period_id: int = NOVEMBER) -> Any:
    async with container.context(SYSTEM) as ctx:
        return await ctx.session.scalar(
            select(MemberPeriod.pv)
            .join(Period, Period.run_id == MemberPeriod.run_id)
            .where(Period.period_id == period_id, MemberPeriod.customer_id == customer_id)
        )


async def order(container: Container, number: int, customer_id: int = MEMBER) -> None:
    async with container.context(SYSTEM) as ctx:
        row = {"order_id": number, "customer_id": customer_id, "pv": "10"}
        await add_orders(ctx.session, [row | {"ordered_on": ctx.now.date()}])


async def until(container: Container, wanted: int, *place: int) -> None:
    """Wait for a volume; whoever shows it tells nobody."""
    async with asyncio.timeout(120):
        while await volume(container, *place) != wanted:  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def count_runs(container: Container) -> Any:
    async with container.context(SYSTEM) as ctx:
        query = text("SELECT count(*) FROM commission_runs WHERE period_id = 406")
        return await ctx.session.scalar(query)


async def test_what_happens_shows_without_another_run(container: Container) -> None:
    async with live.kept(container):
        await until(container, 0, MEMBER)
        await order(container, 1)
        await until(container, 10, MEMBER)
        async with container.context(SYSTEM) as ctx:
            newcomer = {"customer_id": 99_999, "sponsor_id": MEMBER, "enroller_id": MEMBER}
            await add_members(ctx.session, [newcomer | {"enrolled_on": ctx.now.date()}])
        await until(container, 0, 99_999)
        await order(container, 2, 99_999)
        await until(container, 10, 99_999)
        await until(container, 10, 99_999, week_id(AFTER_OCTOBER.date()))
    assert await count_runs(container) == 1


async def test_another_worker_takes_over(container: Container) -> None:
    first, second = (asyncio.create_task(live.run(container)) for _ in range(2))
    try:
        await until(container, 0, MEMBER)
        for number, leader in enumerate((first, second), start=1):
            await order(container, number)
            await until(container, 10 * number, MEMBER)
            leader.cancel()
            await asyncio.wait([leader])
    finally:
        second.cancel()


async def test_figures_replaced_by_others_are_begun_anew(container: Container) -> None:
    async with live.kept(container):
        await until(container, 0, MEMBER)
        async with container.context(SYSTEM) as ctx:
            # As if somebody else had folded something in.
            await ctx.session.execute(text("UPDATE commission_runs SET seen = '1:1:'"))
        await order(container, 1)
        await until(container, 10, MEMBER)
        async with container.context(SYSTEM) as ctx:
            runs = select(CommissionRun.run_id).where(CommissionRun.period_id == NOVEMBER)
            assert len(list(await ctx.session.scalars(runs))) == 2


async def test_a_fold_that_breaks_is_made_up_for_in_full(
    container: Container, monkeypatch: pytest.MonkeyPatch
) -> None:
    faults, fold = [IndexError("what nobody thought of")], holding.fold

    def faulty(held: Held, fresh: News) -> Changes:
        if faults:
            raise faults.pop()
        return fold(held, fresh)

    monkeypatch.setattr(holding, "fold", faulty)
    monkeypatch.setattr(live, "REFUSED_SECONDS", 0.05)
    async with live.kept(container):
        await until(container, 0, MEMBER)
        await order(container, 1)
        await until(container, 10, MEMBER)
    assert not faults


@pytest.mark.parametrize("fault", [IndexError("tidying up"), OSError("connection is gone")])
async def test_a_step_that_breaks_when_cancelled_ends_all_the_same(
    container: Container, monkeypatch: pytest.MonkeyPatch, fault: Exception
) -> None:
    under_way = asyncio.Event()

    async def advance(period: LivePeriod) -> bool:
        del period
        under_way.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            raise fault from None
        return True

    monkeypatch.setattr(LivePeriod, "advance", advance)
    async with asyncio.timeout(10), live.kept(container):
        await under_way.wait()


async def test_a_live_worker_is_known(container: Container) -> None:
    async with container.context(SYSTEM) as ctx:
        assert not await is_kept_live(ctx)
    async with live.kept(container):
        await until(container, 0, MEMBER)
        async with container.context(SYSTEM) as ctx:
            assert await is_kept_live(ctx)


async def test_settings_may_leave_it_out(container: Container) -> None:
    container.settings.worker = WorkerSettings(live=False)
    async with live.kept(container), container.context(SYSTEM) as ctx:
        assert not await is_kept_live(ctx)
