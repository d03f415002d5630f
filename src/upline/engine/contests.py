"""Contests: points for what members did in a period, and who stands where.

Everything is exact: points are int64 ten-thousandths, ratios are compared by multiplying out. Ties
are broken by the contest's rule and nothing else; members who are equal under it share a position.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import NamedTuple

import numpy as np

from upline.engine.units import I8, I16, I32, I64, MONEY, NO_MINIMUM, NONE, RATE, Bool

__all__ = [
    "CARRIED",
    "COUPON",
    "ENROLMENT",
    "GROWTH",
    "HELD",
    "NEVER",
    "NO_LIMIT",
    "RANK",
    "VOLUME",
    "Carried",
    "Contest",
    "Coupons",
    "Enrolments",
    "Growth",
    "Line",
    "RanksHeld",
    "RanksReached",
    "Ratio",
    "Standing",
    "Ties",
    "View",
    "VolumeBought",
    "settle",
]

# Why somebody has points.
ENROLMENT, VOLUME, RANK, GROWTH, CARRIED, HELD, COUPON = 1, 2, 3, 4, 5, 6, 7
NEVER = (1 << 62) - 1  # the last sale of who sold nothing: later than any
NO_LIMIT = 1 << 61


class Ties(IntEnum):
    """What tells equal points apart."""

    SHARED = 0  # nothing does
    LAST_SALE = 1  # whoever sold last earlier stands higher
    ENROLLED = 2  # whoever enrolled earlier does


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
            parts.append(_entries(ENROLMENT, v.enroller[counted], once, each, source))
        return _joined(parts)


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
            parts.append(_entries(RANK, reached.astype(np.int32), what, points))
        return _joined(parts)


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
        found = _entries(HELD, given.astype(np.int32), ids[v.rank[given]] * MONEY, 0)
        return found._replace(points=points[v.rank[given]])


@dataclass(frozen=True, slots=True)
class Coupons:
    """As many points again as a member has coupons, and points of other rules in the period.

    volume: the kind of volume that coupons are posted as; those not used stay in stock.
    """

    volume: str

    def entries(self, v: View) -> Entries:
        """None before the points of the other rules are known."""
        return _joined([])

    def used(self, v: View, points: I64) -> Entries:
        """One a member who uses some; the quantity is what is left."""
        stock = v.stock[self.volume].copy()
        np.add.at(stock, v.entry_member, v.entry_volumes[self.volume])
        used = np.minimum(np.maximum(stock, 0), points)
        given = np.flatnonzero(used > 0)
        found = _entries(COUPON, given.astype(np.int32), (stock - used)[given], 0)
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
            return _joined([])
        more = v.volumes[self.volume] - v.before[self.volume]
        return _by_amount(GROWTH, more, self.per, self.each, self.most)


@dataclass(frozen=True, slots=True)
class Ratio:
    """Of the newcomers a member enrolled, those of `of` over those of `to`: at least `least`."""

    of: tuple[int, ...]
    to: tuple[int, ...]
    least: int  # millionths


@dataclass(frozen=True, slots=True)
class Line:
    """What a member must have; nothing given asks for nothing. rank: position."""

    points: int = NO_MINIMUM
    volumes: tuple[tuple[str, int], ...] = ()
    rank: int = NONE
    enrolments: int = 0
    ratio: Ratio | None = None

    def met(self, v: View, points: I64) -> Bool:
        """Who has it; bool[n]."""
        good = (points >= self.points) & (v.rank >= self.rank)
        for name, least in self.volumes:
            good &= v.volumes[name] >= least
        if self.enrolments:
            good &= _enrolled(v, None) >= self.enrolments
        if self.ratio:
            of, to = _enrolled(v, self.ratio.of), _enrolled(v, self.ratio.to)
            good &= of * RATE >= to * self.ratio.least
        return good


@dataclass(frozen=True, slots=True)
class Contest:
    """requires: whoever misses it takes no part. qualifies: what wins. adds_up: points of earlier
    periods count."""

    contest_id: int
    sources: tuple[Enrolments | VolumeBought | RanksReached | RanksHeld | Coupons | Growth, ...]
    requires: Line = field(default_factory=Line)
    qualifies: Line = field(default_factory=Line)
    ties: Ties = Ties.SHARED
    adds_up: bool = False


class Carried(NamedTuple):
    """Points and last sale of earlier periods of the contest; int64[n], 0 and NEVER for none."""

    points: I64
    last_sale: I64


class Standing(NamedTuple):
    """Members with points, best first; entries by member, in the order of the contest's rules."""

    member: I32
    position: I32
    points: I64
    last_sale: I64
    qualified: Bool
    entries: Entries


def settle(contest: Contest, v: View, ids: I64, carried: Carried | None = None) -> Standing:
    """Who stands where. `ids` orders those who share a position, so that lists are stable."""
    parts = [source.entries(v) for source in contest.sources]
    coupons = [source for source in contest.sources if isinstance(source, Coupons)]
    if coupons:
        points = _added(_joined(parts), len(ids))
        parts += [rule.used(v, points) for rule in coupons]
    if contest.adds_up and carried is not None:
        had = np.flatnonzero(carried.points)
        before = _entries(CARRIED, had.astype(np.int32), carried.points[had], 0)
        parts.append(before._replace(points=carried.points[had]))
    entries = _joined(parts)
    takes_part = v.able & contest.requires.met(v, np.full(len(ids), NO_LIMIT))
    entries = _where(entries, takes_part[entries.member])
    points = _added(entries, len(ids))
    last_sale = _last_sale(contest, v, carried)
    tie = {
        Ties.SHARED: np.zeros(len(ids), np.int64),
        Ties.LAST_SALE: last_sale,
        Ties.ENROLLED: v.enrolled_at,
    }[contest.ties]
    scored = np.flatnonzero(points > 0)
    best = scored[np.lexsort((ids[scored], tie[scored], -points[scored]))]
    entries = _where(entries, points[entries.member] > 0)
    return Standing(
        member=best.astype(np.int32),
        position=_positions(points[best], tie[best]),
        points=points[best],
        last_sale=last_sale[best],
        qualified=contest.qualifies.met(v, points)[best],
        entries=_where(entries, np.argsort(entries.member, kind="stable")),
    )


def _added(entries: Entries, members: int) -> I64:
    """Points by member; int64[n]."""
    points = np.zeros(members, np.int64)
    np.add.at(points, entries.member, entries.points)
    return points


def _positions(points: I64, tie: I64) -> I32:
    """1 + how many are strictly better, for values sorted best first."""
    differs = np.ones(len(points), np.bool_)
    differs[1:] = (points[1:] != points[:-1]) | (tie[1:] != tie[:-1])
    first = np.where(differs, np.arange(len(points)), 0)
    return (np.maximum.accumulate(first) + 1).astype(np.int32)


def _last_sale(contest: Contest, v: View, carried: Carried | None) -> I64:
    """When each member's last entry that counts was made; of rules without volume, own orders."""
    latest = np.full(len(v.able), NONE, np.int64)
    rules = [rule for rule in contest.sources if isinstance(rule, VolumeBought)]
    for rule in rules or [VolumeBought(0, 1)]:
        member, counted = rule.sellers(v)
        sold = v.entry_volumes[rule.volume][counted] > 0
        np.maximum.at(latest, member[sold], v.sold_at[counted[sold]])
    if contest.adds_up and carried is not None:
        known = carried.last_sale != NEVER
        latest[known] = np.maximum(latest[known], carried.last_sale[known])
    return np.where(latest == NONE, NEVER, latest)


def _enrolled(v: View, types: tuple[int, ...] | None) -> I64:
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
    found = _entries(reason, given.astype(np.int32), amount[given], 0)
    return found._replace(points=np.minimum(points, most))


def _entries(
    reason: int, member: I32, quantity: I64, points: int, source: I32 | None = None
) -> Entries:
    count = len(member)
    return Entries(
        member,
        np.full(count, reason, np.int8),
        np.full(count, NONE, np.int32) if source is None else source,
        quantity,
        np.full(count, points, np.int64),
    )


def _joined(parts: list[Entries]) -> Entries:
    if not parts:
        none = np.empty(0, np.int32)
        return _entries(0, none, none.astype(np.int64), 0)
    return Entries._make(np.concatenate(columns) for columns in zip(*parts, strict=True))


def _where(entries: Entries, chosen: Bool | I64) -> Entries:
    """Those chosen by a mask, or in the order of their numbers."""
    return Entries._make(column[chosen] for column in entries)
