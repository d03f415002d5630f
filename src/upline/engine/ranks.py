"""Ranks and group volume, bottom-up in one pass.

PGV and rank ask for each other: a rank may need PGV, PGV may leave out the legs used for that rank
and the organizations of ranked members below. So members are taken from the bottom: everybody below
has a rank already; a candidate rank is tested from the highest down; its qualifying legs are chosen
(the largest, and among equal ones those that cost the least PGV, so that no id decides); PGV
without them is compared with what the rank asks; if it fails, the next lower rank is tried.
Source of the rule: plan rules, volumes and ranks of the essential plan.
"""

from typing import Any, NamedTuple

import numpy as np

from upline.engine.arithmetic import product
from upline.engine.jit import njit
from upline.engine.plan import Ranks
from upline.engine.units import I8, I16, I32, I64, Bool

__all__ = [
    "RankInputs",
    "RankOutputs",
    "RankTable",
    "evaluate",
    "evaluate_again",
    "rank_table",
]

LESS_FROM, LESS_TO = 2, 6  # ov_less_2 … ov_less_6
TARGET, SUM, AMOUNT = 0, 1, 2  # what a leg's cap is measured by
NO_SPONSORS, EVERYBODY = np.empty(0, np.int32), np.empty(0, np.bool_)


class RankTable(NamedTuple):
    """`plan.Ranks` for the kernel; see there.

    scratch: int64[3, most legs], work space for the choice of legs and the walk over them.
    """

    min_pv: I64
    min_total_pv: I64
    min_ov: I64
    min_gv: I64
    min_left: I64
    min_right: I64
    capped_ov: I64
    cap_by: I8
    cap_rate: I64
    cap_most: I64
    cap_own: Bool
    leg_count: I16
    leg_volume: I64
    leg_pv: I64
    legrank_count: I16
    legrank: I16
    group_from: int
    led_from: int
    legs_out: bool
    by_paid: bool
    scratch: I64


class RankInputs(NamedTuple):
    """Per member: tree, who may hold a rank, and volumes.

    met_row: int16[ranks], the row of `met` (bool[rows, n]) that a rank needs, -1 for none. low,
    high: int16[n], bounds of the rank paid as, or empty (see `standing`).
    """

    end: I32
    rankable: Bool
    is_customer: Bool
    pv: I64
    total_pv: I64
    ov: I64
    left: I64
    right: I64
    met_row: I16
    met: Bool
    low: I16
    high: I16


class RankOutputs(NamedTuple):
    """Filled per member. rank: position achieved or -1. gv: PGV. less: int64[5, n], OV without the
    2..6 largest legs. inner: what the member adds to the PGV of those above. best: highest rank
    that counts in the member's organization, himself included."""

    rank: I16
    gv: I64
    less: I64
    inner: I64
    best: I16


def rank_table(ranks: Ranks) -> RankTable:
    """Kernel form of the plan's ranks."""
    most = max([LESS_TO, *ranks.leg_count.tolist()])
    return RankTable(
        min_pv=ranks.min_pv,
        min_total_pv=ranks.min_total_pv,
        min_ov=ranks.min_ov,
        min_gv=ranks.min_gv,
        min_left=ranks.min_left,
        min_right=ranks.min_right,
        capped_ov=ranks.capped_ov,
        cap_by=ranks.cap_by,
        cap_rate=ranks.cap_rate,
        cap_most=ranks.cap_most,
        cap_own=ranks.cap_own,
        leg_count=ranks.leg_count,
        leg_volume=ranks.leg_volume,
        leg_pv=ranks.leg_pv,
        legrank_count=ranks.legrank_count,
        legrank=ranks.legrank,
        group_from=ranks.group_from,
        led_from=ranks.led_from,
        legs_out=ranks.legs_out,
        by_paid=ranks.by_paid,
        scratch=np.zeros((3, most), np.int64),
    )


@njit
def _survey(v: int, m: RankInputs, o: RankOutputs, top: I64) -> Any:
    """One walk over the children: sums PGV from below, best rank, and OV without largest legs."""
    size = len(top)
    for k in range(size):
        top[k] = 0
    inner = m.pv[v]
    best = o.best[v]
    c = v + 1
    while c < m.end[v]:
        inner += o.inner[c]
        best = max(best, o.best[c])
        if not m.is_customer[c] and m.ov[c] > top[size - 1]:
            k = size - 1
            while k > 0 and top[k - 1] < m.ov[c]:
                top[k] = top[k - 1]
                k -= 1
            top[k] = m.ov[c]
        c = m.end[c]
    o.best[v] = best
    rest = m.ov[v] - top[0]
    for k in range(1, size):
        rest -= top[k]
        o.less[k - 1, v] = rest
    return inner


@njit
def _choose_legs(v: int, r: int, t: RankTable, m: RankInputs, o: RankOutputs) -> tuple[int, int]:
    """Number of legs found (at most those asked for) and the PGV that they cost."""
    wanted = t.leg_count[r]
    volume = t.scratch[0]
    cost = t.scratch[1]
    found = 0
    c = v + 1
    while c < m.end[v]:
        leg = m.ov[c]
        if leg >= t.leg_volume[r] and m.pv[c] >= t.leg_pv[r] and not m.is_customer[c]:
            loss = o.inner[c]
            k = found
            while k > 0 and (volume[k - 1] < leg or (volume[k - 1] == leg and cost[k - 1] > loss)):
                if k < wanted:
                    volume[k] = volume[k - 1]
                    cost[k] = cost[k - 1]
                k -= 1
            if k < wanted:
                volume[k] = leg
                cost[k] = loss
                found = min(found + 1, wanted)
        c = m.end[c]
    lost = 0
    for k in range(found):
        lost += cost[k]
    return found, lost


@njit
def _ranked_legs(v: int, rank: int, m: RankInputs, o: RankOutputs) -> int:
    """Number of legs that hold somebody of at least `rank`."""
    legs = 0
    c = v + 1
    while c < m.end[v]:
        if o.best[c] >= rank:
            legs += 1
        c = m.end[c]
    return legs


@njit
def _capped(v: int, r: int, t: RankTable, m: RankInputs) -> Any:
    """OV with each leg cut to what a single one may count for; see `plan.Ranks`."""
    if t.cap_by[r] == TARGET:
        limit, _ = product(t.capped_ov[r], t.cap_rate[r])
    elif t.cap_by[r] == SUM:
        limit, _ = product(m.ov[v], t.cap_rate[r])
    else:
        limit = t.cap_most[r]
    total = min(m.pv[v], limit) if t.cap_own[r] else m.pv[v]
    c = v + 1
    while c < m.end[v]:
        total += min(m.ov[c], limit)
        c = m.end[c]
    return total


@njit
def _meets(v: int, r: int, t: RankTable, m: RankInputs, o: RankOutputs, inner: int) -> Any:
    """PGV of v under rank r if every requirement holds, else NO_MINIMUM; cheap tests first."""
    no = -(1 << 62)
    if (
        m.ov[v] < t.min_ov[r]
        or m.pv[v] < t.min_pv[r]
        or m.total_pv[v] < t.min_total_pv[r]
        or m.left[v] < t.min_left[r]
        or m.right[v] < t.min_right[r]
    ):
        return no
    if m.met_row[r] >= 0 and not m.met[m.met_row[r], v]:
        return no
    if t.capped_ov[r] > no and _capped(v, r, t, m) < t.capped_ov[r]:
        return no
    if t.legrank_count[r] > 0 and _ranked_legs(v, t.legrank[r], m, o) < t.legrank_count[r]:
        return no
    lost = 0
    if t.leg_count[r] > 0:
        found, lost = _choose_legs(v, r, t, m, o)
        if found < t.leg_count[r]:
            return no
        if not t.legs_out:
            lost = 0
    gv = inner - lost if r >= t.group_from else m.ov[v]
    return gv if gv >= t.min_gv[r] else no


def evaluate(t: RankTable, m: RankInputs, o: RankOutputs) -> None:
    """Fill rank, gv, less, inner and best for every member, last to first."""
    _settle(t, m, o, NO_SPONSORS, EVERYBODY)


def evaluate_again(
    t: RankTable, m: RankInputs, o: RankOutputs, sponsor: I32, waiting: Bool
) -> None:
    """The same for those in `waiting` alone, and their OV, too: who is there because of himself or
    of his children. Whoever has other figures than before puts his sponsor there as well."""
    _settle(t, m, o, sponsor, waiting)


@njit
def _settle(t: RankTable, m: RankInputs, o: RankOutputs, sponsor: I32, waiting: Bool) -> None:
    """Both in one loop: to call a function for each member takes six times as long."""
    no = -(1 << 62)
    top = t.scratch[2][:LESS_TO]
    ranks = len(t.min_pv)
    again = len(waiting) > 0
    for v in range(len(m.pv) - 1, -1, -1):
        differs = False
        if again:
            if not waiting[v]:
                continue
            ov = m.pv[v]
            c = v + 1
            while c < m.end[v]:
                ov += m.ov[c]
                c = m.end[c]
            differs = ov != m.ov[v]
            m.ov[v] = ov
        former_inner = o.inner[v]
        former_best = o.best[v]
        o.best[v] = -1
        inner = _survey(v, m, o, top)
        rank = -1
        gv = inner if t.group_from < 0 else m.ov[v]
        if m.rankable[v]:
            for r in range(ranks - 1, -1, -1):
                held = _meets(v, r, t, m, o, inner)
                if held > no:
                    rank = r
                    gv = held
                    break
        o.rank[v] = rank
        o.gv[v] = gv
        if t.by_paid and len(m.low) > 0:
            rank = min(max(rank, m.low[v]), m.high[v])
        o.best[v] = max(o.best[v], rank)
        o.inner[v] = 0 if rank >= t.led_from else inner
        if again:
            differs |= former_inner != o.inner[v] or former_best != o.best[v]
            if differs and sponsor[v] >= 0:
                waiting[sponsor[v]] = True
