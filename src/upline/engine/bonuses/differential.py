"""Differential (stairstep): a percentage by the size of the group, less what legs get on theirs.

The bracket is chosen on one volume of the whole group, the money is paid on another. Each member's
gross is his rate times the group's volume; what each frontline leg's own bracket gives on its group
is taken off. Customers are no legs: they have no bracket, and whoever stands below one is a leg of
the first member above. Volume may be kept out of the deduction (joining packages). Written as
lines: own volume and that of customers at the full rate, every leg at the difference. Source: plan
rules, differential.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from upline.engine.jit import njit
from upline.engine.lineage import nearest
from upline.engine.lines import Sink, emit
from upline.engine.plan import Step
from upline.engine.scene import Entries, Gate, Members, Scene
from upline.engine.units import I64, Bool
from upline.engine.volumes import add_entries, subtree_sums

__all__ = ["Differential"]


class Params(NamedTuple):
    """able: bool[n]; rate: int64[n], bracket of each member's group; own, group: int64[n], volume
    paid on, of the member and of his organization; less: int64[n], the group's deducted volume;
    most_legs: most lines of one member; legs_paid: whether anything is paid on legs at all."""

    able: Bool
    rate: I64
    own: I64
    group: I64
    less: I64
    most_legs: int
    legs_paid: bool


@dataclass(frozen=True, slots=True)
class Differential:
    """floors[k], rates[k]: from this group volume on (ascending), this rate in millionths.

    by: volume that chooses the bracket ('ov', 'gv', 'pv'); kept_types: order types whose volume is
    paid on in full at every height; legs_paid False pays the own volume only.
    """

    bonus_id: int
    floors: I64
    rates: I64
    gate: Gate
    by: str = "ov"
    volume: str = "commission"
    kept_types: tuple[int, ...] = ()
    legs_paid: bool = True

    @property
    def levels(self) -> int:
        return 2

    def prepare(self, scene: Scene) -> Step:
        m = scene.members
        n = len(m.pv)
        own = scene.volume(self.volume)
        group = np.zeros(n, np.int64)
        subtree_sums(m.sponsor, own, group)
        less = group
        if self.kept_types:
            kept, sums = np.zeros(n, np.int64), np.zeros(n, np.int64)
            chosen = np.isin(scene.entries.order_type, self.kept_types)
            add_entries(scene.entries.member[chosen], scene.own_values()[chosen], kept)
            subtree_sums(m.sponsor, own - kept, sums)
            less = sums
        place = np.searchsorted(self.floors, scene.volume(self.by), side="right")
        rate = np.concatenate((np.zeros(1, np.int64), self.rates))[place]
        parent, order = scene.lineage("sponsor")
        member = nearest(parent, order, (~m.is_customer).astype(np.int16), 1)[:, 0]
        legs = np.bincount(member[member >= 0], minlength=1)
        params = Params(
            able=scene.passes(self.gate),
            rate=rate,
            own=own,
            group=group,
            less=less,
            most_legs=2 * int(legs.max(initial=0)) + 1,
            legs_paid=self.legs_paid,
        )
        return Step(kernel, params, n, params.most_legs, params.able)


@njit
def kernel(p: Params, m: Members, e: Entries, sink: Sink, start: int) -> int:
    """Level 1: own volume; level 2: one line per customer and per leg (two where part of a leg is
    not deducted)."""
    room = len(sink.lines) - p.most_legs
    for v in range(start, len(p.own)):
        rate = p.rate[v]
        if not p.able[v] or rate == 0:
            continue
        if sink.used[0] > room:
            return v
        if p.own[v] != 0:
            emit(sink, v, v, 0, 0, 1, p.own[v], rate)
        c = v + 1
        while p.legs_paid and c < m.end[v]:
            steps = m.level[c] - m.level[v]
            if m.is_customer[c]:
                if p.own[c] != 0:
                    emit(sink, v, c, 0, steps, 2, p.own[c], rate)
                c += 1
                continue
            if p.less[c] == p.group[c]:
                if p.group[c] != 0 and rate != p.rate[c]:
                    emit(sink, v, c, 0, steps, 2, p.group[c], rate - p.rate[c])
            else:
                emit(sink, v, c, 0, steps, 2, p.group[c], rate)
                if p.less[c] != 0 and p.rate[c] != 0:
                    emit(sink, v, c, 0, steps, 2, -p.less[c], p.rate[c])
            c = m.end[c]
    return len(p.own)
