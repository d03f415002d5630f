"""What a live preview keeps in memory: its inputs, its figures, and prints of what is stored.

Folding is pure: news go in, changes come out. Whoever can not write them down drops what he holds
and begins with a full run.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from typing import Any

import numpy as np

from upline.engine.entry_grafting import with_adjustments, with_entries
from upline.engine.extras import ExtraColumns, attach, standing_kept
from upline.engine.following import follow
from upline.engine.grafting import Grafted, Index, Odd, Shift, graft
from upline.engine.labels import Standing, relabel
from upline.engine.line_book import NO_LINES, LineBook, Rewritten
from upline.engine.printed_rows import PrintedRows, Replaced
from upline.engine.prints import differing
from upline.engine.repaying import Paid, Standings
from upline.engine.result import Result
from upline.engine.snapshot import Snapshot
from upline.engine.units import I32, Bool
from upline.services.commission import storing
from upline.services.commission.runs import Started
from upline.services.commission.storing import Labelled
from upline.services.live.news import News

__all__ = ["Changes", "Held", "fold", "hold"]


@dataclass(slots=True)
class Held:
    """A preview in force and the news it has taken in.

    seen: the database snapshot (pg_snapshot) it is complete to; stored_seen: the one that the
    tables tell of. slots: int32[n], each member's number for good. result: without lines, which are
    in the book. paid: what bonuses were paid on by the last fold. sound: False once a fold was
    given up half-way.
    """

    started: Started
    begun_at: datetime
    seen: str
    stored_seen: str
    snapshot: Snapshot
    result: Result
    index: Index
    slots: I32
    labelled: Labelled
    checks: PrintedRows
    items: PrintedRows
    memories: PrintedRows
    lines: LineBook
    paid: dict[int, Paid] = field(default_factory=dict)
    sound: bool = True


@dataclass(frozen=True, slots=True)
class Changes:
    """What to write: positions of newcomers, of members whose row differs and of those whose leg
    figures do; the rows of each table that went and came; whether places in a tree are others."""

    reordered: bool
    newcomers: I32
    changed: I32
    legs: I32
    checks: Replaced
    items: Replaced
    memories: Replaced
    lines: Rewritten


def hold(
    started: Started, begun_at: datetime, seen: str, snapshot: Snapshot, result: Result
) -> Held:
    """A preview just as a full run stored it."""
    ids = snapshot.customer_id
    return Held(
        started=started,
        begun_at=begun_at,
        seen=seen,
        stored_seen=seen,
        snapshot=snapshot,
        result=replace(result, lines=NO_LINES),
        index=Index.of(snapshot),
        slots=np.arange(len(ids), dtype=np.int32),
        labelled=storing.label(snapshot),
        checks=PrintedRows(result.checks, ids),
        items=PrintedRows(result.items, ids),
        memories=PrintedRows(result.memories, ids, "member"),
        lines=LineBook(result.lines, ids),
    )


def fold(held: Held, news: News) -> Changes:
    """Bring what is held up to the news, and tell what differs; raises Odd where the news do not
    fit in, and then what is held is not sound any more."""
    held.sound = False
    if news.members is None:
        grafted = Grafted(held.snapshot, held.index, np.empty(0, np.int32))
    else:
        grafted = graft(held.snapshot, held.index, news.members)
    snapshot = _with_extras(held.snapshot, grafted, news)
    find = grafted.index.find
    buyers = find(news.entries.customer_id)
    snapshot = with_entries(snapshot, buyers, news.entries)
    snapshot = with_adjustments(snapshot, find(news.adjustments.customer_id), news.adjustments)
    return _take_over(held, grafted, snapshot, buyers, news.seen)


def _with_extras(old: Snapshot, grafted: Grafted, news: News) -> Snapshot:
    """The new snapshot with extras of its own: earlier periods and forced ranks go with their
    members. Plans that ask for more are not worked in."""
    snapshot = grafted.snapshot
    if grafted.shift is None and not len(news.entries):
        return snapshot
    size = len(snapshot)
    none, _ = attach(
        ExtraColumns(), snapshot.period_id, grafted.index.ids, grafted.index.member, old.entry_id
    )
    kept = standing_kept(old.extras, none, grafted.shift.origin if grafted.shift else None)
    if _weight(old.extras) > _weight(standing_kept(old.extras, none, None)) and size:
        raise Odd("extras")
    return replace(snapshot, extras=kept)


def _weight(extras: Any) -> int:
    """How many values there are in it."""
    if isinstance(extras, np.ndarray):
        return int(extras.size)
    if isinstance(extras, tuple):
        return sum(_weight(part) for part in extras)
    if hasattr(extras, "__dataclass_fields__"):
        return sum(_weight(getattr(extras, field.name)) for field in fields(extras))
    return 0


def _take_over(held: Held, grafted: Grafted, snapshot: Snapshot, buyers: I32, seen: str) -> Changes:
    """Run the plan, compare, and hold the new figures."""
    origin = grafted.shift.origin if grafted.shift else None
    slots = held.slots if origin is None else _slots(held.slots, origin)
    touched = np.zeros(len(snapshot), np.bool_)
    touched[buyers] = True
    result, lines, paid = follow(
        held.started.plan.compiled,
        snapshot,
        held.paid,
        held.lines,
        Standings(origin, slots, touched),
    )
    if any(_weight((figures.lots, figures.local)) for figures in (held.result, result)):
        raise Odd("figures that full runs alone write")
    if len(result.memories.member) and not held.memories.used:
        raise Odd("no partition to remember in")
    old, ids = held.snapshot, snapshot.customer_id
    labelled = held.labelled
    changed = np.zeros(len(ids), np.bool_)
    changed[grafted.given] = True
    if grafted.shift and origin is not None:
        labelled = _relabelled(labelled, snapshot, grafted.shift)
        _mark_moved(held, labelled, snapshot, origin, changed)
    _mark_differing(_columns(held.result), _columns(result), origin, changed)
    legs = np.zeros(len(ids), np.bool_)
    _mark_differing(leg_figures(old, held.result), leg_figures(snapshot, result), origin, legs)
    came = np.zeros(len(ids), np.bool_) if origin is None else origin >= len(old)
    changes = Changes(
        reordered=grafted.shift is not None,
        newcomers=np.flatnonzero(came).astype(np.int32),
        changed=np.flatnonzero(changed & ~came).astype(np.int32),
        legs=np.flatnonzero(legs | came).astype(np.int32),
        checks=held.checks.replace(result.checks, ids, slots),
        items=held.items.replace(result.items, ids, slots),
        memories=held.memories.replace(result.memories, ids, slots),
        lines=lines,
    )
    held.snapshot, held.result, held.index, held.seen = snapshot, result, grafted.index, seen
    held.slots, held.labelled, held.paid, held.sound = slots, labelled, paid, True
    return changes


def _slots(slots: I32, origin: I32) -> I32:
    """Slots by new position; rows of newcomers are their slots, as they come in one by one."""
    longer = np.arange(len(origin), dtype=np.int32)
    longer[: len(slots)] = slots
    return longer[origin]


def _relabelled(labelled: Labelled, s: Snapshot, shift: Shift) -> Labelled:
    pre = np.arange(len(s), dtype=np.int32)
    sponsored = Standing.of(pre, s.end, s.level, s.sponsor)
    binary = Standing.of(s.binary_pre, s.binary_end, s.binary_level, s.binary_parent)
    return Labelled(
        relabel(labelled.sponsor, shift.origin, shift.sponsored, sponsored),
        relabel(labelled.binary, shift.origin, shift.placed, binary),
        _slots(labelled.leg_place, shift.origin),
    )


def _mark_moved(
    held: Held, labelled: Labelled, snapshot: Snapshot, origin: I32, changed: Bool
) -> None:
    """Mark whose place in a tree, level or number of members below differs."""
    old = held.snapshot
    pairs: list[tuple[Any, Any]] = [
        *zip(_sides(held.labelled), _sides(labelled), strict=True),
        (old.level, snapshot.level),
        (old.binary_level, snapshot.binary_level),
        (_sizes(old), _sizes(snapshot)),
    ]
    for before, after in pairs:
        differing(before, after, origin, changed)


def _mark_differing(old: Sequence[Any], new: Sequence[Any], origin: I32 | None, to: Bool) -> None:
    """Mark whose value differs in any of the columns."""
    for before, after in zip(old, new, strict=True):
        differing(before, after, origin, to)


def _sides(labelled: Labelled) -> list[Any]:
    return [*labelled.sponsor, *labelled.binary]


def _sizes(s: Snapshot) -> I32:
    return (s.end - np.arange(len(s))).astype(np.int32)


def leg_figures(s: Snapshot, result: Result) -> tuple[Any, Any, Any]:
    """What changes for everybody above in the binary tree, in the order of LegBlock."""
    return result.left, result.right, s.binary_end - s.binary_pre - 1


def _columns(result: Result) -> list[Any]:
    """The other figures there is one of per member, those of a binary bonus included."""
    size = len(result.pv)
    legs = ("left", "right")
    parts = [getattr(result, field.name) for field in fields(result) if field.name not in legs]
    if (sides := result.leg_figures) is not None:
        parts += [*sides.new, *sides.paid, *sides.flushed]
    return [part for part in parts if isinstance(part, np.ndarray) and len(part) == size]
