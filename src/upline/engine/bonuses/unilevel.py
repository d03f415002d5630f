"""Unilevel: a percentage of the source's volume to each of the paid levels above.

Depth and percentage may depend on the payee's rank and on the size of one of his volumes; who is
passed over is the plan's compression; level pay may end at a leader. Source of the rule: plan
rules, unilevel walk, the four compression behaviours, breakaway, matrix (level pay follows
placement: the same walk on a computed tree).
"""

from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple

import numpy as np

from upline.engine.jit import njit
from upline.engine.lineage import Compression, hops, nearest
from upline.engine.lines import Sink, emit
from upline.engine.plan import Step
from upline.engine.scene import Entries, Gate, Members, Scene
from upline.engine.tables import looked_up
from upline.engine.units import I16, I32, I64, NO_CAP, NONE, RATE, Bool

__all__ = ["NO_STOP", "OWN_RANK", "Scale", "Unilevel", "Unqualified", "paid_levels"]

NO_STOP = -1
OWN_RANK = -2


class Unqualified(IntEnum):
    """What becomes of the volume of a member who does not meet the gate himself. Customers need not
    qualify for anything: theirs is always paid on."""

    PAYS = 0  # it is paid on like any other
    LOSES = 1  # it is not paid on
    AS_UPLINE = 2  # it is paid on as if the next qualified member above had bought it


@dataclass(frozen=True, slots=True)
class Scale:
    """Rates times rates[k] (millionths) for whoever has at least floors[k] of volume `by`; 0 for
    less than the first. An empty scale changes nothing."""

    by: str
    floors: I64
    rates: I64


class Params(NamedTuple):
    """able: bool[n]; host: int32[n], as whose volume a member's is paid on, -1 = not at all; hop:
    int32[n, c]; depth: int16[n]; rates: int64[rows, levels]; row: int16[n], whose rates; volume:
    int64[n], what is paid on; stop: int32[n, c], the depth above which nobody is paid (c = 0:
    nothing stops, 1: anybody, more: by the payee's rank); most: millionths of a source's volume
    that are paid in all."""

    able: Bool
    host: I32
    hop: I32
    depth: I16
    rates: I64
    row: I16
    volume: I64
    tree_level: I32
    stop: I32
    most: int = NO_CAP


@dataclass(frozen=True, slots=True)
class Unilevel:
    """rates[rank + 1, level - 1] in millionths, row 0 for members without a rank, 0 = not covered.

    holding_rank: position, for SKIP_BELOW_RANK. unqualified: what becomes of the volume of a source
    that does not meet the gate himself. sources: whose volume counts at all. stops_at: rank
    position of those who end level pay (OWN_RANK: whoever has at least the payee's rank), NO_STOP
    for nobody; stop_pays: whether such a member's own volume is still paid upward. most: what one
    source's volume pays in all, the nearest first, in millionths of it.
    """

    bonus_id: int
    rates: I64
    gate: Gate
    tree: str = "sponsor"
    volume: str = "commission"
    compression: int = Compression.SKIP_UNQUALIFIED
    holding_rank: int = NONE
    unqualified: int = Unqualified.PAYS
    sources: Gate | None = None
    stops_at: int = NO_STOP
    stop_pays: bool = False
    scale: Scale | None = None
    most: int = NO_CAP

    @property
    def levels(self) -> int:
        return int(self.rates.shape[1])

    def prepare(self, scene: Scene) -> Step:
        able = scene.passes(self.gate)
        rates, row = paid_levels(scene, self.rates, self.scale)
        covered = (rates > 0) * np.arange(1, self.levels + 1)
        depth = looked_up(covered.max(axis=1).astype(np.int16), row)
        parent, order = scene.lineage(self.tree)
        holds = scene.members.rank >= self.holding_rank
        tree_level = scene.depths(self.tree)
        volume = scene.source_volume(self.volume, (), self.sources)

        def ways(order: I32) -> Params:
            return Params(
                able=able,
                host=self._hosts(parent, order, able, scene.members.is_customer),
                hop=hops(parent, order, self.compression, able, depth, holds),
                depth=depth,
                rates=rates,
                row=row,
                volume=volume,
                tree_level=tree_level,
                stop=self._stops(scene, parent, order, tree_level),
                most=self.most,
            )

        own = (volume, scene.members.is_customer)
        walk = self.tree, (able, row, *self._ranks(scene.members.rank, holds)), own
        nowhere = ways(order[:0])
        return Step(kernel, nowhere, len(able), self.levels, able, *walk, plain=True, ways=ways)

    def _ranks(self, rank: I16, holds: Bool) -> tuple[I16 | Bool, ...]:
        """What the way up takes from ranks, besides the rates: nothing, in most plans."""
        held = (holds,) if self.compression == Compression.SKIP_BELOW_RANK else ()
        if self.stops_at == NO_STOP:
            return held
        return *held, rank if self.stops_at == OWN_RANK else rank >= self.stops_at

    def _hosts(self, parent: I32, order: I32, able: Bool, is_customer: Bool) -> I32:
        own = np.arange(len(able), dtype=np.int32)
        if self.unqualified == Unqualified.PAYS:
            return own
        pays = able | is_customer
        if self.unqualified == Unqualified.LOSES:
            return np.where(pays, own, NONE).astype(np.int32)
        upper = nearest(parent, order, able.astype(np.int16), 1)[:, 0]
        return np.where(pays, own, upper).astype(np.int32)

    def _stops(self, scene: Scene, parent: I32, order: I32, tree_level: I32) -> I32:
        n = len(parent)
        if self.stops_at == NO_STOP:
            return np.empty((n, 0), np.int32)
        least = np.arange(max(len(self.rates) - 1, 1)) if self.stops_at == OWN_RANK else None
        ranks = np.array([self.stops_at]) if least is None else least
        stop = np.empty((n, len(ranks)), np.int32)
        _stops(parent, order, scene.members.rank, ranks, tree_level, self.stop_pays, stop)
        return stop


def paid_levels(scene: Scene, rates: I64, scale: Scale | None) -> tuple[I64, I16]:
    """Rates by row and each member's row: his rank's, or that of rank and bracket of the scale.

    Of rows that are alike the first one stands for all: another rank with the same rates changes
    nobody's pay.
    """
    row = scene.members.rank + 1
    if scale is None:
        return rates, looked_up(_alike(rates), row)
    factors = np.concatenate((np.zeros(1, np.int64), scale.rates))
    table = np.concatenate([rates * int(factor) // RATE for factor in factors])
    bracket = np.searchsorted(scale.floors, scene.volume(scale.by), side="right")
    return table, looked_up(_alike(table), row + len(rates) * bracket)


def _alike(rates: I64) -> I16:
    """The first row with the same rates, for each row."""
    _, first, row = np.unique(rates, axis=0, return_index=True, return_inverse=True)
    return first[row.reshape(-1)].astype(np.int16)


@njit
def _stops(
    parent: I32, order: I32, rank: I16, ranks: I64, tree_level: I32, own_pays: bool, stop: I32
) -> None:
    """stop[v, c] = depth of the nearest leader of at least ranks[c] at or (own_pays) above v."""
    for k in range(len(order)):
        v = order[k]
        p = parent[v]
        for c in range(len(ranks)):
            if not own_pays and rank[v] >= ranks[c]:
                stop[v, c] = tree_level[v]
            elif p < 0:
                stop[v, c] = -1
            elif own_pays and rank[p] >= ranks[c]:
                stop[v, c] = tree_level[p]
            else:
                stop[v, c] = stop[p, c]


@njit
def kernel(p: Params, m: Members, e: Entries, sink: Sink, start: int) -> int:
    """One line per (payee, source member) from member `start` on; one burst is `levels` lines."""
    levels = p.rates.shape[1]
    last = p.hop.shape[1] - 1
    stops = p.stop.shape[1]
    room = len(sink.lines) - levels
    for v in range(start, len(p.volume)):
        base = p.volume[v]
        host = p.host[v]
        if base == 0 or host < 0:
            continue
        if sink.used[0] > room:
            return v
        a = p.hop[host, 0]
        level = 1
        left = p.most
        while a >= 0 and level <= levels:
            if stops == 1 and p.tree_level[a] < p.stop[host, 0]:
                break
            if p.able[a] and level <= p.depth[a]:
                rate = min(p.rates[p.row[a], level - 1], left)
                column = min(max(m.rank[a], 0), stops - 1)
                if rate > 0 and (stops <= 1 or p.tree_level[a] >= p.stop[host, column]):
                    steps = p.tree_level[v] - p.tree_level[a]
                    emit(sink, a, v, 0, steps, level, base, rate)
                    left -= rate
            a = p.hop[a, min(level, last)]
            level += 1
    return len(p.volume)
