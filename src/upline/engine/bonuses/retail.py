"""Retail: a percentage of what the sponsor's own customers paid, one line per order entry.

The percentage may grow with the sponsor's rank, or with one of his volumes. Source of the rule:
plan rules, the retail line (difference of retail and wholesale price).
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from upline.engine.jit import njit
from upline.engine.lines import Sink, emit
from upline.engine.measures import among
from upline.engine.plan import Step
from upline.engine.scene import Entries, Gate, Members, Scene
from upline.engine.units import I64, RETAIL, Bool

__all__ = ["Retail"]


class Params(NamedTuple):
    """able: bool[n]; source: bool[n], members whose orders pay; rate: int64[n], 1e-6."""

    able: Bool
    source: Bool
    rate: I64


@dataclass(frozen=True, slots=True)
class Retail:
    """rates[rank + 1] in millionths of the entry's retail margin base; or, with `by`, those of the
    bracket: brackets[k] from a volume of floors[k] on. customer_types: whose orders pay."""

    bonus_id: int
    rates: I64
    gate: Gate
    customer_types: tuple[int, ...] = (RETAIL,)
    by: str = ""
    floors: I64 | None = None
    brackets: I64 | None = None

    @property
    def levels(self) -> int:
        return 1

    def prepare(self, scene: Scene) -> Step:
        source = among(scene.members.customer_type, self.customer_types)
        rate = self.rates[scene.members.rank + 1]
        if self.floors is not None and self.brackets is not None:
            given = np.concatenate((np.zeros(1, np.int64), self.brackets))
            rate = given[np.searchsorted(self.floors, scene.volume(self.by), side="right")]
        params = Params(scene.passes(self.gate), source, rate)
        steps = len(scene.entries.entry_id)
        facts = (params.able, rate)
        walk = "sponsor", facts, (source,)
        return Step(kernel, params, steps, 1, params.able, *walk, by_entry=True, plain=True)


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
        if a >= 0 and p.able[a] and p.rate[a] != 0:
            emit(sink, a, v, e.entry_id[k], 1, 1, e.margin[k], p.rate[a])
    return len(e.entry_id)
