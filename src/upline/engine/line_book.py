"""Which lines a table holds, by bonus: who is paid, on whom, and where each was written.

Enough to tell whose lines may change when somebody's do, and which rows to take out and put in when
a few members' lines were worked out anew. Members are known by slots, which are theirs for good.
"""

from typing import Any, NamedTuple

import numpy as np

from upline.engine.jit import njit
from upline.engine.line_chains import Chains
from upline.engine.line_totals import LineTotals
from upline.engine.lines import LINE, Sink
from upline.engine.prints import U64, came_and_went, member_prints, row_prints
from upline.engine.result import Lines
from upline.engine.tables import looked_up, marked_in
from upline.engine.units import I16, I32, I64, NONE, Bool

__all__ = ["NO_LINES", "LineBook", "Rewritten", "bound"]

# Sorting a line costs as much as looking at so many members, and finding lines member by member as
# much as looking at so many.
FEW, FEWER = 16, 8
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
    """The lines of one bonus in any order, payee NONE where there is none; the same lines as lists
    by payee and by source, and what they add up to once anybody has asked for it."""

    def __init__(self) -> None:
        self.used = 0
        self.by_payee, self.by_source = Chains(), Chains()
        self.totals: LineTotals | None = None
        self._rows = Rows(
            *(np.empty(0, kind) for kind in ("u8", "i4", "i4", "i8", "i2", "i8", "i8"))
        )

    @property
    def rows(self) -> Rows:
        """Views of those in use."""
        return Rows._make(column[: self.used] for column in self._rows)

    def take_out(self, gone: I64) -> None:
        """Lines at some places are not there any more."""
        rows = self._rows
        payee, source = rows.payee[gone], rows.source[gone]
        self.by_payee.unlink(payee, gone)
        self.by_source.unlink(source, gone)
        rows.payee[gone] = rows.source[gone] = NONE
        if self.totals is None:
            return
        for slot in self.totals.take(payee, rows.level[gone], rows.base[gone], rows.rate[gone]):
            theirs = self.by_payee.lines_of(np.array([slot]))
            self.totals.settle_rates(int(slot), rows.level[theirs], rows.rate[theirs])

    def put(self, free: I64, rows: Rows, slots: int) -> None:
        """Write lines to places that became free, the others to the end; slots: how many."""
        more = max(len(rows.payee) - len(free), 0)
        if self.used + more > len(self._rows.payee):
            room = self.used + more + (self.used + more) // 8
            self._rows = Rows._make(np.resize(column, room) for column in self._rows)
        at = np.concatenate((free[: len(rows.payee)], np.arange(self.used, self.used + more)))
        at = at.astype(np.int64)
        self.used += more
        for name in Rows._fields:
            getattr(self._rows, name)[at] = getattr(rows, name)
        for chains, whose in ((self.by_payee, rows.payee), (self.by_source, rows.source)):
            chains.make_room(slots, len(self._rows.payee))
            chains.link(whose, at)
        if self.totals is not None:
            self.totals.add(rows.payee, rows.level, rows.base, rows.rate)

    def totals_in(self, sink: Sink) -> LineTotals:
        """What its lines add up to, rounded as in the sink: added up the first time."""
        if self.totals is None:
            there = np.flatnonzero(self.rows.payee >= 0)
            rows = Rows._make(column[there] for column in self.rows)
            self.totals = LineTotals(sink)
            self.totals.add(rows.payee, rows.level, rows.base, rows.rate)
        return self.totals


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
        page, found = self._page(bonus_id, len(payees)), np.zeros_like(payees)
        found[page.rows.source[page.by_payee.lines_of(marked_in(payees))]] = True
        return found

    def totals(self, bonus_id: int, slots: I32, sink: Sink) -> I64:
        """What the lines of a plain bonus (see `Step`) add up to for some slots: cells as those of
        the sink, `levels` for each."""
        return self._page(bonus_id, 0).totals_in(sink).of(slots)

    def rewrite(
        self, bonus_id: int, lines: Lines, sources: Bool | None, ids: I64, slots: I32
    ) -> Rewritten:
        """Let `lines` be all that a bonus pays on `sources` (bool[slots]; None: on everybody).

        ids, slots: customer ids int64[n] and slots int32[n], by position.
        """
        page = self._page(bonus_id, len(ids))
        rows = page.rows
        self._enlarge(len(ids))
        prints, payee = row_prints(lines, ids), slots[lines.payee]
        if sources is None:
            there = np.flatnonzero(rows.payee >= 0)
            there, here = _of_which_differ(
                there, rows.payee[there], rows.prints[there], payee, prints, len(ids)
            )
        else:
            there = _lines_on(page, sources)
            there, here = _of_which_differ(
                there, rows.source[there], rows.prints[there], slots[lines.source], prints, len(ids)
            )
        went, came = came_and_went(rows.prints[there], prints[here])
        gone, new = there[went], np.sort(here[came])
        numbers, others = rows.number[gone], np.concatenate((rows.payee[gone], payee[new]))
        np.subtract.at(self.counts, rows.payee[gone], 1)
        np.add.at(self.counts, payee[new], 1)
        page.take_out(gone)
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
            len(ids),
        )
        return Rewritten(numbers, fresh, first, np.unique(others))

    def _enlarge(self, members: int) -> None:
        if len(self.counts) < members:
            newcomers = np.zeros(members - len(self.counts), np.int32)
            self.counts = np.concatenate((self.counts, newcomers))

    def _page(self, bonus_id: int, slots: int) -> _Page:
        page = self._pages.setdefault(bonus_id, _Page())
        for chains in (page.by_payee, page.by_source):
            chains.make_room(slots, page.used)
        return page


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


def _lines_on(page: _Page, watched: Bool) -> I64:
    """Places of the lines on watched sources (slots)."""
    some = marked_in(watched)
    if len(some) < len(watched) // FEWER:
        return page.by_source.lines_of(some)
    source = page.rows.source
    found = np.empty(len(source), np.int64)
    return found[: _find(source, np.append(watched, np.False_), found)]  # the last is nobody


@njit
def _find(source: I32, watched: Bool, found: I64) -> int:
    k = 0
    for line in range(len(source)):
        if watched[source[line]]:
            found[k] = line
            k += 1
    return k
