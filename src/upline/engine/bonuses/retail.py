"""Retail: a percentage of what the sponsor's own customers paid, one line per order entry.

Source of the rule: plan rules, the retail line (difference of retail and wholesale price).
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from upline.engine.jit import njit
from upline.engine.lines import Sink, emit
from upline.engine.plan import Step
from upline.engine.scene import Entries, Gate, Members, Scene
from upline.engine.units import RETAIL, Bool

__all__ = ["Retail"]


class Params(NamedTuple):
    """able: bool[n]; source: bool[n], members whose orders pay; rate: 1e-6."""

    able: Bool
    source: Bool
    rate: int


@dataclass(frozen=True, slots=True)
class Retail:
    """rate in millionths of the entry's retail margin base; customer_types whose orders pay."""

    bonus_id: int
    rate: int
    gate: Gate
    customer_types: tuple[int, ...] = (RETAIL,)

    @property
    def levels(self) -> int:
        return 1

    def prepare(self, scene: Scene) -> Step:
        source = np.isin(scene.members.customer_type, self.customer_types)
        params = Params(scene.passes(self.gate), source, self.rate)
        return Step(kernel, params, len(scene.entries.entry_id), 1, params.able)


@njit
def kernel(p: Params, m: Members, e: Entries, sink: Sink, start: int) -> int:
    """One line per entry of a customer, to his sponsor, from entry `start` on."""
    room = len(sink.lines) - 1
    for k in range(start, len(e.entry_id)):
        v = e.member[k]
        if not p.source[v] or e.margin[k] == 0:
            continue
        if sink.used[0] > room:
            return k
        a = m.sponsor[v]
        if a >= 0 and p.able[a]:
            emit(sink, a, v, e.entry_id[k], 1, 1, e.margin[k], p.rate)
    return len(e.entry_id)
