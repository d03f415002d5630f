"""What a table holds, row by row, as prints: enough to tell which rows to take out and put in."""

from typing import Any, NamedTuple

import numpy as np

from upline.engine.prints import U64, came_and_went, member_prints, row_prints
from upline.engine.units import I32, I64, NONE

__all__ = ["PrintedRows", "Replaced"]


class Replaced(NamedTuple):
    """members: positions of those whose rows differ; gone: places in the table of rows that are not
    there any more; came: places among the rows given, whose places in the table begin at `first`.
    """

    members: I64
    gone: I64
    came: I64
    first: int


class PrintedRows:
    """The rows of one table by the place they were written at, of members known by their slots.

    A member's slot is his for good, while his position shifts when others join.
    """

    def __init__(self, rows: Any, ids: I64, owner: str = "payee") -> None:
        """Of rows written in order to an empty table, when slots are positions. `rows` is a named
        tuple of columns whose `owner` is a position; ids: int64[n], customer ids."""
        self._owner = owner
        whose = getattr(rows, owner)
        self.used = len(whose)
        self._prints = row_prints(rows, ids)
        self._slot = whose.astype(np.int32)
        self._sums = member_prints(whose, self._prints, len(ids))

    def replace(self, rows: Any, ids: I64, slots: I32) -> Replaced:
        """Let the table hold `rows` from now on; slots: int32[n], by position."""
        prints, whose = row_prints(rows, ids), getattr(rows, self._owner)
        sums = member_prints(whose, prints, len(ids))
        if len(self._sums) < len(ids):
            newcomers = np.zeros(len(ids) - len(self._sums), np.uint64)
            self._sums = np.concatenate((self._sums, newcomers))
        changed = sums != self._sums[slots]
        self._sums[slots[changed]] = sums[changed]
        watched = np.zeros(len(ids) + 1, np.bool_)  # the last slot answers for rows that are gone
        watched[slots[changed]] = True
        there = np.flatnonzero(watched[self._slot[: self.used]])
        here = np.flatnonzero(changed[whose])
        went, came = came_and_went(self._prints[there], prints[here])
        gone, new, first = there[went], np.sort(here[came]), self.used
        self._slot[gone] = NONE
        self._append(prints[new], slots[whose[new]])
        return Replaced(np.flatnonzero(changed), gone, new, first)

    def _append(self, prints: U64, slots: I32) -> None:
        size = self.used + len(prints)
        if size > len(self._prints):
            room = size + size // 8
            self._prints = np.resize(self._prints, room)
            self._slot = np.resize(self._slot, room)
        self._prints[self.used : size] = prints
        self._slot[self.used : size] = slots
        self.used = size
