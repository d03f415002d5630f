"""Keeping the figures of open periods fresh, and clearing up behind runs that ended or died."""

from datetime import timedelta

import psycopg
from sqlalchemy import func, select, text, update

from upline.core.context import Context, ContextFactory, Principal
from upline.core.db import raw_connection
from upline.models.commission import CommissionRun
from upline.models.period import Period
from upline.services.audit import trail
from upline.services.commission import decisions, partitions, runs
from upline.services.live import news
from upline.services.period import calendar
from upline.services.period.calendar import PeriodType
from upline.services.period.queries import CLOSING, OPEN

# A request that has just read which run is in force may still be reading that run.
GRACE = timedelta(seconds=30)
UNSEEN = " OR ".join(
    f"EXISTS (SELECT FROM {table} WHERE {concerns} AND {news.UNSEEN.format(column=column)})"
    for table, concerns, column in (
        ("volume_entries", "{period_column} = %(period_id)s", "recorded_in"),
        ("commission_adjustments", "period_id = %(period_id)s", "recorded_in"),
        ("customers", "enrolled_at < %(end)s", "recorded_in"),
        ("placements", "valid_from < %(end)s", "recorded_in"),
        ("placements", "valid_to < %(end)s", "closed_in"),
        ("rank_overrides", "first_period_id <= %(period_id)s", "recorded_in"),
        ("exchange_rates", "period_id <= %(period_id)s", "recorded_in"),
    )
)
# Namespace of the advisory lock of the one worker that keeps the running periods live.
LIVE_LOCK = 0x55504C02


async def needs_refresh(ctx: Context, period_id: int) -> bool:
    """Whether anything was posted, placed or adjusted that concerns a period and that its figures
    have not seen."""
    seen = await ctx.session.scalar(
        select(CommissionRun.seen)
        .join(Period, Period.run_id == CommissionRun.run_id)
        .where(Period.period_id == period_id)
    )
    if seen is None:
        return True
    weekly = calendar.period_type(period_id) is PeriodType.WEEK
    unseen = UNSEEN.format(period_column="week_id" if weekly else "period_id")
    _, end = calendar.bounds(period_id, ctx.company.time_zone)
    connection = await raw_connection(await ctx.session.connection())
    cursor = await connection.execute(
        f"SELECT {unseen}", {"seen": seen, "period_id": period_id, "end": end}
    )
    row = await cursor.fetchone()
    return bool(row and row[0])


async def is_kept_live(ctx: Context) -> bool:
    """Whether a worker keeps the running periods live."""
    return not await ctx.session.scalar(select(func.pg_try_advisory_xact_lock(LIVE_LOCK)))


async def reopen_abandoned(contexts: ContextFactory, actor: Principal) -> list[int]:
    """Open again every period whose closing died with its process; returns their numbers.

    A closing that is alive holds the period's lock, so whatever can be locked is not. Restatements
    that died before they were posted are given up as well.
    """
    reopened = []
    async with contexts.open(actor) as ctx:
        await _give_up_restatements(ctx)
        closing = list(
            await ctx.session.scalars(select(Period.period_id).where(Period.status_id == CLOSING))
        )
        for period_id in closing:
            try:
                await runs.lock_period(ctx.session, period_id)
            except runs.RunInProgress:
                continue
            if await runs.find_waiting(ctx.session, period_id):
                continue  # its figures are there: a decision is all that lacks
            await runs.abandon(ctx, period_id)
            await ctx.session.execute(
                update(Period)
                .where(Period.period_id == period_id, Period.status_id == CLOSING)
                .values(status_id=OPEN)
            )
            await trail.record(ctx, "period.reopen", f"period:{period_id}")
            reopened.append(period_id)
    return reopened


async def _give_up_restatements(ctx: Context) -> None:
    begun = await ctx.session.scalars(
        select(CommissionRun.period_id)
        .where(
            CommissionRun.kind_id == runs.RESTATEMENT,
            CommissionRun.status_id.in_((runs.RUNNING, runs.WAITING)),
        )
        .distinct()
    )
    for period_id in begun.all():
        try:
            await runs.lock_period(ctx.session, period_id)
        except runs.RunInProgress:
            continue
        await runs.abandon(ctx, period_id)
        if waiting := await runs.find_waiting(ctx.session, period_id, runs.RESTATEMENT):
            await decisions.reject(ctx, [waiting])


async def drop_superseded(
    contexts: ContextFactory, actor: Principal, since: timedelta = GRACE
) -> int:
    """Free the partitions of previews replaced at least `since` ago; returns how many runs.

    Dropping waits for readers, so it gives up quickly and is tried again later.
    """
    dropped = 0
    async with contexts.open(actor) as ctx:
        pending = await runs.list_superseded(ctx.session, since)
    for run_id in pending:
        try:
            async with contexts.open(actor) as ctx:
                await ctx.session.execute(text("SET LOCAL lock_timeout = '500ms'"))
                connection = await raw_connection(await ctx.session.connection())
                await partitions.drop(connection, run_id)
                await ctx.session.execute(
                    update(CommissionRun)
                    .where(CommissionRun.run_id == run_id)
                    .values(stage="dropped")
                )
        except psycopg.errors.LockNotAvailable:
            break
        dropped += 1
    return dropped
