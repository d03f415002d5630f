"""Rank bonuses: a fixed amount for reaching a rank for the first time, or for every period in it.

Reaching several ranks at once pays each of them, lowest first. Source: plan rules, rank
advancement and car bonuses.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from upline.engine.jit import njit
from upline.engine.lines import Sink, emit_exact
from upline.engine.plan import Step
from upline.engine.scene import Entries, Gate, Members, Scene
from upline.engine.units import I16, I64, NONE, Bool

__all__ = ["RankBonus"]


class Params(NamedTuple):
    """able: bool[n]; former: int16[n], best rank before this period; amounts: int64[ranks], 1e-4;
    once: only ranks above `former`, else the rank held."""

    able: Bool
    former: I16
    amounts: I64
    once: bool


@dataclass(frozen=True, slots=True)
class RankBonus:
    """amounts[rank] in money; `once` at the first time, otherwise in every period."""

    bonus_id: int
    amounts: I64
    gate: Gate
    once: bool = True

    @property
    def levels(self) -> int:
        return max(1, len(self.amounts))

    def prepare(self, scene: Scene) -> Step:
        nobody = np.full(len(scene.members.rank), NONE, np.int16)
        former = scene.former_rank() if self.once else nobody
        params = Params(scene.passes(self.gate), former, self.amounts, self.once)
        return Step(kernel, params, len(former), self.levels, params.able)


@njit
def kernel(p: Params, m: Members, e: Entries, sink: Sink, start: int) -> int:
    """One line per member and rank from member `start` on; the level is the rank's position + 1."""
    room = len(sink.lines) - len(p.amounts)
    for v in range(start, len(p.able)):
        if not p.able[v]:
            continue
        if sink.used[0] > room:
            return v
        first = p.former[v] + 1 if p.once else max(m.rank[v], 0)
        for rank in range(first, m.rank[v] + 1):
            if p.amounts[rank] != 0:
                emit_exact(sink, v, v, 0, 0, rank + 1, 0, 0, p.amounts[rank], 0)
    return len(p.able)
