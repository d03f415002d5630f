"""What a live preview keeps in memory: its inputs, its figures, and prints of what is stored.

Folding is pure: news go in, changes come out. Whoever can not write them down drops what he holds
and begins with a full run.
"""

from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from typing import Any, NamedTuple

import numpy as np

from upline.engine.entry_grafting import with_adjustments, with_ages, with_entries
from upline.engine.extras import ExtraColumns, attach
from upline.engine.extras_kept import entries_kept, living_in, standing_kept
from upline.engine.following import Known, follow
from upline.engine.grafting import Grafted, Index, Odd, Shift, graft
from upline.engine.items import Checks
from upline.engine.labels import Labels, Standing, relabel
from upline.engine.line_book import NO_LINES, LineBook, Rewritten
from upline.engine.moving import Standings
from upline.engine.plan import Plan
from upline.engine.printed_rows import PrintedRows, Replaced
from upline.engine.result import Result
from upline.engine.snapshot import Snapshot
from upline.engine.stretches import carried
from upline.engine.tables import marked_in
from upline.engine.units import I16, I32, I64, Bool
from upline.services.commission import storing
from upline.services.commission.runs import Started
from upline.services.commission.storing import Labelled
from upline.services.live.comparing import mark_figures, mark_legs, mark_sizes
from upline.services.live.news import News

__all__ = ["Changes", "Held", "fold", "hold"]


@dataclass(slots=True)
class Held:
    """A preview in force and the news it has taken in.

    seen: the database snapshot (pg_snapshot) it is complete to; stored_seen: the one that the
    tables tell of, once all that was folded is written. slots: int32[n], each member's number for
    good. result: without lines, which are in the book. known: what the last fold's figures followed
    from. sound: False once a fold was given up half-way.
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
    known: Known = field(default_factory=Known)
    sound: bool = True


@dataclass(frozen=True, slots=True)
class Changes:
    """What to write, and all that it takes: what is held goes on to the next news meanwhile.

    Positions of newcomers, of members whose row differs and of those whose leg figures do; the rows
    of each table that went and came; whether places in a tree are others. after, seen: the database
    snapshots that the tables tell of before and then; line_count: all lines there are then.
    """

    started: Started
    after: str
    seen: str
    snapshot: Snapshot
    result: Result
    labelled: Labelled
    line_count: int
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
        checks=PrintedRows(_check_rows(result), ids),
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
    snapshot = _with_extras(held.started.plan.compiled, held.snapshot, grafted, news)
    find = grafted.index.find
    buyers = find(news.entries.customer_id)
    snapshot, aged = with_ages(snapshot, news.extras)
    snapshot = with_entries(snapshot, buyers, news.entries, news.extras)
    adjusted = find(news.adjustments.customer_id)
    snapshot = with_adjustments(snapshot, adjusted, news.adjustments)
    touched = np.zeros(len(snapshot), np.bool_)
    touched[buyers] = touched[aged] = True
    return _take_over(held, grafted, snapshot, touched, adjusted, news.seen)


def _with_extras(plan: Plan, old: Snapshot, grafted: Grafted, news: News) -> Snapshot:
    """The new snapshot with extras of its own: earlier periods, forced ranks, donations and owners
    go with their members, and entries keep what was read of them. What is more, or other owners,
    is not worked in."""
    snapshot = grafted.snapshot
    if plan.exchange is not None and plan.exchange.blend is not None:
        raise Odd("rates that go by what groups bought")
    positions = old.extras.positions.member
    if news.owned or np.isin(old.customer_id[positions], snapshot.customer_id[grafted.given]).any():
        raise Odd("positions")
    if grafted.shift is None and not len(news.entries) and plan.exchange is None:
        return snapshot
    size = len(snapshot)
    none, _ = attach(
        ExtraColumns(), snapshot.period_id, grafted.index.ids, grafted.index.member, old.entry_id
    )
    none = entries_kept(snapshot.extras, none)
    kept = standing_kept(old.extras, none, grafted.shift.origin if grafted.shift else None)
    if _weight(old.extras) > _weight(standing_kept(old.extras, none, None)) and size:
        raise Odd("extras")
    living, spent = news.extras.member_currency, news.extras.entry_currency
    if (np.append(living.currency, spent.currency) >= len(kept.rates.currencies)).any():
        raise Odd("currency")
    at = grafted.index.find(living.id)
    kept = living_in(kept, size, grafted.given, at[at >= 0], living.currency[at >= 0])
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


def _take_over(
    held: Held, grafted: Grafted, snapshot: Snapshot, touched: Bool, adjusted: I32, seen: str
) -> Changes:
    """Run the plan, compare, and hold the new figures."""
    shift, ids, old = grafted.shift, snapshot.customer_id, held.snapshot
    slots = held.slots if shift is None else _slots(held.slots, shift)
    standings = Standings(shift, slots, touched, grafted.given)
    result, lines, whose, known = follow(
        held.started.plan.compiled, snapshot, held.known, held.lines, standings
    )
    if any(_weight(figures.lots) for figures in (held.result, result)):
        raise Odd("figures that full runs alone write")
    if len(result.memories.member) and not held.memories.used:
        raise Odd("no partition to remember in")
    changed, legs, came = (np.zeros(len(ids), np.bool_) for _ in range(3))
    changed[grafted.given] = True
    labelled = held.labelled
    if shift is not None:
        came[grafted.given[standings.stood < 0]] = True
        labelled = _relabelled(labelled, snapshot, shift, changed)
        mark_sizes(old, snapshot, shift.origin, changed)
    mark_figures(held.result, result, standings, whose, changed)
    mark_legs((old, held.result), (snapshot, result), standings, whose, legs)
    paid = None
    if known.paid:  # whoever is paid by the same lines has the same items, adjustments aside, and,
        # if nothing else is told of him, the same check
        paid = np.zeros(len(ids), np.bool_)
        paid[lines.payees] = paid[slots[adjusted]] = paid[slots[grafted.given]] = True
    changes = Changes(
        started=held.started,
        after=held.stored_seen,
        seen=seen,
        snapshot=snapshot,
        result=result,
        labelled=labelled,
        line_count=len(held.lines),
        reordered=shift is not None,
        newcomers=marked_in(came).astype(np.int32),
        changed=marked_in(changed & ~came).astype(np.int32),
        legs=marked_in(legs | came).astype(np.int32),
        checks=held.checks.replace(_check_rows(result), ids, standings, paid),
        items=held.items.replace(result.items, ids, standings, paid),
        memories=held.memories.replace(result.memories, ids, standings),
        lines=lines,
    )
    held.snapshot, held.result, held.index = snapshot, result, grafted.index
    held.seen = held.stored_seen = seen
    held.slots, held.labelled, held.known, held.sound = slots, labelled, known, True
    return changes


class _LocalRows(NamedTuple):
    """Checks that are paid in local money: `Checks` and `LocalChecks` side by side."""

    payee: I32
    total_commission: I64
    adjustments: I64
    donation: I64
    net: I64
    lines: I32
    currency: I16
    rate: I64
    local: I64


def _check_rows(result: Result) -> Checks | _LocalRows:
    """What the table of checks holds, a row a check."""
    if not len(result.local.net):
        return result.checks
    return _LocalRows(*result.checks, *result.local)


def _slots(slots: I32, shift: Shift) -> I32:
    """Slots by new position; rows of newcomers are their slots, as they come in one by one."""
    out: I32 = carried(slots, shift.stretches)
    newcomers = shift.origin >= shift.before
    out[newcomers] = shift.origin[newcomers]
    return out


def _relabelled(labelled: Labelled, s: Snapshot, shift: Shift, changed: Bool) -> Labelled:
    """Labels of both trees, marking in `changed` whose are others: all who moved among them."""
    pre = np.arange(len(s), dtype=np.int32)
    sponsored = Standing(pre, pre, s.end, s.level, s.sponsor)
    binary = Standing.of(s.binary_pre, s.binary_end, s.binary_level, s.binary_parent)
    trees: list[Labels] = []
    for labels, newly, tree in (
        (labelled.sponsor, shift.sponsored, sponsored),
        (labelled.binary, shift.placed, binary),
    ):
        anew, differing = relabel(labels, shift.stretches, newly, tree)
        np.logical_or(changed, differing, out=changed)
        trees.append(anew)
    return Labelled(trees[0], trees[1], _slots(labelled.leg_place, shift))
