"""Volumes and ranks after some news, worked out again for those alone who may have others.

Whoever bought, came, moved or is not what he was has other volumes, and so may those next to him:
his sponsor and whoever stands above him in the binary tree. Ranks are tested again from the bottom
up, of these and of everybody with a child whose figures are others. All the rest is carried over.
"""

from typing import Any, NamedTuple

import numpy as np

from upline.engine.jit import njit
from upline.engine.legs import counted_volumes, leg_sums
from upline.engine.moving import Standings
from upline.engine.plan import Plan
from upline.engine.ranks import RankInputs, RankOutputs, evaluate_again, rank_table
from upline.engine.requirements import met_rows
from upline.engine.run import facts_of, measure, roles, scene_of
from upline.engine.scene import Scene
from upline.engine.shown import Shown, shown
from upline.engine.snapshot import Snapshot
from upline.engine.standing import standing_bounds
from upline.engine.tables import marked_in
from upline.engine.units import I8, I32, I64, LEFT, NO_MINIMUM, Bool
from upline.engine.volumes import cut

__all__ = ["Differing", "Measured", "measure_again"]


class Measured(NamedTuple):
    """What is known of everybody. counted: int64[n], what counts where each stands in the binary
    tree; met: bool[rows, n], see `RankInputs`. Both are empty where a plan is not followed."""

    scene: Scene
    held: RankOutputs
    figures: Shown
    counted: I64
    met: Bool


class Differing(NamedTuple):
    """bool[n] each: who may have other figures than before; whose leg volumes are others."""

    figures: Bool
    legs: Bool


class Near(NamedTuple):
    """What volumes of a member and his children are added up from; int64[n] but for the tree."""

    sponsor: I32
    end: I32
    binary_pre: I32
    binary_end: I32
    binary_position: I8
    is_customer: Bool
    enrolled: I32
    pv: I64
    own: I64


class Added(NamedTuple):
    """What is added up; int64[n] each."""

    total_pv: I64
    base: I64
    counted: I64


def measure_again(
    plan: Plan, s: Snapshot, before: Measured | None, standings: Standings
) -> tuple[Measured, Differing | None]:
    """What `measure` gives, and whose figures may differ from `before`; None: anybody's."""
    if before is None or not _follows(plan):
        return _in_full(plan, s), None
    old, keep, given = before.scene, standings.carried, standings.given
    is_customer, earner = keep(old.members.is_customer), keep(old.members.earner)
    is_customer[given], earner[given] = roles(plan, s.customer_type[given], s.status[given])
    measures = facts_of(plan, s, is_customer, earner)
    bought = np.union1d(marked_in(standings.touched), given)
    for name in dict.fromkeys(("pv", "cv", plan.volumes.commission)):
        values = keep(old.measures.volume(name))
        _add_up(bought, s.entry_member, measures.entries[name], values)
        measures.hold(name, values)
    pv, own = measures.volume("pv"), measures.volume(plan.volumes.commission)
    kin = _kin(old.snapshot, s, standings, bought)
    added = Added(keep(old.members.total_pv), keep(old.members.base), keep(before.counted))
    counted = added.counted[kin]
    rules = plan.volumes
    _add_near(
        kin,
        Near(s.sponsor, s.end, s.binary_pre, s.binary_end, s.binary_position, is_customer,
             s.enrolled_period, pv, own),
        s.period_id, np.array(rules.reduction_rates, np.int64), rules.reduction_up_to,
        rules.customers_as_own, added,
    )  # fmt: skip
    legs = _legs(old, s, standings, kin, added.counted, added.counted[kin] - counted)
    left, right, turned = legs
    row_of, met = met_rows(plan.ranks, measures)
    met_before = keep(before.met) if met.size else met
    waiting = _waiting(plan, kin, turned, met, met_before)
    bounds, held = standing_bounds(plan.ranks, s, earner), RankOutputs(*map(keep, before.held))
    ov = keep(old.members.ov)
    inputs = RankInputs(
        s.end, earner, is_customer, pv, added.total_pv, ov, left, right, row_of, met, *bounds
    )
    evaluate_again(rank_table(plan.ranks), inputs, held, s.sponsor, waiting)
    measures.hold("total_pv", added.total_pv)
    measures.hold("ov", ov)
    scene = scene_of(plan, s, measures, added.base, (left, right), held, bounds)
    figures = _shown_again(scene, held, before.figures, marked_in(waiting), standings)
    return Measured(scene, held, figures, added.counted, met), Differing(waiting, turned)


def _follows(plan: Plan) -> bool:
    """Whether volumes follow from a member's own entries and those of his children."""
    rules = plan.volumes
    return not (rules.lapse_periods or rules.reduction_windows)


def _in_full(plan: Plan, s: Snapshot) -> Measured:
    scene, held = measure(plan, s)
    figures, nothing = shown(scene, held), np.empty(0, np.int64)
    if not _follows(plan):
        return Measured(scene, held, figures, nothing, np.empty((1, 0), np.bool_))
    counted = counted_volumes(s, scene.members.is_customer, scene.members.pv)
    return Measured(scene, held, figures, counted, met_rows(plan.ranks, scene.measures)[1])


def _kin(old: Snapshot, s: Snapshot, standings: Standings, bought: I64) -> I64:
    """Whose volumes with those of their children may be others: whoever bought, and those next to
    them in both trees, before and now."""
    parents = [
        standings.formerly(old.sponsor),
        standings.formerly(old.binary_parent),
        s.binary_parent[standings.given],
    ]
    near = np.concatenate([bought, *parents])
    near = np.concatenate([near, s.sponsor[near[near >= 0]]])
    return np.unique(near[near >= 0])


def _legs(
    old: Scene, s: Snapshot, standings: Standings, kin: I64, counted: I64, more: I64
) -> tuple[I64, I64, Bool]:
    """Both leg volumes, and whose are others; more: what counts more at each of `kin`."""
    left, right = standings.carried(old.left), standings.carried(old.right)
    differs = np.zeros(len(s), np.bool_)
    stood, was = standings.stood, old.snapshot
    here, there = standings.given[stood >= 0], stood[stood >= 0]
    parents = standings.formerly(was.binary_parent) != s.binary_parent[here]
    if (parents | (was.binary_position[there] != s.binary_position[here])).any():
        now = leg_sums(s, counted)
        np.logical_or(now[0] != left, now[1] != right, out=differs)
        return *now, differs
    pending = np.zeros(len(s), np.int64)
    pending[kin] = more
    path, starts = np.empty(len(s), np.int32), np.empty(len(kin) + 1, np.int32)
    _raise(kin, pending, s.binary_parent, s.binary_position, path, starts, left, right, differs)
    return left, right, differs


def _waiting(plan: Plan, kin: I64, turned: Bool, met: Bool, met_before: Bool) -> Bool:
    """Whose rank is to be tested again because of what he has himself; bool[n]."""
    ranks = plan.ranks
    waiting = np.zeros(len(turned), np.bool_)
    waiting[kin] = True
    if max([NO_MINIMUM, *ranks.min_left.tolist(), *ranks.min_right.tolist()]) > NO_MINIMUM:
        waiting |= turned
    if met.size:
        waiting |= (met != met_before).any(axis=0)
    return waiting


def _shown_again(
    scene: Scene, held: RankOutputs, before: Shown, some: I64, standings: Standings
) -> Shown:
    """The figures of some shown anew, those of the others as they were."""
    anew = shown(scene, held, some)
    held.less[:, some] = anew.less
    columns: dict[str, Any] = {"less": held.less}
    for name in Shown._fields:
        if name not in columns:
            columns[name] = standings.carried(getattr(before, name))
            columns[name][some] = getattr(anew, name)
    return Shown(**columns)


@njit
def _add_up(some: I64, member: I32, values: I64, out: I64) -> None:
    """out[v] = the sum of v's entries, for some sorted members; entries stand by member."""
    k = 0
    for v in some:
        low, high = k, len(member)
        while low < high:
            middle = (low + high) // 2
            if member[middle] < v:
                low = middle + 1
            else:
                high = middle
        k = low
        total = 0
        while k < len(member) and member[k] == v:
            total += values[k]
            k += 1
        out[v] = total


@njit
def _add_near(
    some: I64, m: Near, period: int, cuts: I64, up_to: int, as_own: bool, out: Added
) -> None:
    """As `volumes.add_customers`, `volumes.commissionable` and `legs.counted_volumes`, of some."""
    for v in some:
        total = m.pv[v]
        of_customers = 0
        counted = m.pv[v] if _is_placed(m, v) else 0
        c = v + 1
        while c < m.end[v]:
            if m.is_customer[c]:
                total += m.pv[c]
                of_customers += m.own[c]
                if not _is_placed(m, c):
                    counted += m.pv[c]
            c = m.end[c]
        base = m.own[v]
        if not m.is_customer[v]:
            base = cut(base, period - m.enrolled[v], cuts, up_to)
        if as_own:
            if m.is_customer[v] and m.sponsor[v] >= 0:
                base = 0
            base += of_customers
        out.total_pv[v] = total
        out.base[v] = base
        out.counted[v] = counted


@njit
def _is_placed(m: Near, v: int) -> bool:
    """Whether he stands below somebody in the binary tree or somebody below him."""
    return bool(m.binary_position[v] != 0 or m.binary_end[v] - m.binary_pre[v] > 1)


@njit
def _raise(
    some: I64,
    pending: I64,
    parent: I32,
    position: I8,
    path: I32,
    starts: I32,
    left: I64,
    right: I64,
    differs: Bool,
) -> None:
    """Add what counts more at each of `some` (pending, int64[n]) to the legs of all above.

    Everybody above them is met once: path, int32[n], is filled with the ways up, each ending where
    it meets an earlier one. So the last way can be gone first, each handing on what it brings.
    """
    met = 0
    for k in range(len(some)):
        starts[k] = met
        v = some[k]
        if pending[v] == 0:
            continue
        while v >= 0 and not differs[v]:
            differs[v] = True
            path[met] = v
            met += 1
            v = parent[v]
    starts[len(some)] = met
    for k in range(met):
        differs[path[k]] = False
    for k in range(len(some) - 1, -1, -1):
        for step in range(starts[k], starts[k + 1]):
            v = path[step]
            p = parent[v]
            if p < 0 or pending[v] == 0:
                continue
            if position[v] == LEFT:
                left[p] += pending[v]
            else:
                right[p] += pending[v]
            pending[p] += pending[v]
            differs[p] = True
