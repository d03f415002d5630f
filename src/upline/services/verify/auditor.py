"""Asks every invariant and collects what breaks it."""

from dataclasses import dataclass

from sqlalchemy import select, text, union_all
from sqlalchemy.ext.asyncio import AsyncSession

from upline.core.progress import Progress, silent
from upline.models.commission import CommissionRun
from upline.models.period import Period
from upline.services.commission.runs import COMMITTED, RESTATEMENT
from upline.services.verify.invariants import INVARIANTS, Invariant

EXAMPLES = 10


@dataclass(frozen=True, slots=True)
class Breach:
    """One exception to an invariant; `run_id` names the run it was found in, if any."""

    code: str
    sentence: str
    subject: str
    detail: str
    run_id: int | None


async def verify(session: AsyncSession, progress: Progress = silent) -> list[Breach]:
    """At most EXAMPLES breaches of each invariant (and run); an empty list is a clean bill."""
    in_force = select(Period.run_id).where(Period.run_id.is_not(None))
    restated = select(CommissionRun.run_id).where(
        CommissionRun.kind_id == RESTATEMENT, CommissionRun.status_id == COMMITTED
    )
    runs = sorted(await session.scalars(union_all(in_force, restated)))
    total = sum(len(runs) if invariant.per_run else 1 for invariant in INVARIANTS)
    breaches: list[Breach] = []
    done = 0
    for invariant in INVARIANTS:
        for run_id in runs if invariant.per_run else [None]:
            progress(invariant.sentence, done, total)
            breaches += await _ask(session, invariant, run_id)
            done += 1
    progress("Done", total, total)
    return breaches


async def _ask(session: AsyncSession, invariant: Invariant, run_id: int | None) -> list[Breach]:
    # Bound values are written out: with a constant run the planner reads one partition only.
    query = invariant.query if run_id is None else invariant.query.replace(":run_id", str(run_id))
    rows = await session.execute(text(f"{query} LIMIT {EXAMPLES}"))
    return [
        Breach(invariant.code, invariant.sentence, str(subject), str(detail), run_id)
        for subject, detail in rows
    ]
