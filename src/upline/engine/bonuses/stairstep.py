"""Stairstep: everybody on the way up is paid what is between his rate and the highest paid below.

The rate goes by rank or by the size of a volume. Whoever does not qualify is passed, and the next
one above gets his part too (or it is lost); equals of the one paid last may get an override of
their own. Source of the rule: plan rules, differential (own base minus the highest qualified base
on the line between) and breakaway (same rank, minimum override).
"""

from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple

import numpy as np

from upline.engine.jit import njit
from upline.engine.lineage import nearest
from upline.engine.lines import Sink, emit
from upline.engine.plan import Step
from upline.engine.scene import Entries, Gate, Members, Scene
from upline.engine.tables import looked_up
from upline.engine.units import I16, I32, I64, Bool

__all__ = ["OwnRate", "Stairstep"]


class OwnRate(IntEnum):
    """What the source's own rate means for his own volume.

    IGNORED: it is not looked at. KEPT: he has it already, as a discount; those above get what is
    more. PAID: he is paid it.
    """

    IGNORED = 0
    KEPT = 1
    PAID = 2


class Params(NamedTuple):
    """able: bool[n]; step: int16[n], place of the rate that counts among the rates, 0 = none;
    rates: int64[steps + 1] ascending from 0; hop: int32[n, steps], hop[v, c] = nearest proper
    ancestor of step > c; same: int64[k], equals' rates; minimum: least rate of a difference;
    far: int32[n], the last one who stands too near, -1 where everybody does; near: int16[n], the
    step that those who stand too near cover."""

    able: Bool
    step: I16
    rates: I64
    hop: I32
    same: I64
    minimum: int
    own: int
    volume: I64
    far: I32
    near: I16
    tree_level: I32


@dataclass(frozen=True, slots=True)
class Stairstep:
    """by_rank[rank + 1] in millionths; or, with `by`, rates[k] from a volume of floors[k] on.

    blocks: the rate of somebody who does not qualify counts on the way, so that it is lost.
    same[k]: rate of the (k + 1)-th member above the one paid last who has the same rate. minimum:
    whoever has a higher rate gets at least this. from_level: nobody nearer is paid, or
    counts; with near_counts the rates of those who stand nearer are covered.
    """

    bonus_id: int
    gate: Gate
    by_rank: I64
    by: str
    floors: I64
    rates: I64
    same: I64
    minimum: int = 0
    own: int = OwnRate.IGNORED
    blocks: bool = False
    from_level: int = 1
    near_counts: bool = False
    tree: str = "sponsor"
    volume: str = "commission"

    @property
    def levels(self) -> int:
        return 3

    def prepare(self, scene: Scene) -> Step:
        m = scene.members
        able = scene.passes(self.gate)
        if self.by:
            given = np.concatenate((np.zeros(1, np.int64), self.rates))
            rate = given[np.searchsorted(self.floors, scene.volume(self.by), side="right")]
        else:
            rate = looked_up(self.by_rank, m.rank + 1)
        known = np.unique(np.concatenate((np.zeros(1, np.int64), rate)))
        step = np.searchsorted(known, rate).astype(np.int16)
        step[~(m.earner if self.blocks else able)] = 0
        parent, _ = scene.lineage(self.tree)
        far, near = np.arange(len(able), dtype=np.int32), np.zeros(len(able), np.int16)
        for _ in range(1, self.from_level):
            far = np.where(far >= 0, parent[far], far).astype(np.int32)
            if self.near_counts:
                np.maximum(near, np.where(far >= 0, step[far], 0), out=near)
        params = Params(
            able=able,
            step=step,
            rates=known,
            hop=np.empty((len(able), 0), np.int32),
            same=self.same,
            minimum=self.minimum,
            own=int(self.own),
            volume=scene.volume(self.volume),
            far=far,
            near=near,
            tree_level=scene.depths(self.tree),
        )

        def ways(order: I32) -> Params:
            return params._replace(hop=nearest(parent, order, step, max(len(known) - 1, 1)))

        burst = (len(known) + 1) * (len(self.same) + 1)
        walk = self.tree, (able, known[step]), (params.volume,)
        return Step(kernel, params, len(able), burst, able, *walk, plain=True, ways=ways)


@njit
def kernel(p: Params, m: Members, e: Entries, sink: Sink, start: int) -> int:
    """Level 1: own rate; 2: differences; 3: equals. From member `start` on."""
    top = len(p.rates) - 1
    room = len(sink.lines) - (top + 2) * (len(p.same) + 1)
    for v in range(start, len(p.volume)):
        base = p.volume[v]
        if base == 0:
            continue
        if sink.used[0] > room:
            return v
        covered = p.step[v] if p.own > 0 else 0
        if p.own == 2 and covered > 0 and p.able[v]:
            emit(sink, v, v, 0, 0, 1, base, p.rates[covered])
        covered = max(covered, p.near[v])
        a = p.far[v]
        equals = 0
        while a >= 0:
            if covered > 0 and equals < len(p.same):
                a = p.hop[a, covered - 1]  # an equal, or somebody higher
            elif covered < top:
                a = p.hop[a, covered]
            else:
                break
            if a < 0:
                break
            steps = p.tree_level[v] - p.tree_level[a]
            if p.step[a] > covered:
                rate = max(p.rates[p.step[a]] - p.rates[covered], p.minimum)
                covered = p.step[a]
                equals = 0
                if p.able[a]:
                    emit(sink, a, v, 0, steps, 2, base, rate)
            else:
                if p.able[a] and p.same[equals] > 0:
                    emit(sink, a, v, 0, steps, 3, base, p.same[equals])
                equals += 1
    return len(p.volume)
