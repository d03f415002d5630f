"""What differs between two sets of figures, found by 64-bit prints of rows.

A row's print mixes all its columns, members by their ids. The prints of one member's rows add up to
his, whatever their order, so that members whose rows changed are found in one comparison, and among
their rows those that came or went. Two different rows share a print once in 2^64.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from upline.engine.jit import njit
from upline.engine.stretches import Stretches
from upline.engine.units import I32, I64, Bool

__all__ = ["U64", "came_and_went", "differing", "member_prints", "row_prints"]

U64 = npt.NDArray[np.uint64]

# Columns that hold member positions, which shift when somebody joins.
POSITIONS = frozenset({"payee", "source", "member"})
ROWS_A_CHUNK = 8192  # stays in the cache while its columns are gone through
FACTOR = np.uint64(0x9E3779B97F4A7C15)
HALF = np.uint64(32)


def row_prints(rows: Any, ids: I64) -> U64:
    """Prints of rows given as a named tuple of columns; uint64[rows].

    ids: int64[n], customer ids by position.
    """
    size = len(rows[0])
    out = np.ones(size, np.uint64)
    columns = [(name in POSITIONS, getattr(rows, name)) for name in rows._fields]
    for start in range(0, size, ROWS_A_CHUNK):
        part = slice(start, min(start + ROWS_A_CHUNK, size))
        for is_position, column in columns:
            if is_position:
                _mix_ids(out[part], column[part], ids)
            else:
                _mix(out[part], column[part])
    return out


@njit
def _mix(prints: U64, column: Any) -> None:
    for k in range(len(prints)):
        value = (prints[k] ^ np.uint64(column[k])) * FACTOR
        prints[k] = value ^ (value >> HALF)


@njit
def _mix_ids(prints: U64, column: I32, ids: I64) -> None:
    for k in range(len(prints)):
        value = (prints[k] ^ np.uint64(ids[column[k]])) * FACTOR
        prints[k] = value ^ (value >> HALF)


def member_prints(member: I32, prints: U64, members: int) -> U64:
    """The sum of each member's rows; uint64[n], 0 for members without any."""
    out = np.zeros(members, np.uint64)
    _add(member, prints, out)
    return out


@njit
def _add(member: I32, prints: U64, out: U64) -> None:
    for k in range(len(member)):
        out[member[k]] += prints[k]


def differing(old: Any, new: Any, stretches: Stretches | None, changed: Bool) -> None:
    """Mark in `changed` (bool[n]) the members whose value differs; newcomers are not looked at.

    stretches: where members stood in `old`; None when all are where they were.
    """
    if stretches is None:
        changed |= old != new
    else:
        _mark(old, new, stretches, changed)


@njit
def _mark(old: Any, new: Any, stretches: Stretches, changed: Bool) -> None:
    for k in range(len(stretches.to)):
        to, since, length = stretches.to[k], stretches.since[k], stretches.length[k]
        # Slices, so that the loop counts from 0 and is made of vector instructions.
        before = old[since : since + length]
        now = new[to : to + length]
        marks = changed[to : to + length]
        for step in range(length):
            marks[step] |= before[step] != now[step]


def came_and_went(old: U64, new: U64) -> tuple[I64, I64]:
    """Which of two multisets of prints the other has not: places in `old`, places in `new`."""
    before, after = np.argsort(old), np.argsort(new)
    went, came = np.ones(len(old), np.bool_), np.ones(len(new), np.bool_)
    _match(old[before], new[after], went, came)
    return before[went], after[came]


@njit
def _match(old: U64, new: U64, went: Bool, came: Bool) -> None:
    """Pair equal values of two sorted arrays off, one by one."""
    i = 0
    j = 0
    while i < len(old) and j < len(new):
        if old[i] == new[j]:
            went[i] = False
            came[j] = False
            i += 1
            j += 1
        elif old[i] < new[j]:
            i += 1
        else:
            j += 1
