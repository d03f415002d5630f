"""How far a run is, written where everybody can see it while its own transaction is still open."""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select, text, update

from upline.core.context import Context, ContextFactory
from upline.core.progress import Progress
from upline.models.commission import CommissionRun
from upline.services.commission.runs import RUN_LOCK, RUNNING, Started

# Where each stage begins, in percent of the time a run of many members takes.
BEGINS = {"reading": 0, "calculating": 25, "storing": 50, "sealing": 95}
LOCKED = text(
    "SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 2"
    " AND classid = CAST(:space AS oid) AND objid = CAST(:period_id AS oid)"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))"
)


@dataclass(frozen=True, slots=True)
class Standing:
    """The newest run of a period; `is_alive` tells a run that works from one that was killed."""

    run_id: int
    kind_id: int
    status_id: int
    stage: str
    percent: int
    started_by: str
    started_at: datetime
    finished_at: datetime | None
    approved_by: str | None
    is_alive: bool


@dataclass
class Recorder:
    """Passes progress on and writes it to the run's row, each time in a transaction of its own."""

    contexts: ContextFactory
    started: Started
    report: Progress
    _stage: str = ""
    _pending: set[asyncio.Task[None]] = field(default_factory=set)

    async def enter(self, stage: str) -> None:
        """Say that `stage` begins and the one before is over, and wait until it is written."""
        if self._stage:
            self.report(self._stage.capitalize(), 1, 1)
        self._stage = stage
        self.report(stage.capitalize(), 0, 1)
        await self._write(stage, BEGINS[stage])

    def __call__(self, step: str, done: int, total: int | None, /) -> None:
        """Progress inside of storing, the stage that is long and has parts.

        While one is being written the next are left out: the stage after this says more anyway.
        """
        self.report(step, done, total)
        if total and not self._pending:
            span = BEGINS["sealing"] - BEGINS["storing"]
            percent = BEGINS["storing"] + span * done // total
            task = asyncio.create_task(self._write("storing", percent))
            self._pending.add(task)
            task.add_done_callback(self._pending.discard)

    async def settle(self) -> None:
        """Wait for what is still to be written: the row is about to be locked."""
        await asyncio.gather(*self._pending)

    async def _write(self, stage: str, percent: int) -> None:
        async with self.contexts.database.session() as session:
            await session.execute(
                update(CommissionRun)
                .where(
                    CommissionRun.run_id == self.started.run_id,
                    CommissionRun.status_id == RUNNING,
                    CommissionRun.percent <= percent,
                )
                .values(stage=stage, percent=percent)
            )


async def find_standing(ctx: Context, period_id: int) -> Standing | None:
    """The newest run of a period; None when nothing was ever calculated for it."""
    row = (
        await ctx.session.execute(
            select(
                CommissionRun.run_id,
                CommissionRun.kind_id,
                CommissionRun.status_id,
                CommissionRun.stage,
                CommissionRun.percent,
                CommissionRun.started_by,
                CommissionRun.started_at,
                CommissionRun.finished_at,
                CommissionRun.approved_by,
            )
            .where(CommissionRun.period_id == period_id)
            .order_by(CommissionRun.run_id.desc())
            .limit(1)
        )
    ).one_or_none()
    if row is None:
        return None
    locked = await ctx.session.scalar(LOCKED, {"space": RUN_LOCK, "period_id": period_id})
    return Standing(*row, is_alive=row.status_id == RUNNING and bool(locked))
