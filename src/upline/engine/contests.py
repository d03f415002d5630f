"""Contests: who takes part, who stands where, who wins.

Everything is exact: points are int64 ten-thousandths, ratios are compared by multiplying out. Ties
are broken by the contest's rule and nothing else; members who are equal under it share a position.
"""

from dataclasses import dataclass, field
from enum import IntEnum
from typing import NamedTuple

import numpy as np

from upline.engine.contest_points import (
    CARRIED,
    COUPON,
    ENROLMENT,
    GROWTH,
    HELD,
    NO_LIMIT,
    RANK,
    VOLUME,
    Coupons,
    Enrolments,
    Entries,
    Growth,
    RanksHeld,
    RanksReached,
    View,
    VolumeBought,
    chosen_of,
    entries_of,
    joined,
    newcomers,
)
from upline.engine.units import I32, I64, NO_MINIMUM, NONE, RATE, Bool

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

NEVER = (1 << 62) - 1  # the last sale of who sold nothing: later than any


class Ties(IntEnum):
    """What tells equal points apart."""

    SHARED = 0  # nothing does
    LAST_SALE = 1  # whoever sold last earlier stands higher
    ENROLLED = 2  # whoever enrolled earlier does


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
            good &= newcomers(v, None) >= self.enrolments
        if self.ratio:
            of, to = newcomers(v, self.ratio.of), newcomers(v, self.ratio.to)
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
        points = _added(joined(parts), len(ids))
        parts += [rule.used(v, points) for rule in coupons]
    if contest.adds_up and carried is not None:
        had = np.flatnonzero(carried.points)
        before = entries_of(CARRIED, had.astype(np.int32), carried.points[had], 0)
        parts.append(before._replace(points=carried.points[had]))
    entries = joined(parts)
    takes_part = v.able & contest.requires.met(v, np.full(len(ids), NO_LIMIT))
    entries = chosen_of(entries, takes_part[entries.member])
    points = _added(entries, len(ids))
    last_sale = _last_sale(contest, v, carried)
    tie = {
        Ties.SHARED: np.zeros(len(ids), np.int64),
        Ties.LAST_SALE: last_sale,
        Ties.ENROLLED: v.enrolled_at,
    }[contest.ties]
    scored = np.flatnonzero(points > 0)
    best = scored[np.lexsort((ids[scored], tie[scored], -points[scored]))]
    entries = chosen_of(entries, points[entries.member] > 0)
    return Standing(
        member=best.astype(np.int32),
        position=_positions(points[best], tie[best]),
        points=points[best],
        last_sale=last_sale[best],
        qualified=contest.qualifies.met(v, points)[best],
        entries=chosen_of(entries, np.argsort(entries.member, kind="stable")),
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
