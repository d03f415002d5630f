"""The running month and week kept up to the second by one worker; the others stand by.

Whoever holds the lock leads. It goes with the connection, so that another takes over when a leader
dies; two who lead for a moment find each other out by what they find stored.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import timedelta

import psycopg
import structlog
from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from upline.bootstrap import Container
from upline.core.context import SYSTEM
from upline.core.errors import DomainError
from upline.services.period import calendar
from upline.services.period.calendar import PeriodType
from upline.services.workflows.fold_news import LivePeriod
from upline.services.workflows.refresh_periods import LIVE_LOCK

log = structlog.get_logger(__name__)
IDLE_SECONDS = 0.1
HOLDING_SECONDS = 1.0
STAND_BY_SECONDS = 5.0
# The month is what people are paid by; the week leaves it most of the time, and still shows within
# a second what happened.
WEEK_EVERY_SECONDS = 0.3
REFUSED_SECONDS = 5.0
# What the connection may be lost with.
LOST = (DBAPIError, psycopg.Error, OSError)


@contextlib.asynccontextmanager
async def kept(container: Container) -> AsyncIterator[None]:
    """Keep the running periods live for the length of the block, if the settings want it."""
    if not container.settings.worker.live:
        yield
        return
    task = asyncio.create_task(run(container))
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def run(container: Container) -> None:
    """Lead, or stand by until nobody else does; until cancelled."""
    while True:
        try:
            async with container.database.engine.connect() as connection:
                await connection.execution_options(isolation_level="AUTOCOMMIT")
                if await connection.scalar(select(func.pg_try_advisory_lock(LIVE_LOCK))):
                    try:
                        await _lead(container, connection)
                    finally:
                        # The lock goes with it; when cancelled in a statement, it is gone already.
                        await connection.invalidate()
        except* LOST:
            log.exception("live figures interrupted")
        _heed_cancellation()
        await asyncio.sleep(STAND_BY_SECONDS)


async def _lead(container: Container, connection: AsyncConnection) -> None:
    """Advance the running periods, each at its own pace, for as long as the lock is ours."""
    async with asyncio.TaskGroup() as periods:
        periods.create_task(_keep(container, PeriodType.MONTH, 0.0))
        periods.create_task(_keep(container, PeriodType.WEEK, WEEK_EVERY_SECONDS))
        while True:
            await connection.execute(select(1))  # raises when the lock is lost with its connection
            await asyncio.sleep(HOLDING_SECONDS)


async def _keep(container: Container, kind: PeriodType, every: float) -> None:
    """Advance the running period of a kind, back to back or `every` so many seconds."""
    renew = timedelta(seconds=container.settings.worker.renew_seconds)
    live = None
    try:
        while True:
            now, zone = container.clock.now(), container.contexts.company.time_zone
            number = calendar.current_id(now, zone, kind)
            if live is None or live.period_id != number:
                if live is not None:
                    await live.stop()
                live = LivePeriod(container.contexts, number, SYSTEM, renew)
            try:
                pause = every if await live.advance() else max(every, IDLE_SECONDS)
            except DomainError as refusal:
                log.info("period not live", period=number, reason=refusal.code)
                pause = REFUSED_SECONDS
            except LOST:
                raise
            except Exception:
                # Whatever was wrong with what is held: a full run does without it.
                log.exception("live figures given up", period=number)
                await live.stop()
                live, pause = None, REFUSED_SECONDS
            _heed_cancellation()
            await asyncio.sleep(pause)
    finally:
        if live is not None:
            await live.stop()


def _heed_cancellation() -> None:
    """What breaks while a cancelled step is tidied up hides that it was cancelled; it still is."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError
