"""Columns carried over to where members stand now: stretch by stretch instead of one by one.

Hardly anybody comes or moves between two looks at a company, so that all but a few go on standing
between the same two members. A stretch of such members is copied in one piece.
"""

from typing import Any, NamedTuple

import numpy as np

from upline.engine.jit import njit
from upline.engine.units import I32

FEW = 16
CHUNK = 4096  # positions that stay in the nearest cache

__all__ = ["Stretches", "carried", "renumbered", "stretches_of"]


class Stretches(NamedTuple):
    """int32[k] each: `length` members who stood from `since` on stand from `to` on. Newcomers are
    in none of them. members: how many there are now."""

    to: I32
    since: I32
    length: I32
    members: int


def stretches_of(origin: I32, before: int) -> Stretches:
    """origin: int32[n], where each member stood, newcomers' at least `before`."""
    found = np.empty((2, _count(origin, before)), np.int32)
    _find(origin, before, found)
    to, length = found
    return Stretches(to, origin[to], length, len(origin))


@njit
def _count(origin: I32, before: int) -> int:
    count = 0
    for v in range(len(origin)):
        if origin[v] < before and (v == 0 or origin[v] != origin[v - 1] + 1):
            count += 1
    return count


@njit
def _find(origin: I32, before: int, found: I32) -> None:
    """The first of each stretch, and how many there are."""
    k = -1
    for v in range(len(origin)):
        if origin[v] < before:
            if v == 0 or origin[v] != origin[v - 1] + 1:
                k += 1
                found[0, k] = v
                found[1, k] = 0
            found[1, k] += 1


def carried(column: Any, stretches: Stretches, missing: Any = 0) -> Any:
    """A column (its last axis goes by member) as members stand now; newcomers have `missing`."""
    out = np.empty((*column.shape[:-1], stretches.members), column.dtype)
    _fill_gaps(stretches, out, missing)
    where = zip(*(part.tolist() for part in stretches[:3]), strict=True)
    for to, since, length in where:
        out[..., to : to + length] = column[..., since : since + length]
    return out


def renumbered(column: I32, stretches: Stretches, place: I32) -> I32:
    """Positions of before, in any order, as those of now: `place` tells each; -1 stays."""
    out = np.empty(len(column), np.int32)
    if len(stretches.to) > FEW:
        _look_up(column, place, out)
        return out
    # Whoever stood in a stretch or behind it is moved on by it: comparing with where each begins
    # is faster than looking a million positions up.
    order = np.argsort(stretches.since)
    on = np.diff((stretches.to - stretches.since)[order], prepend=np.int32(0)).astype(np.int32)
    _move_on(column, stretches.since[order], on, out)
    return out


def _fill_gaps(stretches: Stretches, out: Any, missing: Any) -> None:
    ends = np.concatenate(([0], stretches.to + stretches.length)).tolist()
    begins = np.append(stretches.to, stretches.members).tolist()
    for end, begin in zip(ends, begins, strict=True):
        out[..., end:begin] = missing


@njit
def _look_up(column: I32, place: I32, out: I32) -> None:
    for k in range(len(column)):
        out[k] = place[column[k]] if column[k] >= 0 else column[k]


@njit
def _move_on(column: I32, begins: I32, on: I32, out: I32) -> None:
    for first in range(0, len(column), CHUNK):
        old = column[first : first + CHUNK]
        new = out[first : first + CHUNK]
        for k in range(len(old)):
            new[k] = old[k]
        for step in range(len(begins)):
            begin, more = begins[step], on[step]
            for k in range(len(old)):
                new[k] += more if old[k] >= begin else 0
