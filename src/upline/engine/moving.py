"""How positions of now go with those of before: everybody moves on when somebody comes."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from upline.engine.grafting import Shift
from upline.engine.stretches import Stretches, carried
from upline.engine.tables import marked_in
from upline.engine.tree_orders import invert
from upline.engine.units import I32, NONE, Bool

__all__ = ["Standings"]


@dataclass(frozen=True)
class Standings:
    """shift: None when all stand where they stood. slots: int32[n], each member's number for good.
    touched: bool[n], whose entries are others. given: positions of those who came, moved or are
    not what they were."""

    shift: Shift | None
    slots: I32
    touched: Bool
    given: I32

    @property
    def origin(self) -> I32 | None:
        """int32[n], each member's position before, newcomers' at least that many."""
        return None if self.shift is None else self.shift.origin

    @property
    def stretches(self) -> Stretches | None:
        """The same as stretches."""
        return None if self.shift is None else self.shift.stretches

    def carried(self, column: Any) -> Any:
        """A copy of a column of before as members stand now; newcomers have 0."""
        return column.copy() if self.shift is None else carried(column, self.shift.stretches)

    @cached_property
    def stood(self) -> I32:
        """Where each of `given` stood, -1 for newcomers."""
        if self.shift is None:
            return self.given
        origin = self.shift.origin[self.given]
        return np.where(origin < self.shift.before, origin, NONE).astype(np.int32)

    def formerly(self, parent: I32) -> I32:
        """The parents of before (by their positions of now) of those of `given` who were there."""
        above = parent[self.stood[self.stood >= 0]]
        return np.where(above >= 0, self.after[above], NONE).astype(np.int32)

    def by_slot(self, chosen: Bool) -> Bool:
        """The same members by slot."""
        marked = np.zeros(len(chosen), np.bool_)
        marked[self.slots[marked_in(chosen)]] = True
        return marked

    @cached_property
    def place(self) -> I32:
        """Where the member of each slot stands."""
        place = np.empty_like(self.slots)
        invert(self.slots, place)
        return place

    @cached_property
    def after(self) -> I32:
        """The position of now for each before."""
        if self.shift is None:
            return np.arange(len(self.slots), dtype=np.int32)
        after = np.empty_like(self.shift.origin)
        invert(self.shift.origin, after)
        return after
