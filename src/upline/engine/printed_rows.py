"""What a table holds, row by row, as prints: enough to tell which rows to take out and put in."""

from typing import Any, NamedTuple

import numpy as np

from upline.engine.moving import Standings
from upline.engine.prints import U64, came_and_went, member_prints, row_prints
from upline.engine.tables import looked_up, marked_in
from upline.engine.units import I32, I64, NONE, Bool

__all__ = ["PrintedRows", "Replaced"]


NOBODY = np.empty(0, np.int64)


class Replaced(NamedTuple):
    """members: positions of those whose rows differ; gone: places in the table of rows that are not
    there any more; came: places among the rows given, whose places in the table begin at `first`.
    """

    members: I32 | I64
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

    def replace(
        self, rows: Any, ids: I64, standings: Standings, watched: Bool | None = None
    ) -> Replaced:
        """Let the table hold `rows` from now on; watched: bool[slots], whose may be others, None:
        anybody's."""
        whose = getattr(rows, self._owner)
        if not self.used and not len(whose):
            return Replaced(NOBODY, NOBODY, NOBODY, 0)
        slot = looked_up(standings.slots, whose)
        if watched is None:
            watched = self._differing(slot, row_prints(rows, ids), len(ids))
        answers = np.append(watched, np.False_)  # the last one for rows that are gone
        there = marked_in(answers[self._slot[: self.used]])
        here = marked_in(looked_up(answers, slot))
        prints = row_prints(type(rows)._make(column[here] for column in rows), ids)
        went, came = came_and_went(self._prints[there], prints)
        new = np.sort(here[came])
        gone, first, order = there[went], self.used, np.searchsorted(here, new)
        owners = np.unique(np.concatenate((self._slot[gone], slot[new])))
        self._slot[gone] = NONE
        self._append(prints[order], slot[new])
        return Replaced(np.sort(standings.place[owners]), gone, new, first)

    def _differing(self, slot: I32, prints: U64, members: int) -> Bool:
        """Whose rows differ, by slot: their prints add up to something else."""
        stored = member_prints(self._slot[: self.used], self._prints[: self.used], members + 1)
        differs: Bool = member_prints(slot, prints, members) != stored[:-1]
        return differs

    def _append(self, prints: U64, slots: I32) -> None:
        size = self.used + len(prints)
        if size > len(self._prints):
            room = size + size // 8
            self._prints = np.resize(self._prints, room)
            self._slot = np.resize(self._slot, room)
        self._prints[self.used : size] = prints
        self._slot[self.used : size] = slots
        self.used = size
