"""Lists of lines by member that lead from line to line, so that nobody else's are looked at."""

import numpy as np

from upline.engine.jit import njit
from upline.engine.units import I32, I64, NONE

__all__ = ["Chains"]


class Chains:
    """One list per slot, in no order: its first line, and of every line the ones beside it; int32,
    NONE at both ends."""

    def __init__(self) -> None:
        self.first = np.empty(0, np.int32)
        self.after = np.empty(0, np.int32)
        self.before = np.empty(0, np.int32)

    def make_room(self, slots: int, lines: int) -> None:
        """For so many members and lines at least."""
        self.first = _longer(self.first, slots)
        self.after, self.before = _longer(self.after, lines), _longer(self.before, lines)

    def link(self, slots: I32, lines: I64) -> None:
        """Put lines (places) that are in no list into those of `slots`, one for each."""
        _link(self.first, self.after, self.before, slots, lines)

    def unlink(self, slots: I32, lines: I64) -> None:
        """Take lines out of the lists of `slots`, one for each."""
        _unlink(self.first, self.after, self.before, slots, lines)

    def lines_of(self, some: I64) -> I64:
        """Places of all lines of some slots."""
        found = np.empty(_count(self.first, self.after, some), np.int64)
        _collect(self.first, self.after, some, found)
        return found


def _longer(column: I32, size: int) -> I32:
    """At least so long, and an eighth more if it had to grow."""
    if len(column) >= size:
        return column
    longer = np.full(size + size // 8, NONE, np.int32)
    longer[: len(column)] = column
    return longer


@njit
def _link(first: I32, after: I32, before: I32, slots: I32, lines: I64) -> None:
    for k in range(len(lines)):
        line = lines[k]
        behind = first[slots[k]]
        after[line] = behind
        before[line] = NONE
        if behind >= 0:
            before[behind] = line
        first[slots[k]] = line


@njit
def _unlink(first: I32, after: I32, before: I32, slots: I32, lines: I64) -> None:
    for k in range(len(lines)):
        line = lines[k]
        behind = after[line]
        if before[line] >= 0:
            after[before[line]] = behind
        else:
            first[slots[k]] = behind
        if behind >= 0:
            before[behind] = before[line]


@njit
def _count(first: I32, after: I32, some: I64) -> int:
    count = 0
    for slot in some:
        line = first[slot]
        while line >= 0:
            count += 1
            line = after[line]
    return count


@njit
def _collect(first: I32, after: I32, some: I64, found: I64) -> None:
    k = 0
    for slot in some:
        line = first[slot]
        while line >= 0:
            found[k] = line
            k += 1
            line = after[line]
