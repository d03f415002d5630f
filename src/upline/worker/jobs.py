"""What is to be done regularly; each job opens contexts of its own and may run twice harmlessly."""

from datetime import timedelta

import structlog
from sqlalchemy import delete

from upline.bootstrap import Container
from upline.core.context import SYSTEM
from upline.models.identity import AccessToken
from upline.models.operation import IdempotencyKey
from upline.services.commission.runs import RunInProgress
from upline.services.payment import setups
from upline.services.period import calendar
from upline.services.period.calendar import PeriodType
from upline.services.period.queries import CLOSING, find_status
from upline.services.plan import versions
from upline.services.points import posting
from upline.services.reports import downloads
from upline.services.workflows import close_period
from upline.services.workflows.index_names import index_closed
from upline.services.workflows.refresh_periods import (
    drop_superseded,
    is_kept_live,
    needs_refresh,
    reopen_abandoned,
)

log = structlog.get_logger(__name__)
RECENT_MONTHS, MONTHS_WITH_POINTS = 2, 14
KEEP_IDEMPOTENCY_KEYS = timedelta(hours=48)
KEEP_EXPIRED_TOKENS = timedelta(hours=24)


async def refresh_periods(container: Container) -> None:
    """Bring the figures of open periods up to the orders and placements made since.

    The week and month before while they wait to be closed; the running ones, too, as long as no
    worker keeps them live.
    """
    for period_id in await reopen_abandoned(container.contexts, SYSTEM):
        log.warning("closing was cut off; the period is open again", period=period_id)
    async with container.context(SYSTEM) as ctx:
        is_live = await is_kept_live(ctx)
    for period_id in _open_periods(container, with_running=not is_live):
        async with container.context(SYSTEM) as ctx:
            status = await find_status(ctx.session, period_id)
            if status is not None and status >= CLOSING:
                continue
            if not await needs_refresh(ctx, period_id):
                continue
        try:
            outcome = await close_period.preview(container.contexts, period_id, SYSTEM)
        except (RunInProgress, close_period.PeriodClosed, versions.NoPlan):
            continue
        log.info("period refreshed", period=period_id, run=outcome.run_id, lines=outcome.lines)
    await drop_superseded(container.contexts, SYSTEM)


async def post_points(container: Container) -> None:
    """Give, take back and let expire loyalty points, as orders and time demand."""
    await _post_points(container, RECENT_MONTHS)


async def catch_up_points(container: Container) -> None:
    """The same for imported and corrected orders, as far back as points may still be worth
    something; and what was lost by cancelling."""
    await _post_points(container, MONTHS_WITH_POINTS, forfeit=True)


async def _post_points(container: Container, months: int, *, forfeit: bool = False) -> None:
    current = calendar.current_id(container.clock.now(), container.contexts.company.time_zone)
    async with container.context(SYSTEM) as ctx:
        try:
            lots = await posting.post_months(ctx, range(current - months + 1, current + 1))
            if forfeit:
                await posting.post_forfeited(ctx)
        except versions.NoPlan:
            return
    if lots:
        log.info("points posted", lots=lots)


async def index_names(container: Container) -> None:
    """Make closed periods searchable by name that are not, or not by the names of today."""
    if indexed := await index_closed(container.contexts, SYSTEM):
        log.info("names indexed", runs=indexed)


async def purge(container: Container) -> None:
    """Forget what nobody will ask for again: tokens and downloads that ran out, answers to repeated
    requests, checkouts nobody came back from."""
    async with container.context(SYSTEM) as ctx:
        await downloads.purge(ctx)
        await ctx.session.execute(
            delete(AccessToken).where(AccessToken.expires_at < ctx.now - KEEP_EXPIRED_TOKENS)
        )
        await ctx.session.execute(
            delete(IdempotencyKey).where(
                IdempotencyKey.created_at < ctx.now - KEEP_IDEMPOTENCY_KEYS
            )
        )
        await setups.forget_abandoned(ctx)


def _open_periods(container: Container, *, with_running: bool) -> list[int]:
    now, zone = container.clock.now(), container.contexts.company.time_zone
    numbers = []
    for kind in PeriodType:
        current = calendar.current_id(now, zone, kind)
        numbers += [current - 1, current] if with_running else [current - 1]
    return numbers
