"""What lines add up to by payee and level, kept up as lines come and go."""

import numpy as np

from upline.engine.arithmetic import product, round_exact
from upline.engine.jit import njit
from upline.engine.lines import Sink, add_to
from upline.engine.units import I16, I32, I64, NONE, Bool

__all__ = ["LineTotals"]

SEVERAL = -1


class LineTotals:
    """Totals (see `Sink.cells`) of the lines of a plain bonus (see `Step`), by payee's slot.

    Sums are exact, so what a line brought can be taken off again. Whether a level is paid at one
    rate can not: `several` are payees whose lines are to be looked at.
    """

    def __init__(self, sink: Sink) -> None:
        self.levels = sink.levels
        self._rounding = sink.place == 0, sink.unit, sink.mode
        self._used = 0
        self._row = np.empty(0, np.int32)  # where a slot's totals are
        self._cells = np.empty((0, 4), np.int64)
        self._lines = np.empty(0, np.int32)  # how many a cell sums up

    def add(self, payee: I32, level: I16, base: I64, rate: I64) -> None:
        """Lines that came; one value each, payees as slots."""
        if len(payee):
            self._make_room(int(payee.max()) + 1, len(payee))
            self._used = _add(
                payee, level, base, rate, self._row, self._cells, self._lines, self._used,
                self.levels, *self._rounding,
            )  # fmt: skip

    def take(self, payee: I32, level: I16, base: I64, rate: I64) -> I32:
        """Lines that went; gives slots of payees that have a level paid at several rates, which may
        have become one."""
        several = np.zeros(len(payee), np.bool_)
        _take(
            payee, level, base, rate, self._row, self._cells, self._lines, several, self.levels,
            *self._rounding,
        )  # fmt: skip
        return np.unique(payee[several])

    def settle_rates(self, slot: int, level: I16, rate: I64) -> None:
        """The rates of somebody's levels, from all his lines."""
        _settle_rates(int(self._row[slot]) * self.levels, level, rate, self._cells)

    def of(self, slots: I32) -> I64:
        """The totals of some slots, `levels` rows each."""
        rows = np.full(len(slots), NONE, np.int32)
        known = slots < len(self._row)
        rows[known] = self._row[slots[known]]
        out = np.zeros((len(slots), self.levels, 4), np.int64)
        out[rows >= 0] = self._cells.reshape(-1, self.levels, 4)[rows[rows >= 0]]
        return out.reshape(-1, 4)

    def _make_room(self, slots: int, more: int) -> None:
        if len(self._row) < slots:
            row = np.full(slots + slots // 8, NONE, np.int32)
            row[: len(self._row)] = self._row
            self._row = row
        needed = (self._used + min(more, slots)) * self.levels
        if len(self._lines) < needed:
            needed += needed // 8 // self.levels * self.levels
            cells, lines = np.zeros((needed, 4), np.int64), np.zeros(needed, np.int32)
            cells[: len(self._cells)], lines[: len(self._lines)] = self._cells, self._lines
            self._cells, self._lines = cells, lines


@njit
def _money(base: int, rate: int, by_line: bool, unit: int, mode: int) -> tuple[int, int]:
    """As `lines.emit` adds up what it writes."""
    high, low = product(base, rate)
    if by_line:
        return round_exact(high, low, unit, mode), 0
    return high, low


@njit
def _add(
    payee: I32, level: I16, base: I64, rate: I64, row: I32, cells: I64, lines: I32, used: int,
    levels: int, by_line: bool, unit: int, mode: int,
) -> int:  # fmt: skip
    for k in range(len(payee)):
        slot = payee[k]
        if row[slot] < 0:
            row[slot] = used
            used += 1
        at = row[slot] * levels + level[k] - 1
        high, low = _money(base[k], rate[k], by_line, unit, mode)
        add_to(cells, at, base[k], rate[k], high, low)
        lines[at] += 1
    return used


@njit
def _take(
    payee: I32, level: I16, base: I64, rate: I64, row: I32, cells: I64, lines: I32, several: Bool,
    levels: int, by_line: bool, unit: int, mode: int,
) -> None:  # fmt: skip
    for k in range(len(payee)):
        at = row[payee[k]] * levels + level[k] - 1
        high, low = _money(base[k], rate[k], by_line, unit, mode)
        cells[at, 0] -= base[k]
        cells[at, 1] -= high
        cells[at, 2] -= low
        lines[at] -= 1
        if lines[at] == 0:
            cells[at, 3] = 0
        elif cells[at, 3] == SEVERAL:
            several[k] = True


@njit
def _settle_rates(first: int, level: I16, rate: I64, cells: I64) -> None:
    for k in range(len(level)):
        cells[first + level[k] - 1, 3] = 0
    for k in range(len(level)):
        at = first + level[k] - 1
        if cells[at, 3] == 0:
            cells[at, 3] = rate[k]
        elif cells[at, 3] != rate[k]:
            cells[at, 3] = SEVERAL
