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
from upline.engine.units import I64, NONE

__all__ = ["Matching"]


@dataclass(frozen=True, slots=True)
class Matching:
    """rates[rank + 1, level - 1] in millionths of the money that `sources` earned from the
    bonuses `on`."""

    bonus_id: int
    rates: I64
    on: tuple[int, ...]
    gate: Gate
    tree: str = "enroller"
    compression: int = Compression.NONE
    holding_rank: int = NONE
    scale: Scale | None = None
    sources: Gate | None = None

    @property
    def levels(self) -> int:
        return int(self.rates.shape[1])

    def prepare(self, scene: Scene) -> Step:
        m = scene.members
        able = scene.passes(self.gate)
        rates, row = paid_levels(scene, self.rates, self.scale)
        covered = (rates > 0) * np.arange(1, self.levels + 1)
        depth = looked_up(covered.max(axis=1).astype(np.int16), row)
        parent, order = scene.lineage(self.tree)
        holds = m.rank >= self.holding_rank
        params = Params(
            able=able,
            host=np.arange(len(able), dtype=np.int32),
            hop=hops(parent, order, self.compression, able, depth, holds),
            depth=depth,
            rates=rates,
            row=row,
            volume=scene.source_volume("", self.on, self.sources),
            tree_level=scene.depths(self.tree),
            stop=np.empty((len(able), 0), np.int32),
        )
        walk = self.tree, (able, row, m.rank), (params.volume,)
        return Step(kernel, params, len(able), self.levels, able, *walk, plain=True)
