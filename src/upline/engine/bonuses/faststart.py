"""Fast start: a percentage of a new member's own volume to his enrollers, for the first months.

The month of enrolment is month 1. Each level has a cap per new member and month. What an enroller
does not earn does not roll up unless the plan compresses. Source: plan rules, faststart lines.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from upline.engine.arithmetic import product
from upline.engine.jit import njit
from upline.engine.lineage import Compression, hops, lineage_levels
from upline.engine.lines import Sink, emit_exact
from upline.engine.plan import Step
from upline.engine.scene import Entries, Gate, Members, Scene
from upline.engine.units import I32, I64, Bool

__all__ = ["FastStart"]


class Params(NamedTuple):
    """able, sources: bool[n]; hop: int32[n, 1]; rates: int64[months, levels]; caps: int64[levels],
    money 1e-4 per new member and month; volume: int64[n]."""

    able: Bool
    sources: Bool
    hop: I32
    rates: I64
    caps: I64
    volume: I64
    tree_level: I32
    period: int


@dataclass(frozen=True, slots=True)
class FastStart:
    """rates[month - 1, level - 1] in millionths; caps per level in money, a huge one for none."""

    bonus_id: int
    rates: I64
    caps: I64
    gate: Gate
    tree: str = "enroller"
    volume: str = "own"
    compression: int = Compression.NONE
    sources: Gate | None = None

    @property
    def levels(self) -> int:
        return int(self.rates.shape[1])

    def prepare(self, scene: Scene) -> Step:
        able = scene.passes(self.gate)
        parent, order = scene.lineage(self.tree)
        depth = np.full(len(able), self.levels, np.int16)
        params = Params(
            able=able,
            sources=~scene.members.is_customer,
            hop=hops(parent, order, self.compression, able, depth, able),
            rates=self.rates,
            caps=self.caps,
            volume=scene.source_volume(self.volume, (), self.sources),
            tree_level=lineage_levels(parent, order),
            period=scene.snapshot.period_id,
        )
        own = (params.sources, params.volume, scene.members.enrolled)
        return Step(kernel, params, len(able), self.levels, able, self.tree, (able,), own)


@njit
def kernel(p: Params, m: Members, e: Entries, sink: Sink, start: int) -> int:
    """One line per (enroller, new member) from member `start` on."""
    months, levels = p.rates.shape
    last = p.hop.shape[1] - 1
    room = len(sink.lines) - levels
    for v in range(start, len(p.volume)):
        month = p.period - m.enrolled[v]
        base = p.volume[v]
        if month < 0 or month >= months or base == 0 or not p.sources[v]:
            continue
        if sink.used[0] > room:
            return v
        a = p.hop[v, 0]
        level = 1
        while a >= 0 and level <= levels:
            rate = p.rates[month, level - 1]
            if p.able[a] and rate > 0:
                high, low = product(base, rate)
                if high >= p.caps[level - 1]:
                    high = p.caps[level - 1]
                    low = 0
                steps = p.tree_level[v] - p.tree_level[a]
                emit_exact(sink, a, v, 0, steps, level, base, rate, high, low)
            a = p.hop[a, min(level, last)]
            level += 1
    return len(p.volume)
