"""Pools: a share of the company's volume, or a fixed sum, divided among those who qualify.

A pool is cut into parts; each part is divided in proportion to weights. Shares are never rounded,
only the money is, once. Source: plan rules, pools (ranks, points by level, growth, quintiles).
"""

from dataclasses import dataclass
from enum import IntEnum
from math import gcd
from typing import NamedTuple

import numpy as np

from upline.engine.arithmetic import product, quotient
from upline.engine.jit import njit
from upline.engine.lineage import Compression, hops, nearest
from upline.engine.lines import Sink, emit_exact
from upline.engine.plan import Step
from upline.engine.scene import Entries, Gate, Members, Scene
from upline.engine.tables import marked_in
from upline.engine.units import I32, I64, MONEY, RATE, Bool

__all__ = ["Band", "Growth", "Part", "Pool"]

SLOT = 1  # memory of the k-th part stands in slot SLOT + k, that of its places in PLACES + k
PLACES = 101
RINGS, RING = 1000, 64  # of parts that grow over several periods: one slot for each of these


class Params(NamedTuple):
    """pot: money to divide; who: int32[k], positions of those who may share in it; rows: one per
    part or band, with their weights int64[rows, k] >= 0 in 1e-4 of a share, totals int64[rows], and
    the fraction numerator / denominator of the pot; most: money that one member may take in all."""

    pot: int
    who: I32
    weights: I64
    totals: I64
    numerator: I64
    denominator: I64
    most: int


class Growth(IntEnum):
    """What a value is compared with; the value is remembered."""

    NONE = 0
    PREVIOUS = 1
    BEST = 2


class Band(NamedTuple):
    """The next so many places, or that part of those who have a place (millionths, 0: by number),
    share `rate` millionths of the part."""

    places: int
    fraction: int
    rate: int


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a pool; `share` parts of the sum of all parts' shares.

    by: 'rank' (ranks[rank + 1] shares each), 'leaders' (those shares, and for every leader in the
    next `generations` of leaders below his shares, but no more than the payee's own; 0 = all of
    them), 'levels' (points[level - 1] for every source on that level), 'earned' (money of the
    bonuses `on`), or a member volume; of the last two `per` makes one share (0: in exact
    proportion). growth: only what is more than in the period before (PREVIOUS) or than ever (BEST),
    or than `growth_over` periods before.
    bands: from the best by that volume down, each divided equally; or, with places_by, from the
    best by that one down, each divided by the part's own rule. places_before: as they stood in the
    period before.
    """

    share: int
    by: str
    ranks: I64
    points: I64
    per: int = 0
    on: tuple[int, ...] = ()
    growth: int = Growth.NONE
    generations: int = 0
    bands: tuple[Band, ...] = ()
    growth_over: int = 1
    places_by: str = ""
    places_before: bool = False


@dataclass(frozen=True, slots=True)
class Pool:
    """rate in millionths of the company's `volume`, plus a fixed amount, divided by parts.

    most_rate: no member takes more than this share of the pool; what is cut off stays undivided.
    sources: gate of those who give points in 'levels' parts.
    """

    bonus_id: int
    rate: int
    amount: int
    parts: tuple[Part, ...]
    gate: Gate
    sources: Gate
    volume: str = "commission"
    most_rate: int = RATE
    compression: int = Compression.NONE

    @property
    def levels(self) -> int:
        return sum(max(1, len(part.bands)) for part in self.parts)

    def prepare(self, scene: Scene) -> Step:
        able = scene.passes(self.gate)
        pot = product(int(scene.volume(self.volume).sum()), self.rate)[0] + self.amount
        shares, who = sum(part.share for part in self.parts), marked_in(able)
        weights, numerator, denominator = [], [], []
        for slot, part in enumerate(self.parts, SLOT):
            values = np.maximum(self._values(scene, able, part, slot)[who], 0)
            if not part.bands:
                weights.append(values)
                numerator.append(part.share)
                denominator.append(shares)
                continue
            placed = self._placed(scene, part, values, slot, who)
            each = values if part.places_by else np.full(len(values), MONEY)
            for row, band in zip(_banded(placed, each, part.bands), part.bands, strict=True):
                top, bottom = part.share * band.rate, shares * RATE
                both = gcd(top, bottom)
                weights.append(row)
                numerator.append(top // both)
                denominator.append(bottom // both)
        table = np.array(weights, np.int64).reshape(len(weights), len(who))
        params = Params(
            pot=pot,
            who=who.astype(np.int32),
            weights=table,
            totals=table.sum(axis=1),
            numerator=np.array(numerator, np.int64),
            denominator=np.array(denominator, np.int64),
            most=product(pot, self.most_rate)[0],
        )
        return Step(kernel, params, len(who), self.levels, able)

    def _sizes(self, scene: Scene, part: Part, name: str) -> I64:
        """Money of the part's bonuses, or a volume."""
        return scene.earnings(part.on) if name == "earned" else scene.volume(name)

    def _placed(self, scene: Scene, part: Part, values: I64, slot: int, who: I64) -> I64:
        """What places of those who share go by; values: those of the part itself."""
        if not part.places_before:
            return self._sizes(scene, part, part.places_by)[who] if part.places_by else values
        memory = scene.memories.recall(self.bonus_id, PLACES + slot - SLOT)
        before: I64 = memory.total[who]
        if part.places_by:
            memory.total[:] = np.maximum(self._sizes(scene, part, part.places_by), 0)
        else:
            memory.total[:] = 0
            memory.total[who] = values
        return before

    def _values(self, scene: Scene, able: Bool, part: Part, slot: int) -> I64:
        """Weights before the gate, in 1e-4 of a share; int64[n]."""
        if part.by == "rank":
            out, some = np.zeros(len(able), np.int64), np.flatnonzero(able)
            out[some] = part.ranks[scene.members.rank[some] + 1] * MONEY
            return out
        if part.by == "leaders":
            own = part.ranks[scene.members.rank + 1]
            parent, order = scene.lineage("sponsor")
            hop = nearest(parent, order, (own > 0).astype(np.int16), 1)[:, 0]
            out = own.copy()
            _leaders(hop, own, part.generations or len(able), out)
            return out * MONEY
        if part.by == "levels":
            points = np.zeros(len(able), np.int64)
            parent, order = scene.lineage("sponsor")
            reach = np.ones(len(able), np.int16)
            hop = hops(parent, order, self.compression, able, reach, able)[:, 0]
            _points(scene.passes(self.sources), able, hop, part.points, points)
            return points * MONEY
        values = self._sizes(scene, part, part.by)
        if part.growth != Growth.NONE:
            if part.growth_over > 1:
                turn = scene.snapshot.period_id % part.growth_over
                slot = RINGS + (slot - SLOT) * RING + turn
            memory = scene.memories.recall(self.bonus_id, slot)
            before = memory.total.copy()
            best = np.maximum(values, before)
            memory.total[:] = best if part.growth == Growth.BEST else values
            values = values - before
        values = np.maximum(values, 0)
        return values // part.per * MONEY if part.per else values


def _banded(values: I64, each: I64, bands: tuple[Band, ...]) -> list[I64]:
    """One row per band with what `each` of its places weighs; equal values go by preorder.

    A place belongs to the part of all places in which it begins: of seven, fifths hold 2, 1, 2, 1
    and 1.
    """
    best = np.argsort(-values, kind="stable")
    best = best[values[best] > 0]
    rows = []
    first = fractions = 0
    for band in bands:
        fractions += band.fraction
        last = -(-len(best) * fractions // RATE) if band.fraction else first + band.places
        row = np.zeros(len(values), np.int64)
        row[best[first:last]] = each[best[first:last]]
        rows.append(row)
        first = last
    return rows


@njit
def _points(gives: Bool, able: Bool, hop: I32, points: I64, out: I64) -> None:
    """out[ancestor] += points of the level for each source that gives; hop: the next level."""
    for v in range(len(gives)):
        if gives[v]:
            a = hop[v]
            level = 0
            while a >= 0 and level < len(points):
                if able[a]:
                    out[a] += points[level]
                a = hop[a]
                level += 1


@njit
def _leaders(hop: I32, own: I64, generations: int, out: I64) -> None:
    """out[leader above] += shares of each leader, at most the one above's own."""
    for v in range(len(hop)):
        if own[v] > 0:
            a = hop[v]
            generation = 0
            while a >= 0 and generation < generations:
                out[a] += min(own[v], own[a])
                a = hop[a]
                generation += 1


@njit
def kernel(p: Params, m: Members, e: Entries, sink: Sink, start: int) -> int:
    """One line per member and part from member `start` on; base is the member's shares, 1e-4."""
    rows = p.weights.shape[0]
    room = len(sink.lines) - rows
    for k in range(start, len(p.who)):
        if sink.used[0] > room:
            return k
        v = p.who[k]
        left = p.most
        for row in range(rows):
            weight = p.weights[row, k]
            if weight == 0 or left <= 0:
                continue
            high, low = quotient(
                p.pot, p.numerator[row] * weight, p.denominator[row] * p.totals[row]
            )
            if high >= left:
                high = left
                low = 0
            left -= high
            emit_exact(sink, v, v, 0, 0, row + 1, weight, 0, high, low)
    return len(p.who)
