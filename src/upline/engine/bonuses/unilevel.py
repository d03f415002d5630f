"""Unilevel: a percentage of the source's volume to each of the paid levels above.

Depth and percentage may depend on the payee's rank; who is passed over is the plan's compression.
Source of the rule: plan rules, unilevel walk and the four compression behaviours.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from upline.engine.jit import njit
from upline.engine.lineage import Compression, hops, lineage_levels
from upline.engine.lines import Sink, emit
from upline.engine.plan import Step
from upline.engine.scene import Entries, Gate, Members, Scene
from upline.engine.units import I16, I32, I64, NONE, Bool

__all__ = ["Unilevel"]


class Params(NamedTuple):
    """able, pays: bool[n]; hop: int32[n, c]; depth: int16[n]; rates: int64[ranks + 1, levels];
    volume: int64[n], what is paid on."""

    able: Bool
    pays: Bool
    hop: I32
    depth: I16
    rates: I64
    volume: I64
    tree_level: I32


@dataclass(frozen=True, slots=True)
class Unilevel:
    """rates[rank + 1, level - 1] in millionths, row 0 for members without a rank, 0 = not covered.

    holding_rank: position, for SKIP_BELOW_RANK. unqualified_pays: whether the volume of a source
    that does not meet the gate himself is paid on.
    """

    bonus_id: int
    rates: I64
    gate: Gate
    tree: str = "sponsor"
    volume: str = "commission"
    compression: int = Compression.SKIP_UNQUALIFIED
    holding_rank: int = NONE
    unqualified_pays: bool = True

    @property
    def levels(self) -> int:
        return int(self.rates.shape[1])

    def prepare(self, scene: Scene) -> Step:
        m = scene.members
        able = scene.passes(self.gate)
        covered = (self.rates > 0) * np.arange(1, self.levels + 1)
        depth = covered.max(axis=1).astype(np.int16)[m.rank + 1]
        parent, order = scene.lineage(self.tree)
        holds = m.rank >= self.holding_rank
        pays = np.ones(len(able), np.bool_) if self.unqualified_pays else able
        params = Params(
            able=able,
            pays=pays,
            hop=hops(parent, order, self.compression, able, depth, holds),
            depth=depth,
            rates=self.rates,
            volume=scene.volume(self.volume),
            tree_level=lineage_levels(parent, order),
        )
        return Step(kernel, params, len(able), self.levels, able)


@njit
def kernel(p: Params, m: Members, e: Entries, sink: Sink, start: int) -> int:
    """One line per (payee, source member) from member `start` on; one burst is `levels` lines."""
    levels = p.rates.shape[1]
    last = p.hop.shape[1] - 1
    room = len(sink.lines) - levels
    for v in range(start, len(p.volume)):
        base = p.volume[v]
        if base == 0 or not p.pays[v]:
            continue
        if sink.used[0] > room:
            return v
        a = p.hop[v, 0]
        level = 1
        while a >= 0 and level <= levels:
            if p.able[a] and level <= p.depth[a]:
                rate = p.rates[m.rank[a] + 1, level - 1]
                if rate > 0:
                    steps = p.tree_level[v] - p.tree_level[a]
                    emit(sink, a, v, 0, steps, level, base, rate)
            a = p.hop[a, min(level, last)]
            level += 1
    return len(p.volume)
