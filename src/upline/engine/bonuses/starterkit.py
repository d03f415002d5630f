"""Starter kit: a fixed amount to the enroller, once, for the kit a new member buys.

Paid when the member's premium kits of the enrolment month, returned ones taken off, are more than
none. Source of the rule: plan rules, the starterkit line.
"""

from dataclasses import dataclass
from typing import NamedTuple

from upline.engine.jit import njit
from upline.engine.lines import Sink, emit_exact
from upline.engine.plan import Step
from upline.engine.scene import Entries, Gate, Members, Scene
from upline.engine.units import PREMIUM_KIT, Bool

__all__ = ["StarterKit"]


class Params(NamedTuple):
    """able: bool[n]; amount: money 1e-4; kit: order type; months: window from enrolment."""

    able: Bool
    amount: int
    kit: int
    months: int
    period: int


@dataclass(frozen=True, slots=True)
class StarterKit:
    """amount in ten-thousandths for the first `order_type` bought within `months` of enrolment."""

    bonus_id: int
    amount: int
    gate: Gate
    order_type: int = PREMIUM_KIT
    months: int = 1

    @property
    def levels(self) -> int:
        return 1

    def prepare(self, scene: Scene) -> Step:
        params = Params(
            scene.passes(self.gate),
            self.amount,
            self.order_type,
            self.months,
            scene.snapshot.period_id,
        )
        return Step(kernel, params, len(scene.entries.entry_id), 1, params.able)


@njit
def kernel(p: Params, m: Members, e: Entries, sink: Sink, start: int) -> int:
    """One line per new member with a kit; entries of a member stand together."""
    room = len(sink.lines) - 1
    total = len(e.entry_id)
    k = start
    while k < total:
        v = e.member[k]
        first = k
        kits = 0
        bought = -1
        while k < total and e.member[k] == v:
            if e.order_type[k] == p.kit:
                returned = e.pv[k] < 0 or e.cv[k] < 0
                kits += -1 if returned else 1
                if bought < 0 and not returned:
                    bought = k
            k += 1
        month = p.period - m.enrolled[v]
        if kits <= 0 or bought < 0 or month < 0 or month >= p.months:
            continue
        if sink.used[0] > room:
            return first
        a = m.enroller[v]
        if a >= 0 and p.able[a] and not m.is_customer[v]:
            emit_exact(sink, a, v, e.entry_id[bought], 1, 1, 0, 0, p.amount, 0)
    return total
