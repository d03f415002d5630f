"""One run from its inputs to its stored figures, whatever it is for: preview, close, restatement.

Reading and calculating leave nothing behind. The figures are stored and sealed where nobody sees
them, and shown by one transaction. Killed before its commit, a run has left its own row, marked as
not finished, and at most tables that are dropped with it.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncSession

from upline.core.context import Context, ContextFactory, Principal
from upline.core.db import raw_connection, see_instant_of, see_one_instant
from upline.core.progress import Progress
from upline.core.together import together
from upline.engine import snapshot as snapshots
from upline.engine.result import Result
from upline.engine.run import run
from upline.engine.snapshot import Snapshot
from upline.services.commission import extras, filling, loading, partitions, runs, storing
from upline.services.commission.known import Connection, Known
from upline.services.commission.loading import Loaded
from upline.services.commission.runs import FINAL, PREVIEW, Started
from upline.services.commission.stages import Recorder
from upline.services.contest import inputs as contests
from upline.services.contest.scoring import score
from upline.services.period import commands
from upline.services.rollup import building as rollups
from upline.services.workflows import index_names

__all__ = ["build", "calculate", "execute", "read", "store"]

Decision = Callable[[Context], Awaitable[None]]


async def execute(
    contexts: ContextFactory,
    started: Started,
    actor: Principal,
    progress: Progress,
    decide: Decision,
) -> runs.Outcome:
    """Read, calculate and store a run that has been started; its period's lock is held.

    `decide` says what becomes of the figures, in the transaction that stores them.
    """
    recorder = Recorder(contexts, started, progress)
    await recorder.enter("reading")
    loaded = await read(contexts, started, actor)
    await recorder.enter("calculating")
    snapshot = await asyncio.to_thread(build, started.period_id, loaded)
    result = await calculate(started, snapshot)
    await store(contexts, started, actor, loaded, snapshot, result, recorder, decide)
    return runs.outcome_of(started, snapshot, result)


async def read(
    contexts: ContextFactory, started: Started, actor: Principal, known: Known | None = None
) -> Loaded:
    """The inputs as of one instant, while orders go on; `known` reads for a period that closed."""
    period_id, previous, plan = started.period_id, started.previous_run, started.plan
    async with contexts.open(actor) as ctx, contexts.open(actor) as beside:
        await see_one_instant(ctx.session)
        await see_instant_of(beside.session, ctx.session)
        first, second = await _raw(ctx.session), await _raw(beside.session)
        zone = ctx.company.time_zone
        async with together() as group:
            loaded = group.create_task(
                loading.load(first, second, period_id, zone, previous, ctx.now, known)
            )
            asked = group.create_task(contests.load(second, plan, period_id, previous))
            more = group.create_task(
                extras.load(second, plan.compiled, period_id, zone, previous, known)
            )
        return replace(loaded.result(), contests=asked.result(), extras=more.result())


def build(period_id: int, loaded: Loaded) -> Snapshot:
    """The arrays the engine runs on; slow enough for a thread of its own."""
    return snapshots.build(
        period_id, loaded.members, loaded.entries, loaded.adjustments, loaded.extras
    )


async def calculate(started: Started, snapshot: Snapshot) -> Result:
    """The engine's part, in a worker thread: kernels release nothing but the event loop."""
    return await asyncio.to_thread(run, started.plan.compiled, snapshot)


async def store(
    contexts: ContextFactory,
    started: Started,
    actor: Principal,
    loaded: Loaded,
    snapshot: Snapshot,
    result: Result,
    recorder: Recorder,
    decide: Decision,
    gate: AbstractAsyncContextManager[None] | None = None,
) -> None:
    """Write every figure, then show them, end the run and decide about it in one transaction;
    `gate` is held from the sealing on until that is committed."""
    await recorder.enter("storing")
    async with together() as group:
        group.create_task(index_names.index_run(contexts, started, actor, snapshot))
        sums, scored = await asyncio.gather(
            asyncio.to_thread(rollups.build, snapshot, result, loaded.facts, loaded.seen),
            asyncio.to_thread(score, started.plan, snapshot, result, loaded.facts, loaded.contests),
        )
        numbered = started.kind_id == FINAL
        figures = storing.figures_of(snapshot, result, sums, scored, numbered=numbered)
        stored = await filling.fill(contexts, started, actor, figures, recorder)
    await recorder.settle()
    await recorder.enter("sealing")
    async with AsyncExitStack() as stack, contexts.open(actor) as ctx:
        connection = await _raw(ctx.session)
        await partitions.attach(
            connection, started.run_id, stored.tables, changeable=started.kind_id == PREVIEW
        )
        await rollups.describe(connection, started.run_id, sums)
        if gate is not None:
            await stack.enter_async_context(gate)
        await commands.lock(ctx, started.period_id)  # last: news are folded in meanwhile
        await runs.finish(ctx, started, snapshot, result, loaded.seen, stored.seals)
        await decide(ctx)


async def _raw(session: AsyncSession) -> Connection:
    return await raw_connection(await session.connection())
