"""Figures as they are shown: ranks by their ids, and nothing of what stands below a customer."""

from typing import NamedTuple

import numpy as np

from upline.engine.jit import njit
from upline.engine.ranks import RankOutputs
from upline.engine.scene import Scene, better_rank
from upline.engine.units import I16, I64, NONE, Bool

__all__ = ["EVERYBODY", "Rows", "Shown", "shown"]

Rows = slice | I64
EVERYBODY = slice(None)


class Shown(NamedTuple):
    """As in `Result`, n members or some of them; less: int64[5, n], OV without the largest legs."""

    gv: I64
    ov: I64
    less: I64
    rank: I16
    paid_rank: I16
    max_rank: I16
    is_active: Bool
    is_qualified: Bool


def shown(scene: Scene, held: RankOutputs, rows: Rows = EVERYBODY) -> Shown:
    """Those of everybody (what the rank kernel left in `less` is hidden where it is), or copies of
    those at some positions."""
    m, ids, rules = scene.members, scene.plan.ranks.id, scene.plan.volumes
    is_customer, earner, rank = m.is_customer[rows], m.earner[rows], held.rank[rows]
    nothing = np.full(len(rank), NONE, np.int16)
    best = scene.snapshot.max_rank[rows]
    less = held.less[:, rows]
    _hide(is_customer, less)
    active = scene.measures.recent(rules.active_periods)[rows] >= rules.active_pv
    qualified = scene.measures.recent(rules.qualified_periods)[rows] >= rules.qualified_pv
    return Shown(
        gv=np.where(is_customer, 0, m.gv[rows]),
        ov=np.where(is_customer, 0, m.ov[rows]),
        less=less,
        rank=_named(ids, rank, nothing),
        paid_rank=_named(ids, m.rank[rows], nothing),
        # A former rank that the plan no longer has is kept as it was.
        max_rank=_named(ids, better_rank(ids, best, rank), best),
        is_active=earner & active,
        is_qualified=earner & qualified,
    )


def _named(ids: I16, place: I16, otherwise: I16) -> I16:
    """Ids of ranks by position, and something else for those of -1; int16[n] each."""
    out = np.empty(len(place), np.int16)
    _name(ids, place, otherwise, out)
    return out


@njit
def _name(ids: I16, place: I16, otherwise: I16, out: I16) -> None:
    for v in range(len(place)):
        out[v] = ids[place[v]] if place[v] >= 0 else otherwise[v]


@njit
def _hide(hidden: Bool, values: I64) -> None:
    """Set int64[k, n] to 0 for some members."""
    for v in range(len(hidden)):
        if hidden[v]:
            for k in range(len(values)):
                values[k, v] = 0
