"""Closed periods as now known: recomputed one after the other, and what they should have paid
posted as corrections in the open period.

Closed figures never change. A restatement is a run of its own kind over the same period that takes
in what was recorded since: late orders and refunds that count in it, corrections of the trees dated
in it. Ranks and carry come from the restated period before, so the cascade goes through to the last
closed period, and from there on into the open one. The runs stand, and the corrections are posted,
in one transaction at the end; killed before it, nothing has happened and the next try starts over.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import func, select

from upline.core.context import Context, ContextFactory, Principal
from upline.core.errors import DomainError, Kind
from upline.core.progress import Progress, silent
from upline.models.commission import CommissionRun
from upline.models.period import Period
from upline.services.audit import trail
from upline.services.commission import causes, corrections, decisions, runs
from upline.services.commission.corrections import Correction, Pair
from upline.services.commission.known import Known
from upline.services.commission.runs import RESTATEMENT
from upline.services.commission.stages import Recorder
from upline.services.period import calendar, commands
from upline.services.period.queries import CLOSED, OPEN
from upline.services.plan import versions
from upline.services.workflows import calculation
from upline.services.workflows.close_period import InReview


class NotClosed(DomainError):
    """What is open is simply calculated again."""

    code = "period_not_closed"
    kind = Kind.CONFLICT
    message = "Only a closed period is restated."


@dataclass(frozen=True, slots=True)
class Restatement:
    """What came of it: the periods that look different now, and what was posted where."""

    pairs: Sequence[Pair]
    corrections: Sequence[Correction]
    posted_to: int | None


async def restate(
    contexts: ContextFactory,
    period_id: int,
    actor: Principal,
    *,
    dry_run: bool = False,
    progress: Progress = silent,
) -> Restatement:
    """Restate a closed period and those after it; `dry_run` posts nothing and keeps nothing.

    Raises NotClosed, InReview while the open period is being closed, or RunInProgress.
    """
    async with _locked(contexts, period_id, actor) as last:
        pairs, previous = [], await _standing_before(contexts, period_id, actor)
        try:
            for number in range(period_id, last + 1):
                pair = await _restate_one(contexts, number, previous, actor, progress)
                pairs.append(pair)
                previous = pair.restated_run
        except BaseException:
            await _give_up(contexts, range(period_id, last + 1), actor)
            raise
        changed = [pair for pair in pairs if pair.restated_run != pair.closed_run]
        async with contexts.open(actor) as ctx:
            found = await corrections.list_corrections(ctx, changed)
            if dry_run:
                await _reject_waiting(ctx, range(period_id, last + 1))
                return Restatement(changed, found, None)
            await _post(ctx, period_id, changed, last + 1)
        return Restatement(changed, found, last + 1 if found else None)


class Closed(NamedTuple):
    """The committed run of a closed period."""

    run_id: int
    plan_version_id: int


@asynccontextmanager
async def _locked(contexts: ContextFactory, period_id: int, actor: Principal) -> AsyncIterator[int]:
    """Hold the run locks from the period through the open one; gives the last closed period.

    The open one is locked as well: a close that began meanwhile would carry on from figures that
    are about to be restated.
    """
    async with contexts.open(actor) as holder:
        last = await holder.session.scalar(
            select(func.max(Period.period_id)).where(
                Period.period_type_id == calendar.period_type(period_id),
                Period.status_id >= CLOSED,
            )
        )
        if last is None or last < period_id:
            raise NotClosed
        for number in range(period_id, last + 2):
            await runs.lock_period(holder.session, number)
        status = await holder.session.scalar(
            select(Period.status_id).where(Period.period_id == last + 1)
        )
        if status not in (None, OPEN):
            raise InReview
        yield last


async def _standing_before(
    contexts: ContextFactory, period_id: int, actor: Principal
) -> int | None:
    async with contexts.open(actor) as ctx:
        return await runs.find_previous_run(ctx.session, period_id)


async def _restate_one(
    contexts: ContextFactory,
    period_id: int,
    previous: int | None,
    actor: Principal,
    progress: Progress,
) -> Pair:
    """Calculate one period as now known; where nothing is new, what stands for it stands on."""
    async with contexts.open(actor) as ctx:
        await _reject_waiting(ctx, [period_id])
        closed = await _get_closed(ctx, period_id)
        plan = await versions.get(ctx.session, closed.plan_version_id)
        standing = await runs.find_standing_run(ctx.session, period_id) or closed.run_id
        known_digest = await runs.find_snapshot_digest(ctx.session, standing)
        started = await runs.start(ctx, period_id, RESTATEMENT, plan, previous)
    recorder = Recorder(contexts, started, progress)
    await recorder.enter("reading")
    loaded = await calculation.read(contexts, started, actor, Known(closed.run_id))
    snapshot = await asyncio.to_thread(calculation.build, period_id, loaded)
    if snapshot.digest == known_digest:
        async with contexts.open(actor) as ctx:
            await runs.forget(ctx, started)
        return Pair(period_id, closed.run_id, standing)
    await recorder.enter("calculating")
    result = await calculation.calculate(started, snapshot)

    async def decide(ctx: Context) -> None:
        await causes.record(ctx, started.run_id, period_id, standing, previous)

    await calculation.store(contexts, started, actor, loaded, snapshot, result, recorder, decide)
    return Pair(period_id, closed.run_id, started.run_id)


async def _post(ctx: Context, period_id: int, changed: Sequence[Pair], into: int) -> None:
    """Let the restated runs stand and post what they differ by."""
    status, _ = await commands.lock(ctx, into)
    if status != OPEN:
        raise InReview
    waiting = [
        pair.restated_run
        for pair in changed
        if pair.restated_run == await runs.find_waiting(ctx.session, pair.period_id, RESTATEMENT)
    ]
    await decisions.commit_restatements(ctx, waiting)
    await corrections.post(ctx, changed, into)
    if waiting:
        detail = {"runs": waiting, "posted_to": into}
        await trail.record(ctx, "period.restate", f"period:{period_id}", detail)


async def _give_up(contexts: ContextFactory, numbers: Sequence[int], actor: Principal) -> None:
    async with contexts.open(actor) as ctx:
        for number in numbers:
            await runs.abandon(ctx, number)
        await _reject_waiting(ctx, numbers)


async def _reject_waiting(ctx: Context, numbers: Sequence[int]) -> None:
    """Drop restated figures that nobody posted: of a dry run, or of one that was cut off."""
    for number in numbers:
        if run_id := await runs.find_waiting(ctx.session, number, RESTATEMENT):
            await decisions.reject(ctx, [run_id])


async def _get_closed(ctx: Context, period_id: int) -> Closed:
    row = (
        await ctx.session.execute(
            select(CommissionRun.run_id, CommissionRun.plan_version_id)
            .join(Period, Period.run_id == CommissionRun.run_id)
            .where(Period.period_id == period_id, Period.status_id >= CLOSED)
        )
    ).one_or_none()
    if row is None:
        raise NotClosed
    return Closed(*row)
