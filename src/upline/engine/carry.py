"""Leg volume that came in earlier, by the period it is from; and what is particular of a position.

Rows only where there is something to say: plans whose carry does not expire have no lots, and most
members stand in one position of their own.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from upline.engine.columns import settle
from upline.engine.tree import positions_of
from upline.engine.units import I16, I32, I64, NONE, Bool

__all__ = [
    "Aging",
    "DayColumns",
    "LotColumns",
    "Lots",
    "PositionColumns",
    "Positions",
    "aging",
    "carried",
    "days_of",
    "left_of",
    "particular",
]


def _none64() -> I64:
    return np.empty(0, np.int64)


@dataclass(frozen=True, slots=True)
class LotColumns:
    """Carry by member and the period it is from, in any order; volumes 1e-4."""

    customer_id: I64 = field(default_factory=_none64)
    period_id: I32 = field(default_factory=lambda: np.empty(0, np.int32))
    left: I64 = field(default_factory=_none64)
    right: I64 = field(default_factory=_none64)

    def __post_init__(self) -> None:
        settle(self)


class Lots(NamedTuple):
    """Carry by member position, then period, each combination once; volumes 1e-4."""

    member: I32
    period: I32
    left: I64
    right: I64


@dataclass(frozen=True, slots=True)
class PositionColumns:
    """Members whose position belongs to another one (owner_id, else 0), or whose carry is kept."""

    customer_id: I64 = field(default_factory=_none64)
    owner_id: I64 = field(default_factory=_none64)
    kept: Bool = field(default_factory=lambda: np.empty(0, np.bool_))

    def __post_init__(self) -> None:
        settle(self)


class Positions(NamedTuple):
    """By member position, each once: whose it is (a position, -1 for his own); is carry kept."""

    member: I32
    owner: I32
    kept: Bool


@dataclass(frozen=True, slots=True)
class DayColumns:
    """The day each entry counts in, from 0 for the Monday of the week the period begins in; or how
    many days, or hours, after its member's enrolment it was ordered."""

    entry_id: I64 = field(default_factory=_none64)
    day: I16 = field(default_factory=lambda: np.empty(0, np.int16))

    def __post_init__(self) -> None:
        settle(self)


def carried(columns: LotColumns, ids: I64, place: I32) -> Lots:
    """Lots in canonical order; those of members who are gone are left out.

    ids: sorted customer ids; place: their positions.
    """
    member = _places(columns.customer_id, ids, place)
    known = member >= 0
    return _merged(
        member[known], columns.period_id[known], columns.left[known], columns.right[known]
    )


def particular(columns: PositionColumns, ids: I64, place: I32) -> Positions:
    """Positions in preorder. Owners nobody knows are none; of rows that repeat a member the lowest
    owner stays, and one that keeps the carry is enough."""
    member = _places(columns.customer_id, ids, place)
    owner = _places(columns.owner_id, ids, place)
    order = np.lexsort((columns.owner_id, owner < 0, member))
    order = order[member[order] >= 0]
    who, first = np.unique(member[order], return_index=True)
    kept = np.zeros(len(who), np.bool_)
    kept[np.searchsorted(who, member[order[columns.kept[order]]])] = True
    return Positions(who, owner[order[first]], kept)


def days_of(columns: DayColumns, entry_ids: I64) -> I16:
    """The day of each entry, -1 for those that have none; empty when no entry has any."""
    if not len(columns.entry_id):
        return np.empty(0, np.int16)
    order = np.argsort(columns.entry_id, kind="stable")
    at = positions_of(columns.entry_id[order], entry_ids)
    return np.where(at >= 0, columns.day[order[at]], NONE).astype(np.int16)


class Aging(NamedTuple):
    """Lots of all members; empty arrays for plans without.

    first: int32[n + 1], where a member's lots begin, oldest first; period: int32[lots]; volume:
    int64[2, lots]; fresh: int64[2, n], what is left of this period's volume of those who have older
    lots; both change. now: the period; most_age: periods that volume may be carried for.
    """

    first: I32
    period: I32
    volume: I64
    fresh: I64
    now: int
    most_age: int


def aging(lots: Lots, carry: I64, now: int, most_age: int | None) -> Aging:
    """Lots brought in; empty without an age. carry: int64[2, n]; what of it no lot explains (the
    plan had none until now) is of the period before."""
    if most_age is None:
        empty = np.empty((2, 0), np.int64)
        return Aging(np.empty(0, np.int32), np.empty(0, np.int32), empty, empty, now, 0)
    n = carry.shape[1]
    undated = carry.copy()
    for side, volume in enumerate((lots.left, lots.right)):
        np.subtract.at(undated[side], lots.member, volume)
    more = np.flatnonzero(undated.any(axis=0)).astype(np.int32)
    period = np.full(len(more), now - 1, np.int32)
    known = _merged(
        np.concatenate((lots.member, more)),
        np.concatenate((lots.period, period)),
        np.concatenate((lots.left, undated[0, more])),
        np.concatenate((lots.right, undated[1, more])),
    )
    return Aging(
        np.searchsorted(known.member, np.arange(n + 1)).astype(np.int32),
        known.period,
        np.stack((known.left, known.right)),
        np.zeros((2, n), np.int64),
        now,
        most_age,
    )


def left_of(lots: Aging, carry_left: I64, carry_right: I64) -> Lots:
    """The lots that are carried out; what of the carry is in no older lot is of this period."""
    member = np.repeat(np.arange(len(lots.first) - 1, dtype=np.int32), np.diff(lots.first))
    fresh = np.stack((carry_left, carry_right))
    for side in range(2):
        np.subtract.at(fresh[side], member, lots.volume[side])
    new = np.flatnonzero(fresh.any(axis=0)).astype(np.int32)
    old = np.flatnonzero(lots.volume.any(axis=0))
    left, right = np.concatenate((lots.volume[:, old], fresh[:, new]), axis=1)
    period = np.concatenate((lots.period[old], np.full(len(new), lots.now, np.int32)))
    return _merged(np.concatenate((member[old], new)), period, left, right)


def _merged(member: I32, period: I32, left: I64, right: I64) -> Lots:
    """In canonical order; lots of one member and period are one."""
    order = np.lexsort((period, member))
    member, period = member[order], period[order]
    fresh = np.ones(len(order), np.bool_)
    fresh[1:] = (member[1:] != member[:-1]) | (period[1:] != period[:-1])
    starts = np.flatnonzero(fresh)
    if len(starts) == len(order):  # all of them their own, or none at all
        return Lots(member, period, left[order], right[order])
    sums = (np.add.reduceat(volume[order], starts) for volume in (left, right))
    return Lots(member[starts], period[starts], *sums)


def _places(wanted: I64, ids: I64, place: I32) -> I32:
    at = positions_of(ids, wanted)
    found = np.full(len(at), NONE, np.int32)
    found[at >= 0] = place[at[at >= 0]]
    return found
