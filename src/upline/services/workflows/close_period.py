"""A period's figures: previewed as often as wanted, closed once.

Closing is: claim the period, read one consistent instant, run the engine, and in a single
transaction store every figure, book the ledger and point the period at the run. Killed anywhere
before that last commit, the period is as it was; the next attempt takes the claim over.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from sqlalchemy import func, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from upline.core.context import Context, ContextFactory, Principal
from upline.core.db import raw_connection
from upline.core.errors import DomainError, Kind
from upline.core.progress import Progress, silent
from upline.engine import snapshot as snapshots
from upline.engine.plan import Ranks
from upline.engine.result import Result
from upline.engine.run import run
from upline.engine.snapshot import Snapshot
from upline.models.period import Period
from upline.models.volume import VolumeEntry
from upline.services.audit import trail
from upline.services.commission import loading, runs, storing
from upline.services.commission.runs import FINAL, PREVIEW, Started
from upline.services.ledger import postings
from upline.services.period import calendar, commands
from upline.services.period.queries import CLOSED, CLOSING, OPEN
from upline.services.plan import versions

STEPS = 4
ACHIEVED = """
INSERT INTO rank_achievements (customer_id, rank_id, period_id, achieved_at)
SELECT m.customer_id, m.rank_id, :period_id, :at FROM member_periods m
WHERE m.run_id = :run_id AND m.rank_id >= 0
  AND NOT EXISTS (SELECT FROM rank_achievements a
                  WHERE a.customer_id = m.customer_id AND a.rank_id >= m.rank_id)
"""


class PeriodClosed(DomainError):
    """Its figures are final."""

    code = "period_closed"
    kind = Kind.CONFLICT
    message = "The period is closed."


class PeriodNotOver(DomainError):
    """Orders may still come."""

    code = "period_not_over"
    kind = Kind.CONFLICT
    message = "The period has not ended yet."


class EarlierPeriodOpen(DomainError):
    """Ranks and carry come from the period before, so periods close in order."""

    code = "earlier_period_open"
    kind = Kind.CONFLICT
    message = "An earlier period is still open."


async def preview(
    contexts: ContextFactory,
    period_id: int,
    actor: Principal,
    progress: Progress = silent,
) -> runs.Outcome:
    """Bring an open period's figures up to now; nothing is booked.

    Raises PeriodClosed, NoPlan, or RunInProgress when another process is at it.
    """
    return await _execute(contexts, period_id, actor, PREVIEW, progress)


async def close(
    contexts: ContextFactory,
    period_id: int,
    actor: Principal,
    progress: Progress = silent,
) -> runs.Outcome:
    """Make a period's figures final and book them.

    Raises PeriodNotOver, EarlierPeriodOpen, PeriodClosed, NoPlan or RunInProgress.
    """
    return await _execute(contexts, period_id, actor, FINAL, progress)


async def _execute(
    contexts: ContextFactory, period_id: int, actor: Principal, kind: int, progress: Progress
) -> runs.Outcome:
    async with _claimed(contexts, period_id, actor, kind) as started:
        progress("Reading members and orders", 0, STEPS)
        zone = contexts.company.time_zone
        async with contexts.open(actor) as ctx:
            await ctx.session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
            loaded = await loading.load(
                await _raw(ctx.session), period_id, zone, started.previous_run
            )
        progress("Calculating", 1, STEPS)
        snapshot, result = await asyncio.to_thread(_calculate, started, loaded)
        progress("Storing", 2, STEPS)
        async with contexts.open(actor) as ctx:
            await commands.lock(ctx, period_id)
            await storing.store(
                await _raw(ctx.session),
                started.run_id,
                snapshot,
                result,
                numbered=kind == FINAL,
                progress=silent,
            )
            await runs.finish(ctx, started, snapshot, result, loaded.seen)
            if kind == FINAL:
                await _commit_figures(ctx, started)
            await ctx.session.execute(
                update(Period)
                .where(Period.period_id == period_id)
                .values(run_id=started.run_id, updated_at=func.now())
            )
        progress("Storing", STEPS, STEPS)
    return runs.outcome_of(started, snapshot, result)


def _calculate(started: Started, loaded: loading.Loaded) -> tuple[Snapshot, Result]:
    """The engine's part, in a worker thread: kernels release nothing but the event loop."""
    snapshot = snapshots.build(
        started.period_id, loaded.members, loaded.entries, loaded.adjustments
    )
    return snapshot, run(started.plan.compiled, snapshot)


@asynccontextmanager
async def _claimed(
    contexts: ContextFactory, period_id: int, actor: Principal, kind: int
) -> AsyncIterator[Started]:
    """Hold the period's run lock on a connection of its own while the run is under way.

    The lock goes with the connection, so a killed process leaves nothing locked.
    """
    async with contexts.open(actor) as holder:
        await runs.lock_period(holder.session, period_id)
        async with contexts.open(actor) as ctx:
            plan = await _plan_for(ctx, period_id, kind)
            await _claim(ctx, period_id, kind, plan)
            started = await runs.start(ctx, period_id, kind, plan)
        try:
            yield started
        except BaseException:
            async with contexts.open(actor) as ctx:
                await runs.fail(ctx, started)
                await ctx.session.execute(
                    update(Period)
                    .where(Period.period_id == period_id, Period.status_id == CLOSING)
                    .values(status_id=OPEN)
                )
            raise


async def _plan_for(ctx: Context, period_id: int, kind: int) -> versions.InForce:
    """The plan a period runs under; raises NoPlan.

    Where only months are paid, a week is previewed for its volumes alone, so that leaders see how
    this week goes; it is never closed.
    """
    plans = await versions.history(ctx.session)
    if found := plans.find(period_id):
        return found
    weekly = calendar.period_type(period_id) is calendar.PeriodType.WEEK
    month = plans.find(calendar.month_id(calendar.last_day(period_id))) if weekly else None
    if month is None or kind == FINAL:
        raise versions.NoPlan
    compiled = replace(month.compiled, ranks=Ranks.none(), bonuses=(), fees=())
    return replace(month, compiled=compiled)


async def _claim(ctx: Context, period_id: int, kind: int, plan: versions.InForce) -> None:
    """Make sure the period may be run, and close it to new entries when the run is final.

    The row lock waits for orders being posted to this period; those that come later see CLOSING
    and post to the open one.
    """
    status, _ = await commands.lock(ctx, period_id)
    if status >= CLOSED:
        raise PeriodClosed
    if kind == PREVIEW:
        return
    if ctx.now < calendar.bounds(period_id, ctx.company.time_zone)[1]:
        raise PeriodNotOver
    if await _has_open_before(ctx, period_id):
        raise EarlierPeriodOpen
    await ctx.session.execute(
        update(Period)
        .where(Period.period_id == period_id)
        .values(
            status_id=CLOSING,
            pay_date=plan.document.calendar.pay_date(calendar.last_day(period_id)),
        )
    )


async def _commit_figures(ctx: Context, started: Started) -> None:
    """What only a final run does: ranks achieved, ledger, status, audit trail."""
    _, ends_at = calendar.bounds(started.period_id, ctx.company.time_zone)
    await ctx.session.execute(
        text(ACHIEVED),
        {"period_id": started.period_id, "at": ends_at, "run_id": started.run_id},
    )
    await postings.post_commissions(
        ctx, started.run_id, started.period_id, started.plan.document.plan.currency
    )
    await ctx.session.execute(
        update(Period)
        .where(Period.period_id == started.period_id)
        .values(status_id=CLOSED, run_id=started.run_id, closed_at=ctx.now)
    )
    await trail.record(ctx, "period.close", f"period:{started.period_id}", {"run": started.run_id})


async def _has_open_before(ctx: Context, period_id: int) -> bool:
    """Whether any period from the first with volume up to this one is not closed."""
    weekly = calendar.period_type(period_id) is calendar.PeriodType.WEEK
    entry_period = VolumeEntry.week_id if weekly else VolumeEntry.period_id
    first = await ctx.session.scalar(select(func.min(entry_period)))
    if first is None or first >= period_id:
        return False
    closed = await ctx.session.scalar(
        select(func.count()).where(
            Period.period_id >= first, Period.period_id < period_id, Period.status_id >= CLOSED
        )
    )
    return int(closed or 0) < period_id - int(first)


async def _raw(session: AsyncSession) -> loading.Connection:
    return await raw_connection(await session.connection())
