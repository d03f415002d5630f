"""From a run's figures to the standings of its contests."""

from dataclasses import dataclass

import numpy as np

from upline.engine.contests import NEVER, Carried, Standing, View, settle
from upline.engine.plan import Plan
from upline.engine.result import Result
from upline.engine.snapshot import Snapshot
from upline.engine.tree import positions_of
from upline.engine.units import I16, I32, I64, NONE
from upline.services.contest.inputs import Inputs, Rows
from upline.services.plan.versions import InForce
from upline.services.rollup.facts import Facts

VOLUMES = ("pv", "cv", "total_pv", "ov", "gv")


@dataclass(frozen=True, slots=True)
class Scored:
    """One contest with its standing; members are positions of the snapshot."""

    contest_id: int
    standing: Standing


def score(
    plan: InForce, snapshot: Snapshot, result: Result, facts: Facts, inputs: Inputs
) -> list[Scored]:
    """Settle every contest of the period."""
    if not inputs.contests:
        return []
    ranks = {rank.key: rank.id for rank in plan.document.ranks}
    ids = snapshot.customer_id
    order = np.argsort(ids)
    view = _view(plan.compiled, list(ranks.values()), snapshot, result, facts, inputs, order)
    scored = []
    for table in inputs.contests:
        rows = inputs.carried.get(table.id)
        carried = None
        if rows is not None:
            carried = Carried(
                _aligned(ids, order, rows, "points", 0),
                _aligned(ids, order, rows, "last_sale", NEVER),
            )
        mine = view._replace(
            held=_held(snapshot, order, result.rank, inputs.held.get(table.id)),
            stock={
                kind: _aligned(ids, order, rows, "left_over", 0)
                if (rows := inputs.stock.get((table.id, kind)))
                else np.zeros(len(ids), np.int64)
                for kind in view.entry_volumes
            },
        )
        scored.append(Scored(table.id, settle(table.contest(ranks), mine, ids, carried)))
    return scored


def _view(
    plan: Plan,
    ranks: list[int],
    s: Snapshot,
    result: Result,
    facts: Facts,
    inputs: Inputs,
    order: I64,
) -> View:
    at = positions_of(facts.customer_id, s.customer_id)
    rules = plan.volumes
    return View(
        enroller=s.enroller,
        customer_type=s.customer_type,
        able=np.isin(s.customer_type, rules.earner_types)
        & np.isin(s.status, rules.earning_statuses),
        is_new=facts.is_new[at],
        enrolled_at=facts.enrolled_at[at],
        rank=_positions(ranks, result.rank),
        best=_positions(ranks, s.max_rank),
        volumes={name: getattr(result, name) for name in VOLUMES},
        before={
            name: _aligned(s.customer_id, order, inputs.before, name, 0)
            for name in VOLUMES
            if name in inputs.before
        },
        entry_member=s.entry_member,
        entry_type=s.entry_type,
        entry_volumes={
            "pv": s.entry_pv,
            "cv": s.entry_cv,
            **dict(zip(rules.kinds, s.extras.kinds, strict=True)),
        },
        sold_at=_sold(s, inputs),
        age=s.period_id - s.enrolled_period,
        held=np.zeros(len(s), np.int32),
        stock={},
    )


def _aligned(ids: I64, order: I64, rows: Rows, name: str, missing: int) -> I64:
    """A column by position in the snapshot; `order` sorts its ids."""
    out = np.full(len(ids), missing, np.int64)
    at = positions_of(ids[order], rows["customer_id"])
    out[order[at[at >= 0]]] = rows[name][at >= 0]
    return out


def _held(s: Snapshot, order: I64, rank: I16, rows: Rows | None) -> I32:
    """In how many earlier periods the rank (id) held now was held; int32[n]."""
    out = np.zeros(len(s), np.int32)
    if rows is None:
        return out
    at = positions_of(s.customer_id[order], rows["customer_id"])
    member = order[at]
    same = (at >= 0) & (rank[member] == rows["rank_id"])
    out[member[same]] = rows["periods"][same]
    return out


def _positions(ranks: list[int], held: I16) -> I16:
    """Ranks by id to places in the plan; ids that it no longer has count as none."""
    table = np.full(max([0, *ranks, int(held.max(initial=0))]) + 2, NONE, np.int16)
    table[ranks] = np.arange(len(ranks), dtype=np.int16)
    return table[held]  # -1, none, is the last of the table


def _sold(s: Snapshot, inputs: Inputs) -> I64:
    """When each entry was made; NONE where no contest asks."""
    order = np.argsort(inputs.entry_id)
    at = positions_of(inputs.entry_id[order], s.entry_id)
    if not len(order):
        return at
    return np.where(at >= 0, inputs.sold_at[order][at], NONE)
