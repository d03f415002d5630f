"""Retail: a percentage of what the sponsor's own customers paid, one line per order entry.

The percentage may grow with the sponsor's rank, with one of his volumes, or with the order itself.
Source of the rule: plan rules, the retail line (difference of retail and wholesale price).
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from upline.engine.jit import njit
from upline.engine.lines import Sink, emit
from upline.engine.measures import among
from upline.engine.plan import Step
from upline.engine.scene import Entries, Gate, Members, Scene
from upline.engine.tables import looked_up
from upline.engine.units import I64, RETAIL, Bool

__all__ = ["Retail"]


class Params(NamedTuple):
    """able: bool[n]; source: bool[n], members whose orders pay; rate: int64[n], 1e-6; base:
    int64[entries], what is paid on, or empty: the margin; by_order: int64[entries], the order's own
    rate, or empty."""

    able: Bool
    source: Bool
    rate: I64
    base: I64
    by_order: I64


@dataclass(frozen=True, slots=True)
class Retail:
    """rates[rank + 1] in millionths of the entry's retail margin base; or, with `by`, those of the
    bracket: brackets[k] from a volume of floors[k] on; by_order: of the order's own volume `by`, a
    return like what it returns. volume: a kind to pay on instead of the margin. customer_types:
    whose orders pay."""

    bonus_id: int
    rates: I64
    gate: Gate
    customer_types: tuple[int, ...] = (RETAIL,)
    by: str = ""
    floors: I64 | None = None
    brackets: I64 | None = None
    by_order: bool = False
    volume: str = "margin"

    @property
    def levels(self) -> int:
        return 1

    def prepare(self, scene: Scene) -> Step:
        source = among(scene.members.customer_type, self.customer_types)
        rate, by_order = looked_up(self.rates, scene.members.rank + 1), np.empty(0, np.int64)
        entries, kinds = scene.entries, scene.measures.entries
        if self.by_order:
            by_order = self._bracket(np.abs(kinds[self.by]))
        elif self.floors is not None:
            rate = self._bracket(scene.volume(self.by))
        base = np.empty(0, np.int64) if self.volume == "margin" else kinds[self.volume]
        params = Params(scene.passes(self.gate), source, rate, base, by_order)
        step = Step(kernel, params, len(entries.entry_id), 1, params.able, by_entry=True)
        if len(base) or self.by_order:
            return step  # what goes by all entries is not worked out for some of them
        return step._replace(walks="sponsor", facts=(params.able, rate), own=(source,), plain=True)

    def _bracket(self, volume: I64) -> I64:
        """The rate of each volume, 0 below the first bracket."""
        none = np.zeros(0, np.int64)
        floors = none if self.floors is None else self.floors
        brackets = none if self.brackets is None else self.brackets
        given = np.concatenate((np.zeros(1, np.int64), brackets))
        return given[np.searchsorted(floors, volume, side="right")]


@njit
def kernel(p: Params, m: Members, e: Entries, sink: Sink, start: int) -> int:
    """One line per entry of a customer, to his sponsor, from entry `start` on."""
    room = len(sink.lines) - 1
    for k in range(start, len(e.entry_id)):
        v = e.member[k]
        base = p.base[k] if len(p.base) else e.margin[k]
        if not p.source[v] or base == 0:
            continue
        if sink.used[0] > room:
            return k
        a = m.sponsor[v]
        if a >= 0 and p.able[a]:
            rate = p.by_order[k] if len(p.by_order) else p.rate[a]
            if rate != 0:
                emit(sink, a, v, e.entry_id[k], 1, 1, base, rate)
    return len(e.entry_id)
