"""What becomes of leg volume that was not matched: carried, flushed, cut, or expired lot by lot.

Lots are this period's volume and one per earlier period. The oldest is used first; what is given
back (negative volume) comes off the newest, and what no lot can cover waits as a debt of this
period. Debts do not expire.
"""

from enum import IntEnum

from upline.engine.carry import Aging
from upline.engine.jit import njit
from upline.engine.units import I64

__all__ = ["AfterPay", "Overflow", "Unqualified", "dated_in", "dated_out", "place_overflow"]


class AfterPay(IntEnum):
    """What is left in the legs of somebody who was paid; numbered as `Unqualified` is."""

    NET_OFF = 0  # both keep what was not matched
    FLUSH = 1  # both start again from nothing
    FLUSH_WEAK = 2  # the weaker one does


class Unqualified(IntEnum):
    """What becomes of the legs of somebody who may not be paid."""

    KEEP = 0
    FLUSH = 1  # everything, old and new
    FLUSH_WEAK = 2
    KEEP_OLD = 3  # nothing is accrued, the carry stays


class Overflow(IntEnum):
    """Which leg of one's own takes one's own volume."""

    NONE = 0
    LEFT = 1
    RIGHT = 2
    LESSER = 3
    BALANCE = 4  # the lesser leg up to the other's height, half of the rest for each


# Kernels know plain numbers only.
TO_LEFT, TO_RIGHT, TO_LESSER = int(Overflow.LEFT), int(Overflow.RIGHT), int(Overflow.LESSER)


@njit
def dated_in(lots: Aging, v: int, left: int, right: int) -> tuple[int, int]:
    """Date what comes into the legs; returns what was carried for too long already and is gone."""
    _take_in(lots, v, 0, left)
    _take_in(lots, v, 1, right)
    age = lots.most_age + 1
    return _expire(lots, v, 0, age), _expire(lots, v, 1, age)


@njit
def dated_out(lots: Aging, v: int, side: int, kept: int, most: int, closing: bool) -> int:
    """Take what is not kept of a leg off its lots; when the period ends, also what is too old, and
    then what is above `most`. Returns what is carried."""
    _use_oldest(lots, v, side, _held(lots, v, side) - kept)
    if closing:
        kept -= _expire(lots, v, side, lots.most_age)
    _use_oldest(lots, v, side, max(kept - most, 0))
    return min(kept, most)


@njit
def _take_in(lots: Aging, v: int, side: int, volume: int) -> None:
    """Add volume of this period to a member's leg; negative volume comes off the newest lots."""
    fresh = lots.fresh[side, v] + volume
    for k in range(lots.first[v], lots.first[v + 1]):
        if lots.volume[side, k] < 0:  # an old debt
            fresh += lots.volume[side, k]
            lots.volume[side, k] = 0
    k = lots.first[v + 1] - 1
    while fresh < 0 and k >= lots.first[v]:
        given = min(lots.volume[side, k], -fresh)
        lots.volume[side, k] -= given
        fresh += given
        k -= 1
    lots.fresh[side, v] = fresh


@njit
def _held(lots: Aging, v: int, side: int) -> int:
    """All volume of a member's leg."""
    total = 0
    for k in range(lots.first[v], lots.first[v + 1]):
        total += lots.volume[side, k]
    return total + int(lots.fresh[side, v])


@njit
def _use_oldest(lots: Aging, v: int, side: int, volume: int) -> None:
    """Take volume off a member's leg, the oldest first; from a debt, forgive it."""
    for k in range(lots.first[v], lots.first[v + 1]):
        taken = max(min(lots.volume[side, k], volume), 0)
        lots.volume[side, k] -= taken
        volume -= taken
    lots.fresh[side, v] -= volume


@njit
def _expire(lots: Aging, v: int, side: int, age: int) -> int:
    """Drop a member's lots of at least that age; returns their volume."""
    gone = 0
    for k in range(lots.first[v], lots.first[v + 1]):
        if lots.now - lots.period[k] >= age and lots.volume[side, k] > 0:
            gone += lots.volume[side, k]
            lots.volume[side, k] = 0
    return gone


@njit
def place_overflow(where: int, extra: I64, carry: I64, new: I64) -> None:
    """Add own volume (extra, int64[n]) to the legs where it goes; carry, new: int64[2, n]."""
    for v in range(len(extra)):
        volume = extra[v]
        if volume <= 0:
            continue
        left = carry[0, v] + new[0, v]
        right = carry[1, v] + new[1, v]
        if where == TO_LEFT:
            part = volume
        elif where == TO_RIGHT:
            part = 0
        elif where == TO_LESSER:
            part = volume if left <= right else 0
        else:
            half = (volume - min(abs(left - right), volume)) // 2
            part = volume - half if left <= right else half
        new[0, v] += part
        new[1, v] += volume - part
