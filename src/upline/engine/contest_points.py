"""What gives points in contests: each kind of rule, and one entry for every reason.

Exact: points are int64 ten-thousandths.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from upline.engine.units import I8, I16, I32, I64, MONEY, NO_MINIMUM, NONE, Bool

__all__ = [
    "CARRIED",
    "COUPON",
    "ENROLMENT",
    "GROWTH",
    "HELD",
    "NO_LIMIT",
    "RANK",
    "VOLUME",
    "Coupons",
    "Enrolments",
    "Entries",
    "Growth",
    "RanksHeld",
    "RanksReached",
    "View",
    "VolumeBought",
    "chosen_of",
    "entries_of",
    "joined",
    "newcomers",
]

# Why somebody has points.
ENROLMENT, VOLUME, RANK, GROWTH, CARRIED, HELD, COUPON = 1, 2, 3, 4, 5, 6, 7
NO_LIMIT = 1 << 61


class View(NamedTuple):
    """What contests look at: n members in snapshot preorder, e entries.

    volumes: now, by name, 1e-4; before: of the period before, empty when there is none. rank, best:
    positions, now and best of earlier periods, -1 none. able: who may take part at all.
    enrolled_at, sold_at: Unix seconds; age: periods since that of enrolment. held: of the contest's
    earlier periods, in how many the rank held now was held. stock: coupons left of earlier periods
    by kind of volume.
    """

    enroller: I32
    customer_type: I8
    able: Bool
    is_new: Bool
    enrolled_at: I64
    rank: I16
    best: I16
    volumes: Mapping[str, I64]
    before: Mapping[str, I64]
    entry_member: I32
    entry_type: I8
    entry_volumes: Mapping[str, I64]
    sold_at: I64
    age: I32
    held: I32
    stock: Mapping[str, I64]


class Entries(NamedTuple):
    """One reason for points each. source: the member enrolled, -1 none; quantity 1e-4."""

    member: I32
    reason: I8
    source: I32
    quantity: I64
    points: I64


@dataclass(frozen=True, slots=True)
class Enrolments:
    """each[k] for everybody of `types` with own PV of at least `min_pv` whose enrolment was k
    periods ago, to the enroller."""

    each: tuple[int, ...]
    types: tuple[int, ...]
    min_pv: int = NO_MINIMUM

    def entries(self, v: View) -> Entries:
        """One a member enrolled."""
        chosen = np.isin(v.customer_type, self.types) & (v.enroller >= 0)
        chosen &= v.volumes["pv"] >= self.min_pv
        parts = []
        for ago, each in enumerate(self.each):
            counted = np.flatnonzero(chosen & (v.age == ago if ago else v.is_new))
            once = np.full(len(counted), MONEY)
            source = counted.astype(np.int32)
            parts.append(entries_of(ENROLMENT, v.enroller[counted], once, each, source))
        return joined(parts)


@dataclass(frozen=True, slots=True)
class VolumeBought:
    """`each` for every full `per` of volume of the `order_types`, own or of personally enrolled."""

    each: int
    per: int
    volume: str = "pv"
    order_types: tuple[int, ...] = ()
    of_enrolled: bool = False
    most: int = NO_LIMIT

    def entries(self, v: View) -> Entries:
        """One a member with at least one full `per`."""
        return _by_amount(VOLUME, self.bought(v), self.per, self.each, self.most)

    def bought(self, v: View) -> I64:
        """The volume that counts for each member; int64[n]."""
        member, counted = self.sellers(v)
        out = np.zeros(len(v.able), np.int64)
        np.add.at(out, member, v.entry_volumes[self.volume][counted])
        return out

    def sellers(self, v: View) -> tuple[I32, I64]:
        """For whom which entries count."""
        member = v.enroller[v.entry_member] if self.of_enrolled else v.entry_member
        chosen = member >= 0
        if self.order_types:
            chosen &= np.isin(v.entry_type, self.order_types)
        counted = np.flatnonzero(chosen)
        return member[counted], counted


@dataclass(frozen=True, slots=True)
class RanksReached:
    """Points for every rank above the best held before; one value a rank position."""

    points: tuple[int, ...]
    ids: tuple[int, ...]

    def entries(self, v: View) -> Entries:
        """One a member and rank; the quantity is the rank's id."""
        parts = []
        for position, (points, number) in enumerate(zip(self.points, self.ids, strict=True)):
            reached = np.flatnonzero((v.best < position) & (position <= v.rank) & (points > 0))
            what = np.full(len(reached), number * MONEY)
            parts.append(entries_of(RANK, reached.astype(np.int32), what, points))
        return joined(parts)


@dataclass(frozen=True, slots=True)
class RanksHeld:
    """Points for the rank held, in the first `times` periods of the contest in which it is."""

    points: tuple[int, ...]
    ids: tuple[int, ...]
    times: int

    def entries(self, v: View) -> Entries:
        """One a member; the quantity is the rank's id."""
        points, ids = np.array([*self.points, 0]), np.array([*self.ids, NONE])
        given = np.flatnonzero((points[v.rank] > 0) & (v.held < self.times))
        found = entries_of(HELD, given.astype(np.int32), ids[v.rank[given]] * MONEY, 0)
        return found._replace(points=points[v.rank[given]])


@dataclass(frozen=True, slots=True)
class Coupons:
    """As many points again as a member has coupons, and points of other rules in the period.

    volume: the kind of volume that coupons are posted as; those not used stay in stock.
    """

    volume: str

    def entries(self, v: View) -> Entries:
        """None before the points of the other rules are known."""
        return joined([])

    def used(self, v: View, points: I64) -> Entries:
        """One a member who uses some; the quantity is what is left."""
        stock = v.stock[self.volume].copy()
        np.add.at(stock, v.entry_member, v.entry_volumes[self.volume])
        used = np.minimum(np.maximum(stock, 0), points)
        given = np.flatnonzero(used > 0)
        found = entries_of(COUPON, given.astype(np.int32), (stock - used)[given], 0)
        return found._replace(points=used[given])


@dataclass(frozen=True, slots=True)
class Growth:
    """`each` for every full `per` of volume more than in the period before, if there was one."""

    each: int
    per: int
    volume: str = "ov"
    most: int = NO_LIMIT

    def entries(self, v: View) -> Entries:
        """One a member who grew by at least `per`."""
        if self.volume not in v.before:
            return joined([])
        more = v.volumes[self.volume] - v.before[self.volume]
        return _by_amount(GROWTH, more, self.per, self.each, self.most)


def newcomers(v: View, types: tuple[int, ...] | None) -> I64:
    """Newcomers by enroller, of some types or of all; int64[n]."""
    chosen = v.is_new & (v.enroller >= 0)
    if types is not None:
        chosen &= np.isin(v.customer_type, types)
    return np.bincount(v.enroller[chosen], minlength=len(v.able)).astype(np.int64)


def _by_amount(reason: int, amount: I64, per: int, each: int, most: int) -> Entries:
    """`each` for every full `per` of the amount, `most` at most; nothing for less than one."""
    times = np.maximum(amount, 0) // per
    given = np.flatnonzero(times)
    points = np.minimum(times[given], NO_LIMIT // max(each, 1)) * each
    found = entries_of(reason, given.astype(np.int32), amount[given], 0)
    return found._replace(points=np.minimum(points, most))


def entries_of(
    reason: int, member: I32, quantity: I64, points: int, source: I32 | None = None
) -> Entries:
    """Entries for one reason, all of as many points."""
    count = len(member)
    return Entries(
        member,
        np.full(count, reason, np.int8),
        np.full(count, NONE, np.int32) if source is None else source,
        quantity,
        np.full(count, points, np.int64),
    )


def joined(parts: list[Entries]) -> Entries:
    """All of them, in the order of the parts."""
    if not parts:
        none = np.empty(0, np.int32)
        return entries_of(0, none, none.astype(np.int64), 0)
    return Entries._make(np.concatenate(columns) for columns in zip(*parts, strict=True))


def chosen_of(entries: Entries, chosen: Bool | I64) -> Entries:
    """Those chosen by a mask, or in the order of their numbers."""
    return Entries._make(column[chosen] for column in entries)
