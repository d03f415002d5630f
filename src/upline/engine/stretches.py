"""Columns carried over to where members stand now: stretch by stretch instead of one by one.

Hardly anybody comes or moves between two looks at a company, so that all but a few go on standing
between the same two members. A stretch of such members is copied in one piece.
"""

from typing import Any, NamedTuple

import numpy as np

from upline.engine.jit import njit
from upline.engine.units import I32, NONE

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
    """The same for a column of positions: `place` tells the new one of each old; -1 stays."""
    out = np.empty(stretches.members, np.int32)
    _fill_gaps(stretches, out, NONE)
    _renumber(column, stretches, place, out)
    return out


def _fill_gaps(stretches: Stretches, out: Any, missing: Any) -> None:
    ends = np.concatenate(([0], stretches.to + stretches.length)).tolist()
    begins = np.append(stretches.to, stretches.members).tolist()
    for end, begin in zip(ends, begins, strict=True):
        out[..., end:begin] = missing


@njit
def _renumber(column: I32, stretches: Stretches, place: I32, out: I32) -> None:
    for k in range(len(stretches.to)):
        to = stretches.to[k]
        since = stretches.since[k]
        for step in range(stretches.length[k]):
            value = column[since + step]
            out[to + step] = place[value] if value >= 0 else value
