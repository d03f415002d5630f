"""Fast start: a percentage of a new member's own volume to his enrollers, for the first months.

The month of enrolment is month 1; or the windows are days or hours after enrolment, and then what a
new member buys in one period may be of several. Each level has a cap per new member and period.
What an enroller does not earn does not roll up unless the plan compresses. Source: plan rules,
faststart lines.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from upline.engine.arithmetic import product
from upline.engine.jit import njit
from upline.engine.lineage import Compression, hops
from upline.engine.lines import Sink, emit_exact
from upline.engine.measures import among
from upline.engine.parts import window_volumes
from upline.engine.plan import Step
from upline.engine.scene import Entries, Gate, Members, Scene
from upline.engine.units import I32, I64, Bool

__all__ = ["FastStart"]


class Params(NamedTuple):
    """able, sources: bool[n]; hop: int32[n, 1]; rates: int64[windows, levels]; caps: int64[levels],
    money 1e-4 per new member and period; volume: int64[n], 0 for whoever bought nothing that is
    paid on; early: int64[windows, n], what it is in windows of days or hours, if those are
    counted."""

    able: Bool
    sources: Bool
    hop: I32
    rates: I64
    caps: I64
    volume: I64
    early: I64
    tree_level: I32
    period: int


@dataclass(frozen=True, slots=True)
class FastStart:
    """rates[month - 1, level - 1] in millionths; caps per level in money, a huge one for none.

    windows: days after enrolment that each window ends before, or hours, instead of months. buyers:
    types of customers who are paid on, () = members are.
    """

    bonus_id: int
    rates: I64
    caps: I64
    gate: Gate
    tree: str = "enroller"
    volume: str = "own"
    compression: int = Compression.NONE
    sources: Gate | None = None
    windows: tuple[int, ...] = ()
    by_hour: bool = False
    buyers: tuple[int, ...] = ()

    @property
    def levels(self) -> int:
        return int(self.rates.shape[1])

    def prepare(self, scene: Scene) -> Step:
        able = scene.passes(self.gate)
        parent, order = scene.lineage(self.tree)
        depth = np.full(len(able), self.levels, np.int16)
        volume = scene.source_volume(self.volume, (), self.sources)
        early = self._by_window(scene)
        params = Params(
            able=able,
            sources=self._buyers(scene),
            hop=hops(parent, order, self.compression, able, depth, able),
            rates=self.rates,
            caps=self.caps,
            volume=(early != 0).any(axis=0).astype(np.int64) if self.windows else volume,
            early=early,
            tree_level=scene.depths(self.tree),
            period=scene.snapshot.period_id,
        )
        own = (params.sources, volume, *early, scene.members.enrolled)
        burst = self.levels * max(len(early), 1)
        return Step(kernel, params, len(able), burst, able, self.tree, (able,), own)

    def _buyers(self, scene: Scene) -> Bool:
        m = scene.members
        return among(m.customer_type, self.buyers) if self.buyers else ~m.is_customer

    def _by_window(self, scene: Scene) -> I64:
        """What is paid on in each window of days or hours; no row where months are counted."""
        if not self.windows:
            return np.empty((0, len(scene.snapshot)), np.int64)
        name = scene.plan.volumes.commission if self.volume == "own" else self.volume
        values = scene.measures.entries[name]
        early = window_volumes(scene.snapshot, self.windows, self.by_hour, values)
        return early if self.sources is None else np.where(scene.passes(self.sources), early, 0)


@njit
def kernel(p: Params, m: Members, e: Entries, sink: Sink, start: int) -> int:
    """One line per (enroller, new member, window) from member `start` on."""
    months, levels = p.rates.shape
    by_day = len(p.early) > 0
    rows = len(p.early) if by_day else 1
    last = p.hop.shape[1] - 1
    room = len(sink.lines) - levels * rows
    for v in range(start, len(p.volume)):
        if p.volume[v] == 0:
            continue
        month = 0 if by_day else p.period - m.enrolled[v]
        if month < 0 or month >= months or not p.sources[v]:
            continue
        if sink.used[0] > room:
            return v
        a = p.hop[v, 0]
        level = 1
        while a >= 0 and level <= levels:
            left, part = p.caps[level - 1], 0
            for window in range(rows):
                base = p.early[window, v] if by_day else p.volume[v]
                rate = p.rates[month + window, level - 1]
                if base == 0 or rate == 0 or not p.able[a]:
                    continue
                high, low = product(base, rate)
                if high > left or (high == left and low > part):
                    high, low = left, part
                left, part = left - high, part - low
                if part < 0:
                    left, part = left - 1, part + 1_000_000
                steps = p.tree_level[v] - p.tree_level[a]
                emit_exact(sink, a, v, 0, steps, level, base, rate, high, low)
            a = p.hop[a, min(level, last)]
            level += 1
    return len(p.volume)
