"""Where the personally enrolled stand: in which binary leg, in how many legs of the sponsor tree.

An enroller may stand anywhere. Only those who stand below him in the tree in question are counted.
"""

import numpy as np

from upline.engine.jit import njit, njit_allocating
from upline.engine.snapshot import Snapshot
from upline.engine.units import I32, LEFT, RIGHT, Bool

__all__ = ["binary_sides", "enrolled_counts", "enrolled_legs"]


def enrolled_counts(s: Snapshot, chosen: Bool) -> I32:
    """How many of the `chosen` each member enrolled; int32[n]."""
    counted = chosen & (s.enroller >= 0)
    return np.bincount(s.enroller[counted], minlength=len(s)).astype(np.int32)


def binary_sides(s: Snapshot, chosen: Bool) -> tuple[I32, I32]:
    """How many of the `chosen` each member enrolled into each binary leg; two int32[n]."""
    n = len(s)
    child = np.full((2, n), -1, np.int32)
    for row, side in enumerate((LEFT, RIGHT)):
        there = np.flatnonzero(s.binary_position == side)
        child[row, s.binary_parent[there]] = there
    counts = np.zeros((2, n), np.int32)
    counted = chosen & (s.enroller >= 0)
    _count_sides(counted, s.enroller, s.binary_pre, s.binary_end, child, counts)
    return counts[0], counts[1]


def enrolled_legs(s: Snapshot, chosen: Bool, each: int) -> I32:
    """In how many sponsor legs each member enrolled at least `each` of the `chosen`; int32[n]."""
    counts, legs = np.zeros(len(s), np.int32), np.zeros(len(s), np.int32)
    _count_heads(chosen & (s.enroller >= 0), s.enroller, s.end, s.level, counts)
    _count_legs(s.sponsor, counts, each, legs)
    return legs


@njit
def _count_sides(chosen: Bool, enroller: I32, pre: I32, end: I32, child: I32, counts: I32) -> None:
    """counts[side, enroller] += 1 for each chosen member found inside that leg's preorder range."""
    for v in range(len(chosen)):
        if chosen[v]:
            a = enroller[v]
            for side in range(2):
                c = child[side, a]
                if c >= 0 and pre[c] <= pre[v] < end[c]:
                    counts[side, a] += 1


@njit_allocating
def _count_heads(chosen: Bool, enroller: I32, end: I32, level: I32, counts: I32) -> None:
    """counts[c] += 1 for each chosen member below c, or c himself, whom c's sponsor enrolled.

    In preorder the line above a member is a stack by level, so the leg is found in one step.
    """
    line = np.zeros(len(chosen) + 1, np.int32)
    for v in range(len(chosen)):
        line[level[v]] = v
        a = enroller[v]
        if chosen[v] and a < v < end[a]:
            counts[line[level[a] + 1]] += 1


@njit
def _count_legs(sponsor: I32, counts: I32, each: int, legs: I32) -> None:
    for v in range(len(counts)):
        if counts[v] >= each and sponsor[v] >= 0:
            legs[sponsor[v]] += 1
