"""Starter kit: a fixed amount to the enrollers, once, for the kit a new member buys.

Paid when the member's kits of the enrolment months, returned ones taken off, are more than none;
of several kinds of kits each is paid. Source of the rule: plan rules, the starterkit line.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from upline.engine.jit import njit
from upline.engine.lineage import Compression, hops
from upline.engine.lines import Sink, emit_exact
from upline.engine.plan import Step
from upline.engine.scene import Entries, Gate, Members, Scene
from upline.engine.units import I32, I64, Bool

__all__ = ["StarterKit"]

FIRST_SLOT = 10  # of kits that were paid, by order type; lower ones are of every bonus


class Params(NamedTuple):
    """able: bool[n]; hop: int32[n, 1], next enroller; amounts: int64[order types, levels], money
    1e-4; months: window from enrolment; before: bool[order types, n], whose kit was paid in an
    earlier period, without columns where there is none."""

    able: Bool
    hop: I32
    amounts: I64
    months: int
    tree_level: I32
    period: int
    before: Bool


@dataclass(frozen=True, slots=True)
class StarterKit:
    """amounts[order type, level - 1] in ten-thousandths, for the first order of the type bought
    within `months` of enrolment; 0 for types that are no kit."""

    bonus_id: int
    amounts: I64
    gate: Gate
    months: int = 1
    tree: str = "enroller"
    compression: int = Compression.NONE

    @property
    def levels(self) -> int:
        return int(self.amounts.shape[1])

    def prepare(self, scene: Scene) -> Step:
        able = scene.passes(self.gate)
        parent, order = scene.lineage(self.tree)
        depth = np.full(len(able), self.levels, np.int16)
        params = Params(
            able=able,
            hop=hops(parent, order, self.compression, able, depth, able),
            amounts=self.amounts,
            months=self.months,
            tree_level=scene.depths(self.tree),
            period=scene.snapshot.period_id,
            before=self._before(scene),
        )
        burst = self.levels * len(self.amounts)
        steps, m = len(scene.entries.entry_id), scene.members
        walk = self.tree, (able,), (m.enrolled, m.is_customer)
        return Step(kernel, params, steps, burst, able, *walk, by_entry=True)

    def _before(self, scene: Scene) -> Bool:
        """Whose kits were paid in an earlier period of a longer window; those of now are noted."""
        types, n = len(self.amounts), len(scene.snapshot)
        if self.months == 1:
            return np.zeros((types, 0), np.bool_)
        before = np.zeros((types, n), np.bool_)
        e, m = scene.entries, scene.members
        age = scene.snapshot.period_id - m.enrolled
        new = (age >= 0) & (age < self.months) & ~m.is_customer
        for kind in np.flatnonzero(self.amounts.any(axis=1)):
            memory = scene.memories.recall(self.bonus_id, FIRST_SLOT + int(kind)).counted
            before[kind] = memory > 0
            chosen = e.order_type == kind
            returned = (e.pv[chosen] < 0) | (e.cv[chosen] < 0)
            kits = np.zeros(n, np.int64)
            np.add.at(kits, e.member[chosen], np.where(returned, -1, 1))
            memory[new & (kits > 0)] = 1
        return before


@njit
def kernel(p: Params, m: Members, e: Entries, sink: Sink, start: int) -> int:
    """One line per new member, kind of kit and enroller; entries of a member stand together."""
    types, levels = p.amounts.shape
    room = len(sink.lines) - levels * types
    total = len(e.entry_id)
    last = start
    while last < total:
        v = e.member[last]
        first = last
        while last < total and e.member[last] == v:
            last += 1
        month = p.period - m.enrolled[v]
        if month < 0 or month >= p.months or m.is_customer[v]:
            continue
        if sink.used[0] > room:
            return first
        for kind in range(types):
            kits = 0
            bought = -1
            for k in range(first, last):
                if e.order_type[k] == kind:
                    returned = e.pv[k] < 0 or e.cv[k] < 0
                    kits += -1 if returned else 1
                    if bought < 0 and not returned:
                        bought = k
            if kits <= 0 or bought < 0 or (p.before.shape[1] > 0 and p.before[kind, v]):
                continue
            a = p.hop[v, 0]
            level = 0
            while a >= 0 and level < levels:
                if p.able[a] and p.amounts[kind, level] != 0:
                    amount = p.amounts[kind, level]
                    steps = p.tree_level[v] - p.tree_level[a]
                    emit_exact(sink, a, v, e.entry_id[bought], steps, level + 1, 0, 0, amount, 0)
                a = p.hop[a, 0]
                level += 1
    return total
