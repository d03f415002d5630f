"""Which lines a table holds, by bonus: who is paid, on whom, and where each was written.

Enough to tell whose lines may change when somebody's do, and which rows to take out and put in when
a few members' lines were worked out anew. Members are known by slots, which are theirs for good.
"""

from typing import Any, NamedTuple

import numpy as np

from upline.engine.arithmetic import product, round_exact
from upline.engine.jit import njit
from upline.engine.lines import LINE, Sink, add_to
from upline.engine.prints import U64, came_and_went, member_prints, row_prints
from upline.engine.result import Lines
from upline.engine.tables import looked_up
from upline.engine.units import I16, I32, I64, NONE, Bool

__all__ = ["NO_LINES", "LineBook", "Rewritten", "bound"]

# Sorting a line costs as much as looking at so many members.
FEW = 16
NO_LINES = Lines._make(np.empty(0, LINE[name]) for name in Lines._fields)


class Rewritten(NamedTuple):
    """gone: places in the table of lines that are not there any more; came: new ones, whose places
    in the table begin at `first`; payees: slots of those who are paid by any of them."""

    gone: I64
    came: Lines
    first: int
    payees: I32


class Rows(NamedTuple):
    """One value per line; payee and source are slots, number is the place in the table."""

    prints: U64
    payee: I32
    source: I32
    number: I64
    level: I16
    base: I64
    rate: I64


class _Page:
    """The lines of one bonus in any order; payee NONE where there is none."""

    def __init__(self) -> None:
        self.used = 0
        self._rows = Rows(
            *(np.empty(0, kind) for kind in ("u8", "i4", "i4", "i8", "i2", "i8", "i8"))
        )

    @property
    def rows(self) -> Rows:
        """Views of those in use."""
        return Rows._make(column[: self.used] for column in self._rows)

    def put(self, free: I64, rows: Rows) -> None:
        """Write lines to places that became free, the others to the end."""
        more = max(len(rows.payee) - len(free), 0)
        if self.used + more > len(self._rows.payee):
            room = self.used + more + (self.used + more) // 8
            self._rows = Rows._make(np.resize(column, room) for column in self._rows)
        at = np.concatenate((free[: len(rows.payee)], np.arange(self.used, self.used + more)))
        self.used += more
        for name in Rows._fields:
            getattr(self._rows, name)[at.astype(np.int64)] = getattr(rows, name)


class LineBook:
    """The lines of a run as its table holds them; counts: int32[slots], how many each is paid by.

    first: the place in the table of the next line to be written.
    """

    def __init__(self, lines: Lines, ids: I64) -> None:
        """Of lines written in order to an empty table, when slots are positions."""
        self.first = 0
        self.counts = np.zeros(len(ids), np.int32)
        self._pages: dict[int, _Page] = {}
        slots = np.arange(len(ids), dtype=np.int32)
        if len(lines.payee):
            ends = np.flatnonzero(np.diff(lines.bonus_id)) + 1
            for part in np.split(np.arange(len(lines.payee)), ends):
                rows = slice(int(part[0]), int(part[-1]) + 1)
                own = lines_at(lines, rows)
                self.rewrite(int(own.bonus_id[0]), own, None, ids, slots)

    def __len__(self) -> int:
        return int(self.counts.sum())

    def counted(self, slots: I32) -> I32:
        """How many lines each is paid by, int32[n], for slots by position."""
        self._enlarge(len(slots))
        return looked_up(self.counts, slots)  # type: ignore[no-any-return]

    def sources(self, bonus_id: int, payees: Bool) -> Bool:
        """On whom any of some members is paid; bool[slots] both."""
        rows, found = self._page(bonus_id).rows, np.zeros_like(payees)
        _reach(rows.payee, rows.source, payees, found)
        return found

    def total(self, bonus_id: int, sink: Sink) -> None:
        """Add the lines of a plain bonus (see `Step`) to the totals in a sink. Its slots are by
        slot; -1 for members it has no totals of."""
        rows = self._page(bonus_id).rows
        _total(rows.payee, rows.level, rows.base, rows.rate, sink)

    def rewrite(
        self, bonus_id: int, lines: Lines, sources: Bool | None, ids: I64, slots: I32
    ) -> Rewritten:
        """Let `lines` be all that a bonus pays on `sources` (bool[slots]; None: on everybody).

        ids, slots: customer ids int64[n] and slots int32[n], by position.
        """
        page = self._page(bonus_id)
        rows = page.rows
        self._enlarge(len(ids))
        prints, payee = row_prints(lines, ids), slots[lines.payee]
        if sources is None:
            there = np.flatnonzero(rows.payee >= 0)
            there, here = _of_which_differ(
                there, rows.payee[there], rows.prints[there], payee, prints, len(ids)
            )
        else:
            watched = np.append(sources, np.False_)  # the last slot answers for nobody
            there = _places(rows.source, watched)
            there, here = _of_which_differ(
                there, rows.source[there], rows.prints[there], slots[lines.source], prints, len(ids)
            )
        went, came = came_and_went(rows.prints[there], prints[here])
        gone, new = there[went], np.sort(here[came])
        numbers, others = rows.number[gone], np.concatenate((rows.payee[gone], payee[new]))
        np.subtract.at(self.counts, rows.payee[gone], 1)
        np.add.at(self.counts, payee[new], 1)
        rows.payee[gone] = rows.source[gone] = NONE
        first, fresh = self.first, lines_at(lines, new)
        self.first += len(new)
        page.put(
            gone,
            Rows(
                prints[new],
                payee[new],
                slots[fresh.source],
                np.arange(first, self.first, dtype=np.int64),
                fresh.paid_level,
                fresh.base,
                fresh.rate,
            ),
        )
        return Rewritten(numbers, fresh, first, np.unique(others))

    def _enlarge(self, members: int) -> None:
        if len(self.counts) < members:
            newcomers = np.zeros(members - len(self.counts), np.int32)
            self.counts = np.concatenate((self.counts, newcomers))

    def _page(self, bonus_id: int) -> _Page:
        return self._pages.setdefault(bonus_id, _Page())


def lines_at(lines: Any, rows: Any) -> Lines:
    """Some lines out of many."""
    return Lines._make(np.ascontiguousarray(getattr(lines, name)[rows]) for name in Lines._fields)


def bound(first: int, parts: list[Rewritten]) -> Rewritten:
    """The changes of several bonuses, in the order in which they were written, as one."""
    nothing = Rewritten(np.empty(0, np.int64), NO_LINES, first, np.empty(0, np.int32))
    parts = [nothing, *parts]
    columns = zip(*(part.came for part in parts), strict=True)
    return Rewritten(
        np.concatenate([part.gone for part in parts]),
        Lines._make(np.concatenate(column) for column in columns),
        first,
        np.unique(np.concatenate([part.payees for part in parts])),
    )


def _of_which_differ(
    there: I64, before: I32, old: U64, now: I32, new: U64, members: int
) -> tuple[I64, I64]:
    """Lines before (their places) and now of members (slots) whose lines are others: all but few
    are as they were, where there are many, and sorting them is what costs."""
    here = np.arange(len(now))
    if len(there) + len(here) < members // FEW:
        return there, here
    differs = member_prints(before, old, members) != member_prints(now, new, members)
    return there[looked_up(differs, before)], here[looked_up(differs, now)]


def _places(source: I32, watched: Bool) -> I64:
    """Which lines are on a watched source."""
    found = np.empty(len(source), np.int64)
    return found[: _find(source, watched, found)]


@njit
def _find(source: I32, watched: Bool, found: I64) -> int:
    k = 0
    for line in range(len(source)):
        if watched[source[line]]:
            found[k] = line
            k += 1
    return k


@njit
def _reach(here: I32, there: I32, marked: Bool, found: Bool) -> Any:
    """found[there[k]] where marked[here[k]]; lines of nobody lead nowhere."""
    for k in range(len(here)):
        if here[k] >= 0 and marked[here[k]]:
            found[there[k]] = True


@njit
def _total(payee: I32, level: I16, base: I64, rate: I64, sink: Sink) -> None:
    """As `lines.emit` adds up what it writes."""
    for k in range(len(payee)):
        slot = sink.slot[payee[k]] if payee[k] >= 0 else -1
        if slot >= 0:
            high, low = product(base[k], rate[k])
            if sink.place == 0:
                high = round_exact(high, low, sink.unit, sink.mode)
                low = 0
            add_to(sink.cells, slot * sink.levels + level[k] - 1, base[k], rate[k], high, low)
