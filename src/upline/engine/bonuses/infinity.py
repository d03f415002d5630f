"""Infinity: one percentage on everything below a level, down to the next leader who has it too.

Source of the rule: plan rules, infinity ("below level 8 until the next leader's level 9").
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from upline.engine.jit import njit
from upline.engine.lineage import Compression, hops
from upline.engine.lines import Sink, emit
from upline.engine.plan import Step
from upline.engine.scene import Entries, Gate, Members, Scene
from upline.engine.tables import looked_up
from upline.engine.units import I32, I64, Bool

__all__ = ["Infinity"]


class Params(NamedTuple):
    """able: bool[n]; far: int32[n], the ancestor `from_level` up; hop: int32[n], nearest able
    ancestor; level: int32[n], depth in the tree walked; rates: int64[ranks + 1, count]; volume:
    int64[n]."""

    able: Bool
    far: I32
    hop: I32
    level: I32
    rates: I64
    volume: I64


@dataclass(frozen=True, slots=True)
class Infinity:
    """rates[rank + 1, k] in millionths for the k-th leader above that is at least `from_level` up.

    One column is the usual plan; a second pays the next leader above on the same volume, and so on.
    """

    bonus_id: int
    rates: I64
    from_level: int
    gate: Gate
    tree: str = "sponsor"
    volume: str = "commission"
    sources: Gate | None = None

    @property
    def levels(self) -> int:
        return int(self.rates.shape[1])

    def prepare(self, scene: Scene) -> Step:
        able = scene.passes(self.gate) & looked_up(
            self.rates.max(axis=1) > 0, scene.members.rank + 1
        )
        parent, _ = scene.lineage(self.tree)
        reach = np.ones(len(able), np.int16)
        far = np.arange(len(able), dtype=np.int32)
        for _ in range(self.from_level):
            far = np.where(far >= 0, parent[far], far).astype(np.int32)
        level = scene.depths(self.tree)
        volume = scene.source_volume(self.volume, (), self.sources)
        params = Params(able, far, np.empty(0, np.int32), level, self.rates, volume)

        def ways(order: I32) -> Params:
            hop = hops(parent, order, Compression.SKIP_UNQUALIFIED, able, reach, able)[:, 0]
            return params._replace(hop=hop)

        walk = self.tree, (able, scene.members.rank), (volume,)
        return Step(kernel, params, len(able), self.levels, able, *walk, plain=True, ways=ways)


@njit
def kernel(p: Params, m: Members, e: Entries, sink: Sink, start: int) -> int:
    """At most one line per source and column from member `start` on."""
    columns = p.rates.shape[1]
    room = len(sink.lines) - columns
    for v in range(start, len(p.volume)):
        base = p.volume[v]
        a = p.far[v]
        if base == 0 or a < 0:
            continue
        if sink.used[0] > room:
            return v
        if not p.able[a]:
            a = p.hop[a]
        column = 0
        while a >= 0 and column < columns:
            rate = p.rates[m.rank[a] + 1, column]
            if rate > 0:
                emit(sink, a, v, 0, p.level[v] - p.level[a], column + 1, base, rate)
            a = p.hop[a]
            column += 1
    return len(p.volume)
