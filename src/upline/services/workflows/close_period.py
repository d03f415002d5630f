"""A period's figures: previewed as often as wanted, closed once, then paid.

Closing is: claim the period, read one consistent instant, run the engine, and in a single
transaction store every figure, book the ledger and point the period at the run. Killed anywhere
before that last commit, the period is as it was; the next attempt takes the claim over.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

import psycopg
from sqlalchemy import func, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert
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
from upline.models.commission import CommissionRun
from upline.models.operation import AuditEntry
from upline.models.period import Period
from upline.models.volume import VolumeEntry
from upline.services.commission import loading, payouts, runs, storing
from upline.services.commission.runs import FINAL, PREVIEW, Started
from upline.services.ledger import postings
from upline.services.period import calendar
from upline.services.period.queries import CLOSED, CLOSING, OPEN, PAID
from upline.services.plan import versions

STEPS = 4
ACHIEVED = """
INSERT INTO rank_achievements (customer_id, rank_id, period_id, achieved_at)
SELECT m.customer_id, m.rank_id, :period_id, :at FROM member_periods m
WHERE m.run_id = :run_id AND m.rank_id >= 0
ON CONFLICT DO NOTHING
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


class PeriodNotClosed(DomainError):
    """Only final figures are paid."""

    code = "period_not_closed"
    kind = Kind.CONFLICT
    message = "The period must be closed before it is paid."


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run came to; `total` is the commission of all checks."""

    run_id: int
    members: int
    lines: int
    checks: int
    total: Decimal
    issues: int


async def preview(
    contexts: ContextFactory,
    period_id: int,
    actor: Principal,
    progress: Progress = silent,
) -> Outcome:
    """Bring an open period's figures up to now; nothing is booked.

    Raises PeriodClosed, NoPlan, or RunInProgress when another process is at it.
    """
    return await _execute(contexts, period_id, actor, PREVIEW, progress)


async def close(
    contexts: ContextFactory,
    period_id: int,
    actor: Principal,
    progress: Progress = silent,
) -> Outcome:
    """Make a period's figures final and book them.

    Raises PeriodNotOver, EarlierPeriodOpen, PeriodClosed, NoPlan or RunInProgress.
    """
    return await _execute(contexts, period_id, actor, FINAL, progress)


async def pay(contexts: ContextFactory, period_id: int, actor: Principal) -> payouts.Batch:
    """Pay out a closed period. Raises PeriodNotClosed, or AlreadyPaid the second time."""
    async with contexts.open(actor) as ctx:
        status, pay_date = await _lock_row(ctx, period_id)
        if status == PAID:
            raise payouts.AlreadyPaid
        if status != CLOSED:
            raise PeriodNotClosed
        plan = await versions.in_force(ctx.session, period_id)
        batch = await payouts.pay(
            ctx,
            period_id,
            pay_date or calendar.local_date(ctx.now, ctx.company.time_zone),
            plan.document.plan.currency,
            minimum=plan.document.payout.minimum,
            fee=plan.document.payout.fee,
        )
        await ctx.session.execute(
            update(Period)
            .where(Period.period_id == period_id)
            .values(status_id=PAID, paid_at=ctx.now)
        )
        _audit(ctx, "period.pay", period_id, {"batch": batch.payout_batch_id})
        return batch


async def find_outcome(ctx: Context, run_id: int) -> Outcome | None:
    """What a finished run came to."""
    row = (
        await ctx.session.execute(
            select(
                CommissionRun.run_id,
                CommissionRun.member_count,
                CommissionRun.line_count,
                CommissionRun.check_count,
                CommissionRun.total,
                func.jsonb_array_length(CommissionRun.issues),
            ).where(CommissionRun.run_id == run_id)
        )
    ).one_or_none()
    return Outcome(*row) if row else None


async def needs_refresh(ctx: Context, period_id: int) -> bool:
    """Whether anything was posted, placed or enrolled since the period's figures were made."""
    row = (
        await ctx.session.execute(
            select(CommissionRun.last_entry_id, CommissionRun.started_at)
            .join(Period, Period.run_id == CommissionRun.run_id)
            .where(Period.period_id == period_id)
        )
    ).one_or_none()
    if row is None:
        return True
    changed = await ctx.session.scalar(
        text(
            "SELECT coalesce((SELECT max(entry_id) FROM volume_entries), 0) > :entry"
            " OR EXISTS (SELECT FROM placements WHERE valid_from >= :since)"
            " OR EXISTS (SELECT FROM commission_adjustments WHERE created_at >= :since)"
        ),
        {"entry": row.last_entry_id, "since": row.started_at},
    )
    return bool(changed)


async def reopen_abandoned(contexts: ContextFactory, actor: Principal) -> list[int]:
    """Open again every period whose closing died with its process; returns their numbers.

    A closing that is alive holds the period's lock, so whatever can be locked is not.
    """
    reopened = []
    async with contexts.open(actor) as ctx:
        closing = list(
            await ctx.session.scalars(select(Period.period_id).where(Period.status_id == CLOSING))
        )
        for period_id in closing:
            try:
                await runs.lock_period(ctx.session, period_id)
            except runs.RunInProgress:
                continue
            await runs.abandon(ctx, period_id)
            await ctx.session.execute(
                update(Period)
                .where(Period.period_id == period_id, Period.status_id == CLOSING)
                .values(status_id=OPEN)
            )
            _audit(ctx, "period.reopen", period_id, {})
            reopened.append(period_id)
    return reopened


async def drop_superseded(contexts: ContextFactory, actor: Principal) -> int:
    """Free the partitions of previews that were replaced; returns how many runs.

    Dropping waits for readers, so it gives up quickly and is tried again later.
    """
    dropped = 0
    async with contexts.open(actor) as ctx:
        pending = await runs.superseded(ctx.session)
    for run_id in pending:
        try:
            async with contexts.open(actor) as ctx:
                await ctx.session.execute(text("SET LOCAL lock_timeout = '500ms'"))
                await storing.drop(await _raw(ctx.session), run_id)
                await ctx.session.execute(
                    update(CommissionRun)
                    .where(CommissionRun.run_id == run_id)
                    .values(stage="dropped")
                )
        except psycopg.errors.LockNotAvailable:
            break
        dropped += 1
    return dropped


async def _execute(
    contexts: ContextFactory, period_id: int, actor: Principal, kind: int, progress: Progress
) -> Outcome:
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
            await _lock_row(ctx, period_id)
            await storing.store(
                await _raw(ctx.session),
                started.run_id,
                snapshot,
                result,
                numbered=kind == FINAL,
                progress=silent,
            )
            await runs.finish(ctx, started, snapshot, result, loaded.last_entry_id)
            if kind == FINAL:
                await _commit_figures(ctx, started)
            await ctx.session.execute(
                update(Period)
                .where(Period.period_id == period_id)
                .values(run_id=started.run_id, updated_at=func.now())
            )
        progress("Storing", STEPS, STEPS)
    return Outcome(
        run_id=started.run_id,
        members=len(snapshot),
        lines=len(result.lines.payee),
        checks=len(result.checks.payee),
        total=Decimal(int(result.checks.total_commission.sum())) / 10_000,
        issues=len(snapshot.issues) + len(result.issues),
    )


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
    starts_at, ends_at = calendar.bounds(period_id, ctx.company.time_zone)
    await ctx.session.execute(
        upsert(Period)
        .values(
            period_id=period_id,
            period_type_id=calendar.period_type(period_id),
            starts_at=starts_at,
            ends_at=ends_at,
        )
        .on_conflict_do_nothing()
    )
    status, _ = await _lock_row(ctx, period_id)
    if status >= CLOSED:
        raise PeriodClosed
    if kind == PREVIEW:
        return
    if ctx.now < ends_at:
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
    _audit(ctx, "period.close", started.period_id, {"run": started.run_id})


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


async def _lock_row(ctx: Context, period_id: int) -> tuple[int, date | None]:
    row = (
        await ctx.session.execute(
            select(Period.status_id, Period.pay_date)
            .where(Period.period_id == period_id)
            .with_for_update()
        )
    ).one_or_none()
    if row is None:
        raise PeriodNotClosed
    return row.status_id, row.pay_date


async def _raw(session: AsyncSession) -> loading.Connection:
    return await raw_connection(await session.connection())


def _audit(ctx: Context, action: str, period_id: int, detail: dict[str, object]) -> None:
    ctx.session.add(
        AuditEntry(
            actor=ctx.principal.client_id or ctx.principal.kind.value,
            request_id=ctx.request_id,
            action=action,
            subject=f"period:{period_id}",
            detail=detail,
        )
    )
