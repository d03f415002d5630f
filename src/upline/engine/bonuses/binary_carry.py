"""What becomes of leg volume that was not matched: carried, flushed, cut, or expired lot by lot.

Lots are this period's volume and one per earlier period. The oldest is used first; what is given
back (negative volume) comes off the newest, and what no lot can cover waits as a debt of this
period. Debts do not expire.
"""

from enum import IntEnum

from upline.engine.carry import Aging
from upline.engine.jit import njit

__all__ = [
    "AfterPay",
    "Overflow",
    "Unqualified",
    "expire",
    "held",
    "place_overflow",
    "take_in",
    "use_oldest",
]


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


@njit
def take_in(lots: Aging, v: int, side: int, volume: int) -> None:
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
def held(lots: Aging, v: int, side: int) -> int:
    """All volume of a member's leg."""
    total = 0
    for k in range(lots.first[v], lots.first[v + 1]):
        total += lots.volume[side, k]
    return total + int(lots.fresh[side, v])


@njit
def use_oldest(lots: Aging, v: int, side: int, volume: int) -> None:
    """Take volume off a member's leg, the oldest first; from a debt, forgive it."""
    for k in range(lots.first[v], lots.first[v + 1]):
        taken = max(min(lots.volume[side, k], volume), 0)
        lots.volume[side, k] -= taken
        volume -= taken
    lots.fresh[side, v] -= volume


@njit
def expire(lots: Aging, v: int, side: int, age: int) -> int:
    """Drop a member's lots of at least that age; returns their volume."""
    gone = 0
    for k in range(lots.first[v], lots.first[v + 1]):
        if lots.now - lots.period[k] >= age and lots.volume[side, k] > 0:
            gone += lots.volume[side, k]
            lots.volume[side, k] = 0
    return gone


@njit
def place_overflow(where: int, left: int, right: int, volume: int) -> int:
    """How much of a member's own volume goes to the left leg; the rest goes to the right."""
    if where == 1:
        return volume
    if where == 2:
        return 0
    if where == 3:
        return volume if left <= right else 0
    gap = min(abs(left - right), volume)
    half = (volume - gap) // 2
    return volume - half if left <= right else half
