"""Bonuses paid again after some news: worked out for those whose lines may differ, exactly.

Where the lines of a source follow from himself and those above him (`Step.walks`), only sources at
or below a change can have other lines. The payees of their lines, old and new, are the only ones
who are paid differently; of these, all lines are added up and rounded again, as a full run does.
Whatever does not walk is paid in full.
"""

from typing import Any, NamedTuple

import numpy as np

from upline.engine import items as money
from upline.engine.arithmetic import Place
from upline.engine.jit import njit
from upline.engine.line_book import LineBook, Rewritten
from upline.engine.lines import new_sink, totals_for
from upline.engine.moving import Standings
from upline.engine.paying import Batch, emit_all, pay
from upline.engine.plan import Step
from upline.engine.prints import differing
from upline.engine.result import Lines
from upline.engine.scene import Entries, Scene
from upline.engine.tables import looked_up, marked_in
from upline.engine.units import BONUS, I32, I64, NONE, Bool

__all__ = ["Paid", "pay_again"]

ROOM = 1 << 14
FEW = 16  # of whom finding all above takes less than going through everybody
# What a source is paid on, by the names of parameters: without any of it he has no lines.
MASKED = ("volume", "rest")
NOBODY = np.empty(0, np.int32)


class Paid(NamedTuple):
    """What the lines of a bonus followed from (see `Step`), and its items, by position."""

    parent: I32
    facts: tuple[Any, ...]
    batch: money.ItemBatch


def pay_again(
    scene: Scene, before: dict[int, Paid], book: LineBook, standings: Standings
) -> tuple[dict[int, Paid], list[Batch], list[Rewritten]]:
    """Everything paid by now: for the next time, as items, and what changed in the book of lines.

    before: what this gave the last time, by bonus; empty the first time.
    """
    plan = scene.plan
    if plan.limits or plan.unpaid or plan.rounding.place == Place.CHECK:
        return _pay_whole(scene, book, standings)
    again = _Again(scene, before, book, standings)
    paid: dict[int, Paid] = {}
    batches: list[Batch] = []
    parts = []
    for bonus in plan.bonuses:
        number = bonus.bonus_id
        paid[number], part = again.pay(bonus.prepare(scene), number, bonus.levels)
        parts.append(part)
        batches.append((BONUS, number, 0, paid[number].batch))
        scene.earned[number] = paid[number].batch
    return paid, batches, parts


def _pay_whole(
    scene: Scene, book: LineBook, standings: Standings
) -> tuple[dict[int, Paid], list[Batch], list[Rewritten]]:
    """Bonuses that limits or rounding tie together are paid in full, every time."""
    sink, batches = pay(scene)
    rows = sink.lines[: int(sink.used[0])]
    parts = []
    for bonus in scene.plan.bonuses:
        lines = _copied(rows[rows["bonus_id"] == bonus.bonus_id])
        ids = scene.snapshot.customer_id
        parts.append(book.rewrite(bonus.bonus_id, lines, None, ids, standings.slots))
    return {}, batches, parts


def _copied(rows: Any) -> Lines:
    """Lines in arrays of their own; the buffer they were written to is used again."""
    return Lines._make(rows[name].copy() for name in Lines._fields)


class _Again:
    """One pass over the bonuses of a scene."""

    def __init__(
        self, scene: Scene, before: dict[int, Paid], book: LineBook, standings: Standings
    ) -> None:
        self.scene = scene
        self.before = before
        self.book = book
        self.standings = standings
        self.running = money.running_for(scene.plan.rounding, len(scene.snapshot))
        # Room costs nothing until it is written to; a leader's change may pay half of all again.
        room = max(ROOM, 3 * len(scene.entries.entry_id))
        self.sink = new_sink(room, scene.plan.rounding)
        # Work space for volumes of a few: all zero in between.
        self.masks: dict[str, I64] = {}
        self.nowhere = np.zeros(len(standings.slots), np.int32)  # nobody but those behind him
        # Facts that several bonuses share are compared once.
        self.compared: dict[tuple[int, int], Bool] = {}

    def pay(self, step: Step, bonus_id: int, levels: int) -> tuple[Paid, Rewritten]:
        """One bonus: what it came to, and what changed in the book."""
        old = self.before.get(bonus_id)
        self.sink = self.sink._replace(bonus_id=bonus_id, levels=levels)
        self.sink.used[0] = 0
        if old is None or step.walks is None:
            self.sink = totals_for(self.sink, step.payees, levels, bonus_id)
            if step.walks is not None:
                step = step.upward(self.scene.lineage(step.walks)[1])
            self.sink = emit_all(self.scene, step, self.sink)
            batch = money.bonus_items(self.sink, step.payees, self.running)
            part = self._rewrite(None)
        else:
            self._total_for(np.empty(0, np.int64))
            sources = self._sources(old, step, step.walks)
            self._emit(step, sources)
            part = self._rewrite(sources)
            batch = self._items_again(step, old.batch, part)
        parent = NOBODY if step.walks is None else self.scene.lineage(step.walks)[0]
        return Paid(parent, step.facts + step.own, batch), part

    def _rewrite(self, sources: Bool | None) -> Rewritten:
        """Put the lines in the sink, which are all of those on some sources, into the book."""
        ids, slots = self.scene.snapshot.customer_id, self.standings.slots
        known = None if sources is None else self.standings.by_slot(sources)
        lines = _copied(self.sink.lines[: int(self.sink.used[0])])
        return self.book.rewrite(self.sink.bonus_id, lines, known, ids, slots)

    def _items_again(self, step: Step, old: money.ItemBatch, part: Rewritten) -> money.ItemBatch:
        """The items of those who are paid by other lines, beside those of everybody else."""
        standings, bonus_id = self.standings, self.sink.bonus_id
        payees = np.zeros(len(standings.slots), np.bool_)
        payees[standings.place[part.payees]] = True
        chosen = marked_in(payees)
        if step.plain:
            cells = self.book.totals(bonus_id, standings.slots[chosen], self.sink)
            self.sink = self.sink._replace(cells=cells)
        else:
            self._total_for(chosen)
            self.sink.used[0] = 0
            theirs = self.book.sources(bonus_id, standings.by_slot(payees))
            self._emit(step, looked_up(theirs, standings.slots))
        fresh = money.bonus_items(self.sink, payees, self.running)
        payee = standings.after[old.payee]
        others = ~payees[payee]
        kept = money.ItemBatch._make(column[others] for column in old._replace(payee=payee))
        return money.ItemBatch._make(
            np.concatenate((getattr(kept, name), getattr(fresh, name))) for name in kept._fields
        )

    def _total_for(self, chosen: I64) -> None:
        """Begin totals of the members at some positions; those of all others go to one row behind
        them."""
        slot = self.nowhere
        if len(chosen):
            slot = np.full(len(self.standings.slots), len(chosen), np.int32)
            slot[chosen] = np.arange(len(chosen), dtype=np.int32)
        self.sink = self.sink._replace(slot=slot, cells=self._cells(len(chosen) + 1))

    def _cells(self, payees: int) -> I64:
        return np.zeros((payees * self.sink.levels, 4), np.int64)

    def _sources(self, old: Paid, step: Step, tree: str) -> Bool:
        """Whose lines may be others: at or below a change, or with others of their own."""
        walk, (parent, order) = len(step.facts), self.scene.lineage(tree)
        marked = self._moved(old.parent, parent).copy()
        for before, after in zip(old.facts[:walk], step.facts, strict=True):
            marked |= self._differing(before, after)
        if tree == "sponsor":
            _mark_below(marked_in(marked), self.scene.members.end, marked)
        else:
            _spread(parent, order, marked)
        marked |= self.standings.touched
        for before, after in zip(old.facts[walk:], step.own, strict=True):
            if len(after):
                marked |= self._differing(before, after)
        return marked

    def _differing(self, before: Any, after: Any) -> Bool:
        key = id(before), id(after)
        if key not in self.compared:
            self.compared[key] = np.zeros(len(after), np.bool_)
            differing(before, after, self.standings.stretches, self.compared[key])
        return self.compared[key]

    def _moved(self, before: I32, after: I32) -> Bool:
        """Who stands below somebody else than before, and who came."""
        key = id(before), id(after)
        if key not in self.compared:
            self.compared[key] = np.zeros(len(after), np.bool_)
            origin = self.standings.origin
            if origin is None:
                self.compared[key] |= before != after
            else:
                _moved(before, after, origin, self.compared[key])
        return self.compared[key]

    def _emit(self, step: Step, sources: Bool) -> None:
        """Write the lines on some sources."""
        if step.by_entry:
            chosen = sources[self.scene.entries.member]
            entries = Entries._make(column[chosen] for column in self.scene.entries)
            step = step._replace(steps=len(entries.entry_id))
            self.sink = emit_all(self.scene, step, self.sink, entries)
            return
        some = marked_in(sources)
        if step.walks is not None:
            step = step.upward(self._above(step.walks, some))
        names = [name for name in MASKED if len(getattr(step.params, name, ()))]
        for name in names:
            if name not in self.masks:
                self.masks[name] = np.zeros(len(self.scene.snapshot), np.int64)
            self.masks[name][some] = getattr(step.params, name)[some]
        masked = {name: self.masks[name] for name in names}
        step = step._replace(params=step.params._replace(**masked))
        self.sink = emit_all(self.scene, step, self.sink)
        for name in names:
            self.masks[name][some] = 0

    def _above(self, tree: str, some: I64) -> I32:
        """Some members and all above them in a tree, parents first."""
        parent, order = self.scene.lineage(tree)
        if len(some) > len(parent) // FEW:
            return order
        found = np.zeros(len(parent), np.bool_)
        _climb(parent, some, found)
        if tree == "sponsor":
            return marked_in(found).astype(np.int32)
        above: I32 = order[looked_up(found, order)]
        return above


@njit
def _mark_below(tops: I64, end: I32, marked: Bool) -> None:
    """Mark everybody below some members of a preorder."""
    done = 0
    for top in tops:
        if top >= done:
            done = end[top]
            marked[top:done] = True


@njit
def _climb(parent: I32, some: I64, found: Bool) -> None:
    """Mark some members and everybody above them."""
    for first in some:
        v = first
        while v >= 0 and not found[v]:
            found[v] = True
            v = parent[v]


@njit
def _spread(parent: I32, order: I32, marked: Bool) -> None:
    """Mark everybody below a marked one, parents first."""
    for k in range(len(order)):
        v = order[k]
        p = parent[v]
        if p >= 0 and marked[p]:
            marked[v] = True


@njit
def _moved(before: I32, after: I32, origin: I32, moved: Bool) -> None:
    for v in range(len(after)):
        p = after[v]
        row = origin[p] if p >= 0 else NONE
        if origin[v] >= len(before) or before[origin[v]] != row:
            moved[v] = True
