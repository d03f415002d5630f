"""Matching: a percentage of what members below were themselves paid, after their caps.

The walk is that of unilevel, usually on the enroller lineage; the base is rounded money of earlier
bonuses of the same run. Source: plan rules, matching on the downline's earned bonus.
"""

from dataclasses import dataclass

import numpy as np

from upline.engine.bonuses.unilevel import Params, Scale, kernel, paid_levels
from upline.engine.lineage import Compression, hops
from upline.engine.plan import Step
from upline.engine.scene import Gate, Scene
from upline.engine.tables import looked_up
from upline.engine.units import I32, I64, NONE

__all__ = ["Matching"]

BANK = 1  # the slot of earnings that wait; 0 is that of requirements and lifetime totals


@dataclass(frozen=True, slots=True)
class Matching:
    """rates[rank + 1, level - 1] in millionths of the money that `sources` earned from the
    bonuses `on`. bank: for so many periods from his enrolment, what a source earned who does not
    meet `sources` yet is kept, and matched with what he earns once he does; later it is dropped.
    """

    bonus_id: int
    rates: I64
    on: tuple[int, ...]
    gate: Gate
    tree: str = "enroller"
    compression: int = Compression.NONE
    holding_rank: int = NONE
    scale: Scale | None = None
    sources: Gate | None = None
    bank: int = 0

    @property
    def levels(self) -> int:
        return int(self.rates.shape[1])

    def prepare(self, scene: Scene) -> Step:
        m = scene.members
        able = scene.passes(self.gate)
        rates, row = paid_levels(scene, self.rates, self.scale)
        covered = (rates > 0) * np.arange(1, self.levels + 1)
        depth = looked_up(covered.max(axis=1).astype(np.int16), row)
        parent, _ = scene.lineage(self.tree)
        holds = m.rank >= self.holding_rank
        params = Params(
            able=able,
            host=np.arange(len(able), dtype=np.int32),
            hop=np.empty((len(able), 0), np.int32),
            depth=depth,
            rates=rates,
            row=row,
            volume=self._matched(scene),
            tree_level=scene.depths(self.tree),
            stop=np.empty((len(able), 0), np.int32),
        )

        def ways(order: I32) -> Params:
            hop = hops(parent, order, self.compression, able, depth, holds)
            return params._replace(hop=hop)

        held = (holds,) if self.compression == Compression.SKIP_BELOW_RANK else ()
        walk = self.tree, (able, row, *held), (params.volume,)
        return Step(kernel, params, len(able), self.levels, able, *walk, plain=True, ways=ways)

    def _matched(self, scene: Scene) -> I64:
        """What is matched of each source's earnings; the bank is brought up to date."""
        if not self.bank or self.sources is None:
            return scene.source_volume("", self.on, self.sources)
        earned, counts = scene.earnings(self.on), scene.passes(self.sources)
        kept = scene.memories.recall(self.bonus_id, BANK).total
        age = scene.snapshot.period_id - scene.members.enrolled
        waits = ~counts & (age >= 0) & (age < self.bank)
        matched = np.where(counts, earned + kept, 0)
        kept[:] = np.where(waits, earned + kept, 0)
        return matched
