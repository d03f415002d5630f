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


class Params(NamedTuple):
    """able: bool[n]; hop: int32[n, 1], next enroller; amounts: int64[order types, levels], money
    1e-4; months: window from enrolment."""

    able: Bool
    hop: I32
    amounts: I64
    months: int
    tree_level: I32
    period: int


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
        )
        burst = self.levels * len(self.amounts)
        steps, m = len(scene.entries.entry_id), scene.members
        walk = self.tree, (able,), (m.enrolled, m.is_customer)
        return Step(kernel, params, steps, burst, able, *walk, by_entry=True)


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
            if kits <= 0 or bought < 0:
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
