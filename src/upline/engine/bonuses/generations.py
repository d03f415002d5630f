"""Generations: the downline cut at its leaders, each piece paid at its own rate, at any depth.

Going up from a source, every boundary member between source and payee begins another generation.
`inclusive` boundaries belong to the generation they end (the source's own rank does not count);
otherwise a boundary member opens the next generation and his own volume is in it. Split, his own
purchases belong to the one he ends and those of his customers to the one he opens. The boundary is
one rank for all, or the payee's own rank. Source: plan rules, generations.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from upline.engine.bonuses.unilevel import Scale, paid_levels
from upline.engine.jit import njit
from upline.engine.lineage import nearest
from upline.engine.lines import Sink, emit
from upline.engine.plan import Step
from upline.engine.scene import Entries, Gate, Members, Scene
from upline.engine.tables import looked_up
from upline.engine.units import I16, I32, I64, NONE, Bool

__all__ = ["Generations"]

OWN_RANK = -2


class Params(NamedTuple):
    """able: bool[n]; row: int16[n], whose rates; bound: int16[n], rank that bounds, -1 none; hop:
    int32[n, c], see `_meetings`; counts: int16[ranks], work space: boundaries met so far by rank;
    rates: int64[rows, generations]; rest: int64[n or 0], volume that goes by the other side of the
    boundary; boundary: rank position or OWN_RANK; depth: most ancestors anybody has."""

    able: Bool
    row: I16
    bound: I16
    hop: I32
    counts: I16
    rates: I64
    volume: I64
    rest: I64
    boundary: int
    inclusive: bool
    tree_level: I32
    depth: int


@dataclass(frozen=True, slots=True)
class Generations:
    """rates[rank + 1, generation - 1] in millionths; on: bonuses whose money is paid on, if any.

    highest: the boundary goes by the best rank ever held instead of the one paid as.
    unqualified_bounds: whether a leader who does not meet the gate still ends a generation. split:
    see above, instead of `inclusive`. empty_counts: whether a leader whose generation has no volume
    at all still makes one (for a fixed boundary only).
    """

    bonus_id: int
    rates: I64
    gate: Gate
    boundary: int = OWN_RANK
    inclusive: bool = False
    tree: str = "sponsor"
    volume: str = "commission"
    on: tuple[int, ...] = ()
    highest: bool = False
    unqualified_bounds: bool = True
    split: bool = False
    empty_counts: bool = True
    scale: Scale | None = None
    sources: Gate | None = None

    @property
    def levels(self) -> int:
        return int(self.rates.shape[1])

    def prepare(self, scene: Scene) -> Step:
        m = scene.members
        rates, row = paid_levels(scene, self.rates, self.scale)
        able = scene.passes(self.gate) & looked_up(rates.max(axis=1) > 0, row)
        bound = scene.best_rank() if self.highest else m.rank.copy()
        if self.boundary >= 0:  # all that reach it bound alike
            bound = np.where(bound >= self.boundary, np.int16(self.boundary), np.int16(NONE))
        if not self.unqualified_bounds:
            bound[~able] = NONE
        parent, order = scene.lineage(self.tree)
        volume = scene.source_volume(self.volume, self.on, self.sources)
        rest = self._customers_part(scene) if self.split else np.empty(0, np.int64)
        if self.split:
            if self.sources is not None:
                rest[~scene.passes(self.sources)] = 0
            volume = volume - rest
        if not self.empty_counts:
            leads = bound >= self.boundary
            heads = nearest(parent, order, leads.astype(np.int16), 1)[:, 0]
            inner = np.where(leads, np.arange(len(able)), heads)
            filled = np.zeros(len(able) + 1, np.bool_)  # the last one stands for nobody
            filled[(heads if self.inclusive or self.split else inner)[volume != 0]] = True
            if self.split:
                filled[inner[rest != 0]] = True
            bound[leads & ~filled[:-1]] = NONE
        columns = 1 if self.boundary >= 0 else len(self.rates)
        tree_level = scene.depths(self.tree)
        depth = int(tree_level.max(initial=0)) + 1
        params = Params(
            able=able,
            row=row,
            bound=bound,
            hop=np.empty((len(able), 0), np.int32),
            counts=np.zeros(max(len(self.rates) - 1, self.boundary + 1, 1), np.int16),
            rates=rates,
            volume=volume,
            rest=rest,
            boundary=self.boundary,
            inclusive=self.inclusive or self.split,
            tree_level=tree_level,
            depth=depth,
        )

        def ways(order: I32) -> Params:
            hop = np.empty((len(able), columns), np.int32)
            _meetings(parent, order, able, bound, m.rank, max(self.boundary, 0), hop)
            return params._replace(hop=hop)

        ranks = (bound,) if self.boundary >= 0 else (bound, m.rank)
        walk, steps = (self.tree, (able, row, *ranks), (volume, rest)), len(able) + len(rest)
        return Step(kernel, params, steps, depth, able, *walk, plain=True, ways=ways)

    def _customers_part(self, scene: Scene) -> I64:
        """What of the volume is that of the member's customers; int64[n]."""
        m = scene.members
        part = np.zeros(len(m.own), np.int64)
        if not self.on and self.volume == "commission" and scene.plan.volumes.customers_as_own:
            mine = m.is_customer & (m.sponsor >= 0)
            np.add.at(part, m.sponsor[mine], m.own[mine])
        elif not self.on and self.volume.startswith("total_"):
            part = scene.volume(self.volume) - scene.volume(self.volume.removeprefix("total_"))
        return part


@njit
def _meetings(
    parent: I32, order: I32, able: Bool, bound: I16, rank: I16, least: int, hop: I32
) -> None:
    """Whom a walk must meet: hop[v, c] is the nearest proper ancestor who may be paid with a rank
    of at least c - 1, or who bounds with a rank of at least max(c - 1, least)."""
    columns = hop.shape[1]
    for k in range(len(order)):
        v = order[k]
        p = parent[v]
        for c in range(columns):
            if p < 0:
                hop[v, c] = -1
            elif (able[p] and rank[p] >= c - 1) or bound[p] >= max(c - 1, least):
                hop[v, c] = p
            else:
                hop[v, c] = hop[p, c]


@njit
def _begin(counts: I16, rank: int) -> None:
    """One more boundary for every rank that the boundary member reaches."""
    for q in range(min(rank + 1, len(counts))):
        counts[q] = min(counts[q] + 1, 32000)


@njit
def kernel(p: Params, m: Members, e: Entries, sink: Sink, start: int) -> int:
    """One line per (payee, source member) from position `start` on: every member's volume, then
    the rest of every member's."""
    generations = p.rates.shape[1]
    ranks = len(p.counts)
    members = len(p.volume)
    room = len(sink.lines) - p.depth
    for position in range(start, members + len(p.rest)):
        v = position if position < members else position - members
        base = p.volume[v] if position < members else p.rest[v]
        if base == 0:
            continue
        if sink.used[0] > room:
            return position
        for q in range(ranks):
            p.counts[q] = 0
        if not p.inclusive or position >= members:
            _begin(p.counts, p.bound[v])
        ended = 0  # by own rank: ranks below this one have used up their generations
        column = 0
        a = v
        while True:
            if p.boundary >= 0:
                if p.counts[p.boundary] >= generations:
                    break
            else:
                while ended < ranks and p.counts[ended] >= generations:
                    ended += 1
                    column = ended + 1
                if ended == ranks:
                    break
            a = p.hop[a, column]
            if a < 0:
                break
            steps = p.tree_level[v] - p.tree_level[a]
            rank = m.rank[a]
            generation = p.counts[p.boundary if p.boundary >= 0 else max(rank, 0)] + 1
            if p.able[a] and generation <= generations:
                rate = p.rates[p.row[a], generation - 1]
                if rate > 0:
                    emit(sink, a, v, 0, steps, generation, base, rate)
            _begin(p.counts, p.bound[a])
    return members + len(p.rest)
