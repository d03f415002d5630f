"""All tables of a run filled by two connections, which share out what there is to do.

First the tables, the largest first; as soon as a large one is filled and committed its indexes are
built, by whichever connection is free. None of it is seen before the run's last transaction
attaches the partitions, and nothing points at them before that; killed in between, they are dropped
with the run, which then has failed.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from heapq import heappop, heappush
from typing import LiteralString, NamedTuple

from sqlalchemy import text

from upline.core.context import Context, ContextFactory, Principal
from upline.core.db import raw_connection
from upline.core.progress import Progress
from upline.core.together import together
from upline.services.commission import fingerprints, partitions, runs
from upline.services.commission.fingerprints import Figures
from upline.services.commission.partitions import Connection, Indexes, Part
from upline.services.commission.runs import PREVIEW, Started

# One table takes a third of the time, so more connections would wait for that one.
CONNECTIONS = 2
# Rows from which on indexes are shared out; below that it would take longer than to build them.
LARGE = 20_000
# The run's last transaction waits for the disk, for itself and all that was committed before it.
NO_WAITING = text("SET LOCAL synchronous_commit = off")
INDEXES, TABLES = 0, 1


@dataclass
class Stored:
    """What lies in tables that nobody sees yet; `seals` of figures that must not change."""

    seals: dict[str, Figures] = field(default_factory=dict)
    tables: list[str] = field(default_factory=list)


async def fill(
    contexts: ContextFactory,
    started: Started,
    actor: Principal,
    figures: dict[str, list[Part]],
    progress: Progress,
) -> Stored:
    """Write the figures of a run where nobody sees them; raises RunInProgress if it was taken over.

    Final figures are sealed by the transaction that writes them.
    """
    async with contexts.open(actor) as ctx:
        connection = await raw_connection(await ctx.session.connection())
        indexes = await partitions.find_indexes(connection, started.run_id, figures)
    filling = _Filling(contexts, started, actor, figures, indexes, progress)
    await filling.all()
    return filling.stored


class _Job(NamedTuple):
    """One thing to do: a table to be filled, or an index of a filled one to be built. What has the
    lowest `place` comes first: indexes, so that little tables are left for the end, when everybody
    should be done at the same time."""

    place: tuple[int, int]
    table: str
    statement: LiteralString = ""


@dataclass
class _Filling:
    """The jobs of a run that are left, and what has been done."""

    contexts: ContextFactory
    started: Started
    actor: Principal
    figures: dict[str, list[Part]]
    indexes: dict[str, Indexes]
    progress: Progress
    stored: Stored = field(default_factory=Stored)
    _left: list[_Job] = field(default_factory=list)
    _count: int = 0
    _done: int = 0
    # Tables that somebody is filling: they may leave indexes to be built.
    _under_way: int = 0
    _changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def all(self) -> None:
        """Do all there is to do, by as many hands as there are connections."""
        for table, parts in self.figures.items():
            cells = sum(len(part) * len(part[0].values) for part in parts)
            heappush(self._left, _Job((TABLES, -cells), table))
            self._count += 1 + len(self._shared_out(table))
        self.progress("Storing", 0, self._count)
        async with together() as hands:
            for _ in range(CONNECTIONS):
                hands.create_task(self._work())

    async def _work(self) -> None:
        while await self._commit_some():
            pass

    async def _commit_some(self) -> bool:
        """Do what comes next in one transaction, up to a large table: it must be committed before
        others can build its indexes. False when nothing is left."""
        async with self.contexts.open(self.actor) as ctx:
            await runs.hold(ctx, self.started)
            await ctx.session.execute(NO_WAITING)
            connection = await raw_connection(await ctx.session.connection())
            while (job := await self._next()) is not None:
                await self._do(ctx, connection, job)
                if not job.statement and self._shared_out(job.table):
                    break
                await self._end(job)
        if job is None:
            return False
        await self._end(job, self._shared_out(job.table))
        return True

    async def _do(self, ctx: Context, connection: Connection, job: _Job) -> None:
        table, run_id = job.table, self.started.run_id
        if job.statement:
            await connection.execute(job.statement)
            return
        keys, others = self.indexes[table]
        is_preview = self.started.kind_id == PREVIEW
        await partitions.fill(
            connection,
            run_id,
            table,
            self.figures[table],
            keys if self._shared_out(table) else [*keys, *others],
            changeable=is_preview,
        )
        # News are folded into previews: what they are sealed with would not last.
        if not is_preview:
            self.stored.seals |= await fingerprints.take(ctx.session, run_id, [table])
        self.stored.tables.append(table)

    def _shared_out(self, table: str) -> list[LiteralString]:
        """The indexes of a table that are jobs of their own."""
        rows = sum(len(part[0].values) for part in self.figures[table])
        return self.indexes[table].others if rows >= LARGE else []

    async def _next(self) -> _Job | None:
        """What comes next, as soon as there is anything; None when there is nothing left."""
        async with self._changed:
            await self._changed.wait_for(lambda: self._left or not self._under_way)
            if not self._left:
                return None
            job = heappop(self._left)
            self._under_way += not job.statement
            return job

    async def _end(self, job: _Job, indexes: Sequence[LiteralString] = ()) -> None:
        """Say that a job is done and leaves these indexes to be built."""
        async with self._changed:
            for number, index in enumerate(indexes):
                heappush(self._left, _Job((INDEXES, number), job.table, index))
            self._done += 1
            self._under_way -= not job.statement
            self._changed.notify_all()
        self.progress("Storing", self._done, self._count)
