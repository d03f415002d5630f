"""The running month and week kept up to the second by one worker; the others stand by.

Whoever holds the lock leads. It goes with the connection, so that another takes over when a leader
dies; two who lead for a moment find each other out by what they find stored.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta

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
STAND_BY_SECONDS = 5.0
# The month is what people are paid by; the week is content with what time it leaves.
WEEK_EVERY_SECONDS = 2.0
REFUSED_SECONDS = 5.0


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
                        await connection.execute(select(func.pg_advisory_unlock(LIVE_LOCK)))
        except (DBAPIError, OSError):
            log.exception("live figures interrupted")
        await asyncio.sleep(STAND_BY_SECONDS)


@dataclass(slots=True)
class _Turn:
    """A period, the seconds it waits between two steps, and when the next is due."""

    live: LivePeriod
    every: float
    due: float = 0.0

    async def take(self) -> bool:
        """Take a step if it is due; False where nothing was to be done, or nothing can be yet."""
        now = time.monotonic()
        if now < self.due:
            return False
        self.due = now + self.every
        try:
            return await self.live.advance()
        except DomainError as refusal:
            log.info("period not live", period=self.live.period_id, reason=refusal.code)
            self.due = now + REFUSED_SECONDS
            return False


async def _lead(container: Container, connection: AsyncConnection) -> None:
    """Advance the running periods back to back while there is news."""
    turns: dict[int, _Turn] = {}
    while True:
        await connection.execute(select(1))  # raises when the lock is lost with its connection
        turns = {
            number: turns.get(number) or _turn(container, number, every)
            for number, every in _running(container).items()
        }
        if not any([await turn.take() for turn in turns.values()]):
            await asyncio.sleep(IDLE_SECONDS)


def _running(container: Container) -> dict[int, float]:
    """The running periods and how long they wait: a month not at all."""
    now, zone = container.clock.now(), container.contexts.company.time_zone
    return {
        calendar.current_id(now, zone, kind): WEEK_EVERY_SECONDS if kind is PeriodType.WEEK else 0.0
        for kind in PeriodType
    }


def _turn(container: Container, period_id: int, every: float) -> _Turn:
    renew = timedelta(seconds=container.settings.worker.renew_seconds)
    return _Turn(LivePeriod(container.contexts, period_id, SYSTEM, renew), every)
