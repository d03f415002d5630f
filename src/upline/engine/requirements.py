"""What a rank or a bonus may ask that can be told before anybody has a rank in this period.

Each kind is data with `met(facts) -> bool[n]`. The requirements of one rank become one row for the
rank kernel (`met_rows`); a rank that has none costs the kernel one comparison.
"""

from dataclasses import dataclass

import numpy as np

from upline.engine.enrolment import binary_sides, enrolled_counts, enrolled_legs
from upline.engine.jit import njit
from upline.engine.measures import Measures
from upline.engine.plan import Ask, Ranks
from upline.engine.units import I16, I64, NONE, RATE, Bool

__all__ = [
    "AnyOf",
    "CustomerRatio",
    "Customers",
    "Enrolled",
    "EnrolledLegs",
    "Held",
    "Least",
    "OwnerVolume",
    "Rolling",
    "Sides",
    "met_rows",
    "rank_positions",
]


def rank_positions(ids: I16, held: I16) -> I16:
    """Positions of rank ids, -1 for none and for those that the plan no longer has."""
    place = np.full(1 + max(int(ids.max(initial=0)), int(held.max(initial=0)), 0), NONE, np.int16)
    place[ids] = np.arange(len(ids), dtype=np.int16)
    out = np.empty(held.shape, np.int16)
    _place(place, np.ascontiguousarray(held).reshape(-1), out.reshape(-1))
    return out


@njit
def _place(place: I16, held: I16, out: I16) -> None:
    for v in range(len(held)):
        out[v] = place[held[v]] if held[v] >= 0 else -1


class Now:
    """A requirement that looks at this period alone."""

    __slots__ = ()

    @property
    def history(self) -> int:
        """No earlier period."""
        return 0


@dataclass(frozen=True, slots=True)
class Least(Now):
    """At least `amount` of a volume by its name."""

    volume: str
    amount: int

    def met(self, facts: Measures) -> Bool:
        return facts.volume(self.volume) >= self.amount


@dataclass(frozen=True, slots=True)
class Enrolled(Now):
    """`count` personally enrolled members with at least `pv`, wherever they stand."""

    count: int
    pv: int

    def met(self, facts: Measures) -> Bool:
        return enrolled_counts(facts.snapshot, _active(facts, self.pv)) >= self.count


@dataclass(frozen=True, slots=True)
class EnrolledLegs(Now):
    """`count` legs of the sponsor tree with at least `each` personally enrolled members of `pv`."""

    count: int
    each: int
    pv: int

    def met(self, facts: Measures) -> Bool:
        return enrolled_legs(facts.snapshot, _active(facts, self.pv), self.each) >= self.count


@dataclass(frozen=True, slots=True)
class Sides(Now):
    """Personally enrolled members of at least `pv` in each binary leg."""

    left: int
    right: int
    pv: int

    def met(self, facts: Measures) -> Bool:
        left, right = binary_sides(facts.snapshot, _active(facts, self.pv))
        return (left >= self.left) & (right >= self.right)


@dataclass(frozen=True, slots=True)
class Customers(Now):
    """`count` personal customers with at least `pv`; of some types, or of all if none is given."""

    count: int
    pv: int
    types: tuple[int, ...] = ()

    def met(self, facts: Measures) -> Bool:
        s = facts.snapshot
        chosen = facts.is_customer & (s.sponsor >= 0) & (facts.volume("pv") >= self.pv)
        if self.types:
            chosen &= np.isin(s.customer_type, self.types)
        return np.bincount(s.sponsor[chosen], minlength=len(s)) >= self.count


@dataclass(frozen=True, slots=True)
class CustomerRatio(Now):
    """Of the personally enrolled with at least `pv`, at least `least` (millionths) of type `of` for
    each of type `to`."""

    of: tuple[int, ...]
    to: tuple[int, ...]
    least: int
    pv: int

    def met(self, facts: Measures) -> Bool:
        of, to = self._counted(facts, self.of), self._counted(facts, self.to)
        return np.asarray(of * RATE >= to * self.least)

    def _counted(self, facts: Measures, types: tuple[int, ...]) -> I64:
        chosen = np.isin(facts.snapshot.customer_type, types) & (facts.volume("pv") >= self.pv)
        return enrolled_counts(facts.snapshot, chosen).astype(np.int64)


@dataclass(frozen=True, slots=True)
class OwnerVolume:
    """Own PV of the latest `periods` periods, of all positions of an owner together: `one` for an
    owner of a single position, `several` for one of more."""

    one: int
    several: int
    periods: int

    @property
    def history(self) -> int:
        """All but this one."""
        return self.periods - 1

    def met(self, facts: Measures) -> Bool:
        owners = np.arange(len(facts.snapshot), dtype=np.int64)
        owned = facts.snapshot.extras.positions
        others = owned.owner >= 0
        owners[owned.member[others]] = owned.owner[others]
        volume, positions = np.zeros_like(owners), np.bincount(owners, minlength=len(owners))
        np.add.at(volume, owners, facts.recent(self.periods))
        least = np.where(positions > 1, self.several, self.one)
        return np.asarray((volume >= least)[owners])


@dataclass(frozen=True, slots=True)
class Rolling:
    """Own PV of the latest `periods` periods, this one included."""

    amount: int
    periods: int

    @property
    def history(self) -> int:
        """All but this one."""
        return self.periods - 1

    def met(self, facts: Measures) -> Bool:
        return facts.recent(self.periods) >= self.amount


@dataclass(frozen=True, slots=True)
class Held:
    """At least the rank with one of `ids` in each of the `periods` periods before this one.

    ids: of this rank and all higher ones. paid: as paid, not as achieved.
    """

    ids: tuple[int, ...]
    periods: int
    paid: bool

    @property
    def history(self) -> int:
        """As long as it must have been held."""
        return self.periods

    def met(self, facts: Measures) -> Bool:
        extras = facts.snapshot.extras
        past = extras.past_paid_rank if self.paid else extras.past_rank
        if len(past) < self.periods:
            return np.zeros(len(facts.snapshot), np.bool_)
        table = np.zeros(1 << 15, np.bool_)
        table[list(self.ids)] = True
        latest = past[: self.periods]
        return np.asarray((table[np.maximum(latest, 0)] & (latest >= 0)).all(axis=0))


@dataclass(frozen=True, slots=True)
class AnyOf:
    """All that one of the alternatives asks, whichever it is."""

    alternatives: tuple[tuple[Ask, ...], ...]

    @property
    def history(self) -> int:
        """As far as the one that looks back farthest."""
        return max(ask.history for asks in self.alternatives for ask in asks)

    def met(self, facts: Measures) -> Bool:
        able = np.zeros(len(facts.snapshot), np.bool_)
        for asks in self.alternatives:
            able |= np.logical_and.reduce([ask.met(facts) for ask in asks])
        return able


def _active(facts: Measures, pv: int) -> Bool:
    """Members who may be paid and have that PV: customers are enrolled by somebody, too."""
    return facts.earner & (facts.volume("pv") >= pv)


def met_rows(ranks: Ranks, facts: Measures) -> tuple[I16, Bool]:
    """Row of each rank, -1 where it asks for nothing, and bool[rows, n], who meets all of it."""
    row_of = np.full(len(ranks), NONE, np.int16)
    rows: list[Bool] = []
    for rank, asks in enumerate(ranks.asks):
        if not asks:
            continue
        met = np.ones(len(facts.snapshot), np.bool_)
        for ask in asks:
            met &= ask.met(facts)
        row_of[rank] = len(rows)
        rows.append(met)
    return row_of, np.stack(rows) if rows else np.zeros((1, 0), np.bool_)
