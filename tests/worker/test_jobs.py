import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, text
from tests.factories.company import add_orders
from tests.factories.golden import MEMBER, PERIOD
from tests.factories.golden_company import AFTER_OCTOBER, found_company
from tests.factories.rewards import add_autoship_orders

from upline.bootstrap import Container
from upline.core.clock import FixedClock
from upline.core.context import SYSTEM
from upline.core.db import Database
from upline.models.identity import AccessToken
from upline.models.operation import IdempotencyKey
from upline.models.period import Period
from upline.models.points import PointEntry
from upline.models.volume import MemberPeriod
from upline.services.period.queries import OPEN
from upline.settings import Settings
from upline.worker import app, jobs

NOVEMBER = PERIOD + 1


@pytest.fixture
async def container(committed_database: Database, tmp_path: Path) -> AsyncIterator[Container]:
    await found_company(committed_database)
    async with Container.open(
        Settings(demo=True, data_dir=tmp_path),
        clock=FixedClock(AFTER_OCTOBER),
        database=committed_database,
    ) as opened:
        yield opened


async def _volume(container: Container, period_id: int) -> object:
    async with container.context(SYSTEM) as ctx:
        return await ctx.session.scalar(
            select(MemberPeriod.pv)
            .join(Period, Period.run_id == MemberPeriod.run_id)
            .where(Period.period_id == period_id, MemberPeriod.customer_id == MEMBER)
        )


async def test_a_refresh_makes_new_orders_visible(container: Container) -> None:
    await jobs.refresh_periods(container)
    assert await _volume(container, NOVEMBER) == 0
    async with container.context(SYSTEM) as ctx:
        order = {"order_id": 1, "customer_id": MEMBER, "ordered_on": ctx.now.date(), "pv": "10"}
        await add_orders(ctx.session, [order])
    await jobs.refresh_periods(container)
    assert await _volume(container, NOVEMBER) == 10


async def test_points_follow_the_orders(container: Container) -> None:
    async with container.context(SYSTEM) as ctx:
        await add_autoship_orders(ctx.session, MEMBER, [PERIOD, NOVEMBER])
    for _ in range(2):
        await jobs.post_points(container)
        async with container.context(SYSTEM) as ctx:
            own = PointEntry.order_id.in_((50_001, 50_002))
            points = await ctx.session.scalar(select(func.sum(PointEntry.amount)).where(own))
            assert points == 16


async def test_older_orders_are_caught_up_with(container: Container) -> None:
    await jobs.post_points(container)
    async with container.context(SYSTEM) as ctx:
        await add_autoship_orders(ctx.session, MEMBER, [NOVEMBER - 5])
        own = select(func.sum(PointEntry.amount)).where(PointEntry.order_id == 50_001)
    for job, points in ((jobs.post_points, None), (jobs.catch_up_points, 8)):
        await job(container)
        async with container.context(SYSTEM) as ctx:
            assert await ctx.session.scalar(own) == points


async def test_a_refresh_without_news_runs_nothing(container: Container) -> None:
    await jobs.refresh_periods(container)
    async with container.context(SYSTEM) as ctx:
        before = await ctx.session.scalar(text("SELECT max(run_id) FROM commission_runs"))
    await jobs.refresh_periods(container)
    async with container.context(SYSTEM) as ctx:
        after = await ctx.session.scalar(text("SELECT max(run_id) FROM commission_runs"))
    assert before == after


async def test_a_closing_that_died_is_opened_again(container: Container) -> None:
    async with container.context(SYSTEM) as ctx:
        await ctx.session.execute(
            text(
                "INSERT INTO periods (period_id, period_type_id, status_id, starts_at, ends_at)"
                " VALUES (405, 2, 2, '2014-10-01 06:00Z', '2014-11-01 06:00Z')"
            )
        )
    await jobs.refresh_periods(container)
    async with container.context(SYSTEM) as ctx:
        status = await ctx.session.scalar(
            select(Period.status_id).where(Period.period_id == PERIOD)
        )
    assert status == OPEN


async def test_what_expired_is_purged(container: Container) -> None:
    async with container.context(SYSTEM) as ctx:
        for days in (0, 3):
            at = ctx.now - timedelta(days=days)
            ctx.session.add(
                IdempotencyKey(principal="p", key=str(days), request_digest=b"", created_at=at)
            )
            await ctx.session.execute(
                text(
                    "INSERT INTO access_tokens (token_id, issued_at, expires_at)"
                    " VALUES (gen_random_uuid(), :at, :at)"
                ),
                {"at": at},
            )
    await jobs.purge(container)
    async with container.context(SYSTEM) as ctx:
        for model in (IdempotencyKey, AccessToken):
            assert await ctx.session.scalar(select(func.count()).select_from(model)) == 1


async def test_the_worker_runs_its_schedule(container: Container) -> None:
    async with app.running(container):
        async with asyncio.timeout(120):
            while await _volume(container, NOVEMBER) is None:  # noqa: ASYNC110 - the worker tells nobody
                await asyncio.sleep(0.1)
