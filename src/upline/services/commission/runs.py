"""The record of runs: starting, taking over, finishing, superseding."""

import uuid
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from sqlalchemy import func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from upline.core.context import Context
from upline.core.errors import DomainError, Kind
from upline.engine.arithmetic import Mode, Place
from upline.engine.result import Result
from upline.engine.snapshot import Snapshot
from upline.models.commission import CommissionRun
from upline.models.period import Period
from upline.services.period import calendar
from upline.services.period.queries import CLOSED
from upline.services.plan.versions import InForce

PREVIEW, FINAL = 1, 2
RUNNING, COMMITTED, FAILED, SUPERSEDED = 1, 2, 3, 4
# Namespace of the advisory locks that keep two runs of one period apart.
RUN_LOCK = 0x55504C01


class RunInProgress(DomainError):
    """Another process is running this period."""

    code = "run_in_progress"
    kind = Kind.CONFLICT
    message = "A commission run of this period is in progress."
    constraint = "uq_commission_runs_running"


@dataclass(frozen=True, slots=True)
class Started:
    """A run that is under way; `attempt` proves it is still ours when it finishes."""

    run_id: int
    attempt: str
    period_id: int
    kind_id: int
    plan: InForce
    previous_run: int | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run came to; `total` is the commission of all checks."""

    run_id: int
    members: int
    lines: int
    checks: int
    total: Decimal
    issues: int


async def lock_period(session: AsyncSession, period_id: int) -> None:
    """Take the run lock of a period until the transaction ends; raises RunInProgress."""
    taken = await session.scalar(select(func.pg_try_advisory_xact_lock(RUN_LOCK, period_id)))
    if not taken:
        raise RunInProgress


async def start(ctx: Context, period_id: int, kind_id: int, plan: InForce) -> Started:
    """Record a new run. A run a killed process left behind is marked failed first.

    The caller holds the period's lock, so nothing that is still marked running is alive.
    """
    await abandon(ctx, period_id)
    attempt = str(uuid.uuid4())
    rounding = plan.compiled.rounding
    run_id = await ctx.session.scalar(
        insert(CommissionRun)
        .values(
            period_id=period_id,
            kind_id=kind_id,
            plan_version_id=plan.plan_version_id,
            plan_digest=plan.digest,
            attempt=attempt,
            rounding_place=Place(rounding.place).name.lower(),
            rounding_mode=Mode(rounding.mode).name.lower(),
            rounding_unit=rounding.unit,
            currency_code=plan.document.plan.currency,
            started_at=ctx.now,
        )
        .returning(CommissionRun.run_id)
    )
    assert run_id is not None  # noqa: S101 - RETURNING always gives the key
    previous = await find_previous_run(ctx.session, period_id)
    return Started(run_id, attempt, period_id, kind_id, plan, previous)


async def abandon(ctx: Context, period_id: int) -> None:
    """Mark what a killed process left running as failed; the caller holds the period's lock."""
    await ctx.session.execute(
        update(CommissionRun)
        .where(CommissionRun.period_id == period_id, CommissionRun.status_id == RUNNING)
        .values(status_id=FAILED, finished_at=ctx.now, stage="abandoned")
    )


async def finish(
    ctx: Context, started: Started, snapshot: Snapshot, result: Result, seen: str
) -> None:
    """Make a run's figures those of its period; raises RunInProgress if it was taken over."""
    run_id = await ctx.session.scalar(
        update(CommissionRun)
        .where(
            CommissionRun.run_id == started.run_id,
            CommissionRun.attempt == started.attempt,
            CommissionRun.status_id == RUNNING,
        )
        .values(
            status_id=COMMITTED,
            stage="done",
            finished_at=func.clock_timestamp(),
            snapshot_digest=snapshot.digest,
            result_digest=result.digest,
            seen=seen,
            member_count=len(snapshot),
            line_count=len(result.lines.payee),
            check_count=len(result.checks.payee),
            total=Decimal(int(result.checks.total_commission.sum())) / 10_000,
            issues=[
                {"code": issue.code, "customer_id": issue.customer_id, "detail": issue.detail}
                for issue in (*snapshot.issues, *result.issues)[:1000]
            ],
        )
        .returning(CommissionRun.run_id)
    )
    if run_id is None:
        raise RunInProgress
    await ctx.session.execute(
        update(CommissionRun)
        .where(
            CommissionRun.period_id == started.period_id,
            CommissionRun.kind_id == PREVIEW,
            CommissionRun.status_id == COMMITTED,
            CommissionRun.run_id != started.run_id,
        )
        .values(status_id=SUPERSEDED)
    )


async def fail(ctx: Context, started: Started) -> None:
    """Record that a run ended without figures."""
    await ctx.session.execute(
        update(CommissionRun)
        .where(CommissionRun.run_id == started.run_id, CommissionRun.attempt == started.attempt)
        .values(status_id=FAILED, finished_at=ctx.now, stage="failed")
    )


async def list_superseded(session: AsyncSession, since: timedelta) -> list[int]:
    """Runs whose figures were replaced at least `since` ago and still take up room."""
    newer = aliased(CommissionRun)
    replaced = (
        select(newer.run_id)
        .where(
            newer.period_id == CommissionRun.period_id,
            newer.run_id > CommissionRun.run_id,
            newer.finished_at <= func.clock_timestamp() - since,
        )
        .exists()
    )
    rows = await session.scalars(
        select(CommissionRun.run_id).where(
            CommissionRun.status_id == SUPERSEDED, CommissionRun.stage != "dropped", replaced
        )
    )
    return list(rows)


async def find_previous_run(session: AsyncSession, period_id: int) -> int | None:
    """The committed run of the last closed period of the same kind before this one."""
    kind = calendar.period_type(period_id)
    run_id: int | None = await session.scalar(
        select(Period.run_id)
        .where(
            Period.period_id < period_id,
            Period.period_type_id == kind,
            Period.status_id >= CLOSED,
        )
        .order_by(Period.period_id.desc())
        .limit(1)
    )
    return run_id


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


def outcome_of(started: Started, snapshot: Snapshot, result: Result) -> Outcome:
    """What a run that just finished came to."""
    return Outcome(
        run_id=started.run_id,
        members=len(snapshot),
        lines=len(result.lines.payee),
        checks=len(result.checks.payee),
        total=Decimal(int(result.checks.total_commission.sum())) / 10_000,
        issues=len(snapshot.issues) + len(result.issues),
    )
