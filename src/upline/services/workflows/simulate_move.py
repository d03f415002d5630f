"""What a change of sponsor would do to the running period, before anybody makes it.

The period's inputs are read once and calculated twice, as they are and with the member under the
other sponsor. Nothing is written, and no run is recorded.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
from sqlalchemy import any_, select

from upline.core.context import Context, ContextFactory, Principal
from upline.engine.result import Result
from upline.engine.run import run
from upline.engine.snapshot import Snapshot
from upline.models.customer import Customer
from upline.services.commission import runs
from upline.services.commission.loading import Loaded
from upline.services.commission.runs import PREVIEW, Started
from upline.services.organization import sponsor_changes
from upline.services.organization.account_queries import id_array
from upline.services.period import calendar
from upline.services.period.calendar import PeriodType
from upline.services.plan import versions
from upline.services.simulation import changes
from upline.services.simulation.changes import Change
from upline.services.workflows import calculation

UNITS = 10_000
NO_RANK = "-"

Array = np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True)
class Effect:
    """A member before and after; commission in the plan's currency, ranks by name."""

    customer_id: int
    name: str
    commission: Decimal
    commission_after: Decimal
    rank: str
    rank_after: str

    @property
    def gain(self) -> Decimal:
        """What they would have more; less than nothing for whoever loses."""
        return self.commission_after - self.commission


@dataclass(frozen=True, slots=True)
class Simulation:
    """`moved`: the member and everybody below. `effects`: who would be paid or ranked otherwise,
    the largest changes first; `total` and `total_after` are all commission of the period."""

    period_id: int
    currency: str
    previous_sponsor_id: int | None
    moved: int
    total: Decimal
    total_after: Decimal
    effects: list[Effect]


@dataclass(frozen=True, slots=True)
class _Figures:
    """What one calculation says of every member, by ascending customer id."""

    ids: Array
    commission: Array
    rank: Array
    below: Array


async def simulate_move(
    contexts: ContextFactory, customer_id: int, new_sponsor_id: int, actor: Principal
) -> Simulation:
    """Calculate the running period with and without the move.

    Raises NotFound, NoSponsor, SponsorCycle, or NoPlan.
    """
    async with contexts.open(actor) as ctx:
        stay, sponsor = await sponsor_changes.find_places(ctx, customer_id, new_sponsor_id)
        await sponsor_changes.require_possible(ctx, stay, sponsor)
        started = await _started(ctx)
    loaded = await calculation.read(contexts, started, actor)
    before = await asyncio.to_thread(_calculate, started, loaded)
    moved = changes.place_moves(loaded, Change(moves=((customer_id, new_sponsor_id),)))
    after = await asyncio.to_thread(_calculate, started, moved)
    changed = np.flatnonzero((before.commission != after.commission) | (before.rank != after.rank))
    order = np.lexsort(
        (before.ids[changed], -np.abs(after.commission[changed] - before.commission[changed]))
    )
    async with contexts.open(actor) as ctx:
        effects = await _describe(ctx, started, before, after, changed[order])
    return Simulation(
        period_id=started.period_id,
        currency=started.plan.document.plan.currency,
        previous_sponsor_id=stay.parent_id,
        moved=int(before.below[np.searchsorted(before.ids, customer_id)]),
        total=_amount(before.commission.sum()),
        total_after=_amount(after.commission.sum()),
        effects=effects,
    )


async def _started(ctx: Context) -> Started:
    """A run of the running month, or week where weeks are paid, that nobody records."""
    plans = await versions.history(ctx.session)
    for kind in (PeriodType.MONTH, PeriodType.WEEK):
        period_id = calendar.current_id(ctx.now, ctx.company.time_zone, kind)
        if plan := plans.find(period_id):
            previous = await runs.find_previous_run(ctx.session, period_id)
            return Started(0, "", period_id, PREVIEW, plan, previous)
    raise versions.NoPlan


def _calculate(started: Started, loaded: Loaded) -> _Figures:
    snapshot = calculation.build(started.period_id, loaded)
    return _figures(snapshot, run(started.plan.compiled, snapshot))


def _figures(snapshot: Snapshot, result: Result) -> _Figures:
    order = np.argsort(snapshot.customer_id)
    commission = np.zeros(len(snapshot), np.int64)
    np.add.at(commission, result.checks.payee, result.checks.total_commission)
    below = snapshot.end - np.arange(len(snapshot))
    return _Figures(*(a[order] for a in (snapshot.customer_id, commission, result.rank, below)))


async def _describe(
    ctx: Context, started: Started, before: _Figures, after: _Figures, members: Array
) -> list[Effect]:
    ranks = {rank.id: rank.name for rank in started.plan.document.ranks}
    names = await _load_names(ctx, before.ids[members].tolist())
    return [
        Effect(
            customer_id=int(before.ids[v]),
            name=names[int(before.ids[v])],
            commission=_amount(before.commission[v]),
            commission_after=_amount(after.commission[v]),
            rank=ranks.get(int(before.rank[v]), NO_RANK),
            rank_after=ranks.get(int(after.rank[v]), NO_RANK),
        )
        for v in members
    ]


async def _load_names(ctx: Context, customer_ids: Sequence[int]) -> dict[int, str]:
    rows = await ctx.session.execute(
        select(Customer.customer_id, Customer.first_name, Customer.last_name).where(
            Customer.customer_id == any_(id_array(customer_ids))
        )
    )
    return {row.customer_id: f"{row.first_name} {row.last_name}".strip() for row in rows}


def _amount(units: Any) -> Decimal:
    return Decimal(int(units)) / UNITS
