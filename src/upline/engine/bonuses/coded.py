"""Coded: who buys a package is coded to the first upline holding one as large, who is then paid on
the buyer's volume from that period on.

A larger package is coded anew. The holder is remembered: he is paid whoever stands between later.
Source of the rule: plan rules, coded.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from upline.engine.jit import njit
from upline.engine.lineage import nearest
from upline.engine.lines import Sink, emit, emit_exact
from upline.engine.plan import Step
from upline.engine.scene import Entries, Gate, Members, Scene
from upline.engine.tree import positions_of
from upline.engine.units import I16, I32, I64, Bool

__all__ = ["Coded"]

SLOT = 32


class Params(NamedTuple):
    """able, bought: bool[n]; holder: int32[n], whom a member is coded to; package: int16[n], the
    largest held, 1 the smallest, 0 none; rates, amounts: int64[packages]; volume: int64[n]."""

    able: Bool
    bought: Bool
    holder: I32
    package: I16
    rates: I64
    amounts: I64
    volume: I64


@dataclass(frozen=True, slots=True)
class Coded:
    """packages[k]: PV from which one order of `order_types` is package k + 1 (ascending). rates[k]
    in millionths of the volume of who holds it, in every period; amounts[k] in money, 1e-4, in the
    period it is bought."""

    bonus_id: int
    packages: I64
    rates: I64
    amounts: I64
    order_types: tuple[int, ...]
    gate: Gate
    tree: str = "enroller"
    volume: str = "own"

    @property
    def levels(self) -> int:
        return len(self.packages)

    def prepare(self, scene: Scene) -> Step:
        n, e = len(scene.snapshot), scene.entries
        memory = scene.memories.recall(self.bonus_id, SLOT)
        chosen = np.isin(e.order_type, self.order_types)
        sizes = np.searchsorted(self.packages, e.pv[chosen], side="right").astype(np.int32)
        bought = np.zeros(n, np.int32)
        np.maximum.at(bought, e.member[chosen], sizes)
        new = bought > memory.counted
        memory.counted[new] = bought[new]
        parent, order = scene.lineage(self.tree)
        held = np.where(scene.members.earner, memory.counted, 0).astype(np.int16)
        above = nearest(parent, order, held, max(len(self.packages), 1))
        ids = scene.snapshot.customer_id
        holder = above[new, bought[new] - 1]
        memory.link[new] = np.where(holder >= 0, ids[holder], 0)
        memory.first_period[new] = scene.snapshot.period_id
        by_id = np.argsort(ids)
        at = positions_of(ids[by_id], memory.link)
        able = scene.passes(self.gate)
        params = Params(
            able=able,
            bought=new,
            holder=np.where(at >= 0, by_id[at] if n else at, -1).astype(np.int32),
            package=memory.counted.astype(np.int16),
            rates=self.rates,
            amounts=self.amounts,
            volume=scene.volume(self.volume),
        )
        return Step(kernel, params, n, 2, able)


@njit
def kernel(p: Params, m: Members, e: Entries, sink: Sink, start: int) -> int:
    """At most two lines per coded member from member `start` on; the level is his package."""
    room = len(sink.lines) - 2
    for v in range(start, len(p.volume)):
        a = p.holder[v]
        if a < 0 or not p.able[a]:
            continue
        if sink.used[0] > room:
            return v
        k = p.package[v] - 1
        if p.bought[v] and p.amounts[k] != 0:
            emit_exact(sink, a, v, 0, 0, k + 1, 0, 0, p.amounts[k], 0)
        if p.volume[v] != 0 and p.rates[k] != 0:
            emit(sink, a, v, 0, 0, k + 1, p.volume[v], p.rates[k])
    return len(p.volume)
