"""A period's figures: previewed as often as wanted, then closed and left for review.

Closing is: claim the period, so that what is posted from now on counts in the next one, read one
consistent instant, run the engine and store every figure. The period stays in closing until a
second person has decided (review_period). Killed anywhere before the figures are stored, the period
is as it was and the next attempt takes the claim over; killed later, they wait.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from sqlalchemy import func, select, update

from upline.core.context import Context, ContextFactory, Principal
from upline.core.errors import DomainError, Kind
from upline.core.progress import Progress, silent
from upline.engine.plan import Ranks
from upline.models.period import Period
from upline.models.volume import VolumeEntry
from upline.services.audit import trail
from upline.services.commission import runs
from upline.services.commission.runs import FINAL, PREVIEW, Started
from upline.services.period import calendar, commands
from upline.services.period.queries import CLOSED, CLOSING, OPEN
from upline.services.plan import versions
from upline.services.workflows import calculation


class PeriodClosed(DomainError):
    """Its figures are final."""

    code = "period_closed"
    kind = Kind.CONFLICT
    message = "The period is closed."


class InReview(DomainError):
    """Its final figures exist and wait for a second person."""

    code = "period_in_review"
    kind = Kind.CONFLICT
    message = "The period's final figures wait for approval."


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
    """Calculate a period's final figures and leave them for review; nothing is booked yet.

    A period whose figures wait already is left as it is. Raises PeriodNotOver, EarlierPeriodOpen,
    PeriodClosed, NoPlan or RunInProgress.
    """
    async with contexts.open(actor) as ctx:
        waiting = await runs.find_waiting(ctx.session, period_id)
        if waiting and (outcome := await runs.find_outcome(ctx, waiting)):
            return outcome
    return await _execute(contexts, period_id, actor, FINAL, progress)


async def _execute(
    contexts: ContextFactory, period_id: int, actor: Principal, kind: int, progress: Progress
) -> runs.Outcome:
    async with claimed(contexts, period_id, actor, kind) as started:

        async def decide(ctx: Context) -> None:
            """A preview is in force at once; final figures wait, and the preview is read on."""
            if kind == PREVIEW:
                await put_in_force(ctx, started)
            else:
                detail = {"run": started.run_id}
                await trail.record(ctx, "period.close", f"period:{period_id}", detail)

        return await calculation.execute(contexts, started, actor, progress, decide)


async def put_in_force(ctx: Context, started: Started) -> None:
    """Let readers of a period find the figures of a run."""
    await ctx.session.execute(
        update(Period)
        .where(Period.period_id == started.period_id)
        .values(run_id=started.run_id, updated_at=func.now())
    )


@asynccontextmanager
async def claimed(
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
            previous = await runs.find_previous_run(ctx.session, period_id)
            started = await runs.start(ctx, period_id, kind, plan, previous)
        try:
            yield started
        except BaseException:
            async with contexts.open(actor) as ctx:
                await runs.fail(ctx, started)
                if kind == FINAL:
                    await reopen(ctx, period_id)
            raise


async def reopen(ctx: Context, period_id: int) -> None:
    """Let orders count in a period again whose closing came to nothing."""
    await ctx.session.execute(
        update(Period)
        .where(Period.period_id == period_id, Period.status_id == CLOSING)
        .values(status_id=OPEN)
    )


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
    """Make sure the period may be run, and shut it to new entries when the run is final.

    The row lock waits for orders being posted to this period; those that come later see CLOSING
    and post to the open one.
    """
    status, _ = await commands.lock(ctx, period_id)
    if status >= CLOSED:
        raise PeriodClosed
    if await runs.find_waiting(ctx.session, period_id):
        raise InReview
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
