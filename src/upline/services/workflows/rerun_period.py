"""Running a committed period again, from what was known then, and comparing the fingerprints.

Nothing is stored. Rows recorded since are left out by the snapshot the run read in, members are
what they were at the close, the plan is the version it ran under: the same bytes must come out,
with any number of threads and rows in any order.
"""

import asyncio
from dataclasses import dataclass

from sqlalchemy import select

from upline.core.context import Context, ContextFactory, Principal
from upline.core.progress import Progress, silent
from upline.engine.digest import spelled
from upline.models.commission import CommissionRun
from upline.models.period import Period
from upline.services.commission import fingerprints
from upline.services.commission.known import Known
from upline.services.commission.runs import Started
from upline.services.period.queries import CLOSED
from upline.services.plan import versions
from upline.services.workflows import calculation
from upline.services.workflows.restate_period import NotClosed


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """One fingerprint of a run: as it was recorded, and as it comes out now.

    Each begins with how it was made; made in two ways they say nothing about each other.
    """

    name: str
    recorded: str
    now: str

    @property
    def agrees(self) -> bool:
        return self.recorded == self.now

    @property
    def comparable(self) -> bool:
        return self.recorded.partition(":")[0] == self.now.partition(":")[0]


async def rerun(
    contexts: ContextFactory, period_id: int, actor: Principal, progress: Progress = silent
) -> list[Fingerprint]:
    """Fingerprints of a closed period's inputs, plan, result and stored figures.

    Raises NotClosed.
    """
    async with contexts.open(actor) as ctx:
        row = await _get_run(ctx, period_id)
        plan = await versions.get(ctx.session, row.plan_version_id)
        stored = await fingerprints.take_again(ctx.session, row.run_id)
    started = Started(row.run_id, row.attempt, period_id, row.kind_id, plan, row.previous_run_id)
    progress("Reading", 0, 2)
    loaded = await calculation.read(contexts, started, actor, Known(row.run_id, row.seen))
    progress("Calculating", 1, 2)
    snapshot = await asyncio.to_thread(calculation.build, period_id, loaded)
    result = await calculation.calculate(started, snapshot)
    progress("Calculating", 2, 2)
    return [
        Fingerprint("snapshot", spelled(row.snapshot_digest), spelled(snapshot.digest)),
        Fingerprint("plan", spelled(row.plan_digest), spelled(plan.digest)),
        Fingerprint("result", spelled(row.result_digest), spelled(result.digest)),
        *(Fingerprint(*taken) for taken in stored),
    ]


async def _get_run(ctx: Context, period_id: int) -> CommissionRun:
    run = await ctx.session.scalar(
        select(CommissionRun)
        .join(Period, Period.run_id == CommissionRun.run_id)
        .where(Period.period_id == period_id, Period.status_id >= CLOSED)
    )
    if run is None:
        raise NotClosed
    return run
