"""The record of runs: starting, taking over, finishing, deciding on, superseding."""

import uuid
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from sqlalchemy import and_, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from upline.core.context import Context
from upline.core.errors import DomainError, Kind
from upline.engine import labels
from upline.engine.arithmetic import Mode, Place
from upline.engine.limits import NO_SHARE
from upline.engine.result import Result
from upline.engine.snapshot import Snapshot
from upline.models.commission import CommissionRun
from upline.models.period import Period
from upline.services.audit import trail
from upline.services.commission.fingerprints import Figures
from upline.services.commission.partitions import TABLES
from upline.services.period import calendar
from upline.services.period.queries import CLOSED
from upline.services.plan.versions import InForce

PREVIEW, FINAL, RESTATEMENT = 1, 2, 3
RUNNING, COMMITTED, FAILED, SUPERSEDED, WAITING, REJECTED = 1, 2, 3, 4, 5, 6
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


async def start(
    ctx: Context, period_id: int, kind_id: int, plan: InForce, previous_run: int | None
) -> Started:
    """Record a new run, whose ranks and carry come in from `previous_run`.

    The caller holds the period's lock, so nothing that is still marked running is alive: it was
    left behind by a killed process and is marked failed first.
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
            exchanged_volumes=_exchanged(plan),
            limits=_limits(plan),
            previous_run_id=previous_run,
            started_by=trail.actor_of(ctx.principal),
            started_at=ctx.now,
            read_at=ctx.now,
        )
        .returning(CommissionRun.run_id)
    )
    assert run_id is not None  # noqa: S101 - RETURNING always gives the key
    return Started(run_id, attempt, period_id, kind_id, plan, previous_run)


def _exchanged(plan: InForce) -> list[str] | None:
    """Volumes that orders give in their own money, so that the auditor need not know plans."""
    exchange = plan.compiled.exchange
    return list(exchange.volumes) if exchange and exchange.volumes else None


def _limits(plan: InForce) -> dict[str, object]:
    """What bonuses may pay of the company's volume, and how often caps may cut each of them, so
    that the auditor need not know plans."""
    limits = plan.compiled.limits
    caps = [
        {"bonuses": list(limit.bonus_ids), "share": limit.share}
        for limit in limits
        if limit.share != NO_SHARE
    ]
    cut = Counter(str(bonus_id) for limit in limits for bonus_id in limit.bonus_ids)
    return {"volume": plan.compiled.volumes.commission, "caps": caps, "cut": cut}


async def abandon(ctx: Context, period_id: int) -> None:
    """Mark what a killed process left running as failed; the caller holds the period's lock."""
    await ctx.session.execute(
        update(CommissionRun)
        .where(CommissionRun.period_id == period_id, CommissionRun.status_id == RUNNING)
        .values(status_id=FAILED, finished_at=ctx.now, stage="abandoned")
    )


async def hold(ctx: Context, started: Started) -> None:
    """Keep a run from being cleared away until the transaction ends; raises RunInProgress if it was
    taken over."""
    ours = await ctx.session.scalar(
        select(CommissionRun.run_id)
        .where(
            CommissionRun.run_id == started.run_id,
            CommissionRun.attempt == started.attempt,
            CommissionRun.status_id == RUNNING,
        )
        .with_for_update(read=True, key_share=True)
    )
    if ours is None:
        raise RunInProgress


async def finish(
    ctx: Context,
    started: Started,
    snapshot: Snapshot,
    result: Result,
    seen: str,
    seals: Mapping[str, Figures],
) -> None:
    """End a run, whose figures have these `seals`: a preview, which has none, is in force at once,
    others wait for what is decided about them.

    Raises RunInProgress if it was taken over.
    """
    is_preview = started.kind_id == PREVIEW
    run_id = await ctx.session.scalar(
        update(CommissionRun)
        .where(
            CommissionRun.run_id == started.run_id,
            CommissionRun.attempt == started.attempt,
            CommissionRun.status_id == RUNNING,
        )
        .values(
            status_id=COMMITTED if is_preview else WAITING,
            stage="done" if is_preview else "waiting",
            percent=100,
            finished_at=func.clock_timestamp(),
            snapshot_digest=snapshot.digest,
            result_digest=result.digest,
            seen=seen,
            label_gap=labels.GAP,
            member_count=len(snapshot),
            line_count=len(result.lines.payee),
            check_count=len(result.checks.payee),
            total=Decimal(int(result.checks.total_commission.sum())) / 10_000,
            issues=issues_of(snapshot, result),
            **({"figures": dict(seals)} if seals else {}),
        )
        .returning(CommissionRun.run_id)
    )
    if run_id is None:
        raise RunInProgress
    if is_preview:
        await supersede_previews(ctx, started.period_id, started.run_id)


async def supersede_previews(ctx: Context, period_id: int, run_id: int) -> None:
    """Previews other than `run_id` are not in force any more."""
    await ctx.session.execute(
        update(CommissionRun)
        .where(
            CommissionRun.period_id == period_id,
            CommissionRun.kind_id == PREVIEW,
            CommissionRun.status_id == COMMITTED,
            CommissionRun.run_id != run_id,
        )
        .values(status_id=SUPERSEDED)
    )


async def find_waiting(session: AsyncSession, period_id: int, kind_id: int = FINAL) -> int | None:
    """The run of a period that waits to be decided on."""
    run_id: int | None = await session.scalar(
        select(CommissionRun.run_id).where(
            CommissionRun.period_id == period_id,
            CommissionRun.kind_id == kind_id,
            CommissionRun.status_id == WAITING,
        )
    )
    return run_id


async def forget(ctx: Context, started: Started) -> None:
    """End a run that found nothing new: it leaves no figures."""
    await ctx.session.execute(
        update(CommissionRun)
        .where(CommissionRun.run_id == started.run_id, CommissionRun.attempt == started.attempt)
        .values(status_id=FAILED, finished_at=func.clock_timestamp(), stage="unchanged")
    )


async def find_snapshot_digest(session: AsyncSession, run_id: int) -> bytes | None:
    """The fingerprint of what a run read."""
    query = select(CommissionRun.snapshot_digest).where(CommissionRun.run_id == run_id)
    digest: bytes | None = await session.scalar(query)
    return digest


async def fail(ctx: Context, started: Started) -> None:
    """Record that a run ended without figures."""
    await ctx.session.execute(
        update(CommissionRun)
        .where(CommissionRun.run_id == started.run_id, CommissionRun.attempt == started.attempt)
        .values(status_id=FAILED, finished_at=ctx.now, stage="failed")
    )


async def list_superseded(session: AsyncSession, since: timedelta) -> list[int]:
    """Runs that take up room with figures that were rejected, replaced at least `since` ago, or
    left behind by a run that failed while it stored them."""
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
    left_behind = or_(
        *(
            func.to_regclass(func.concat(f"{table}_r", CommissionRun.run_id)).is_not(None)
            for table in TABLES
        )
    )
    rows = await session.scalars(
        select(CommissionRun.run_id).where(
            or_(
                CommissionRun.status_id == REJECTED,
                and_(CommissionRun.status_id == SUPERSEDED, replaced),
                and_(CommissionRun.status_id == FAILED, left_behind),
            ),
            CommissionRun.stage != "dropped",
        )
    )
    return list(rows)


async def find_previous_run(session: AsyncSession, period_id: int) -> int | None:
    """What stands for the last closed period of the same kind before this one."""
    kind = calendar.period_type(period_id)
    previous: int | None = await session.scalar(
        select(Period.period_id)
        .where(
            Period.period_id < period_id,
            Period.period_type_id == kind,
            Period.status_id >= CLOSED,
        )
        .order_by(Period.period_id.desc())
        .limit(1)
    )
    return None if previous is None else await find_standing_run(session, previous)


async def find_standing_run(session: AsyncSession, period_id: int) -> int | None:
    """What is known best of a closed period: its last restatement, or else its final run.

    Later periods take ranks and carry from it, so that what a restatement found goes on from
    there and is not found again.
    """
    restated = (
        select(func.max(CommissionRun.run_id))
        .where(
            CommissionRun.period_id == Period.period_id,
            CommissionRun.kind_id == RESTATEMENT,
            CommissionRun.status_id == COMMITTED,
        )
        .scalar_subquery()
    )
    run_id: int | None = await session.scalar(
        select(func.coalesce(restated, Period.run_id)).where(Period.period_id == period_id)
    )
    return run_id


async def get_currency(session: AsyncSession, run_id: int) -> str:
    """The currency of a run's commissions."""
    query = select(CommissionRun.currency_code).where(CommissionRun.run_id == run_id)
    return str(await session.scalar(query))


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


def issues_of(snapshot: Snapshot, result: Result) -> list[dict[str, object]]:
    """The first thousand issues as they are kept."""
    return [
        {"code": issue.code, "customer_id": issue.customer_id, "detail": issue.detail}
        for issue in (*snapshot.issues, *result.issues)[:1000]
    ]


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
