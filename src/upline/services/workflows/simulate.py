"""What if: periods calculated as they were and again with something changed, and compared.

Closed periods are read as they were known when they closed, the open one as it stands now. Each
simulated period carries ranks, leg volume and memories on to the next. Nothing is written, and no
run is recorded.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import select

from upline.core.context import Context, ContextFactory, Principal
from upline.core.errors import FieldInvalid
from upline.core.progress import Progress, silent
from upline.engine.run import run
from upline.models.commission import CommissionRun
from upline.models.period import Period
from upline.services import plan as language
from upline.services.commission import runs
from upline.services.commission.known import Known
from upline.services.commission.loading import Loaded
from upline.services.commission.runs import PREVIEW, Started
from upline.services.period import queries
from upline.services.period.queries import CLOSED
from upline.services.plan import versions
from upline.services.plan.versions import InForce
from upline.services.simulation import changes, comparison
from upline.services.simulation.changes import Change, Outcome
from upline.services.simulation.comparison import Amounts, Effect, RankChange, Totals
from upline.services.workflows import calculation

CYCLE = "sponsor_cycle"


@dataclass(frozen=True, slots=True)
class Simulation:
    """The differences a change would have made; money in the plan's currency."""

    currency: str
    totals: Sequence[Totals]
    effects: Sequence[Effect]
    ranks: Sequence[RankChange]


async def simulate(
    contexts: ContextFactory,
    period_ids: range,
    change: Change,
    actor: Principal,
    progress: Progress = silent,
) -> Simulation:
    """Calculate periods (0: the current month) with and without a change.

    Moves hold from the first period on; orders are placed in the first. Raises NotFound for a
    number outside the calendar, NoPlan, or FieldInvalid naming what cannot be.
    """
    before, after = _Side(), _Side()
    totals: list[Totals] = []
    ranks: list[RankChange] = []
    currency = ""
    for done, period_id in enumerate(period_ids):
        progress("Simulating", done, len(period_ids))
        async with contexts.open(actor) as ctx:
            started, known = await _get_inputs(ctx, period_id)
            changed = replace(started, plan=_changed_plan(started.plan, change))
        loaded = await calculation.read(contexts, started, actor, known)
        # Another plan may ask for inputs that this one does not.
        other = await calculation.read(contexts, changed, actor, known) if change.plan else loaded
        other = changes.place_moves(other, change)
        if not done:
            other = changes.place_orders(other, change)
        one = await asyncio.to_thread(before.calculate, started, loaded)
        two = await asyncio.to_thread(after.calculate, changed, other)
        _refuse_cycle(one, two)
        totals.append(comparison.compare_totals(started.period_id, one, two))
        ranks += comparison.list_rank_changes(started.period_id, one, two)
        currency = changed.plan.document.plan.currency
    progress("Simulating", len(period_ids), len(period_ids))
    return Simulation(currency, totals, before.amounts.compare(after.amounts), ranks)


class _Side:
    """One of the two series of calculations: what it paid so far and what it hands on."""

    def __init__(self) -> None:
        self.amounts = Amounts()
        self._past: dict[int, Outcome] = {}

    def calculate(self, started: Started, loaded: Loaded) -> Outcome:
        """The next period; of those before only as many are kept as the plan looks back."""
        loaded = changes.carry_on(loaded, self._past)
        snapshot = calculation.build(started.period_id, loaded)
        outcome = Outcome(snapshot, run(started.plan.compiled, snapshot))
        self.amounts.add(outcome, started.plan.document)
        self._past[started.period_id] = outcome
        while len(self._past) > max(1, loaded.extras.periods):
            del self._past[min(self._past)]
        return outcome


async def _get_inputs(ctx: Context, period_id: int) -> tuple[Started, Known | None]:
    """What a period is calculated from: a closed one from what its run saw, under its plan."""
    number = queries.resolve(ctx, period_id)
    row = (
        await ctx.session.execute(
            select(
                CommissionRun.run_id,
                CommissionRun.seen,
                CommissionRun.plan_version_id,
                CommissionRun.previous_run_id,
            )
            .join(Period, Period.run_id == CommissionRun.run_id)
            .where(Period.period_id == number, Period.status_id >= CLOSED)
        )
    ).one_or_none()
    if row is None:
        plan = await versions.in_force(ctx.session, number)
        previous = await runs.find_previous_run(ctx.session, number)
        return Started(0, "", number, PREVIEW, plan, previous), None
    plan = await versions.get(ctx.session, row.plan_version_id)
    started = Started(row.run_id, "", number, PREVIEW, plan, row.previous_run_id)
    return started, Known(row.run_id, row.seen)


def _changed_plan(plan: InForce, change: Change) -> InForce:
    if change.plan is None:
        return plan
    if change.plan.calendar.period != plan.document.calendar.period:
        raise FieldInvalid("plan", "The plan is paid by another kind of period.")
    return replace(plan, document=change.plan, compiled=language.compile(change.plan))


def _refuse_cycle(before: Outcome, after: Outcome) -> None:
    cut = {issue for issue in after.snapshot.issues if issue.code == CYCLE}
    if cut - set(before.snapshot.issues):
        raise FieldInvalid("move", "A member cannot stand below himself.")
