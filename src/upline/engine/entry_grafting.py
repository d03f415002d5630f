"""New entries and adjustments put among those of a snapshot held in memory."""

from dataclasses import replace
from typing import Any

import numpy as np

from upline.engine.columns import AdjustmentColumns, EntryColumns
from upline.engine.extras import ENTRY_EXTRAS, ExtraColumns, attach
from upline.engine.grafting import Odd
from upline.engine.snapshot import Snapshot
from upline.engine.units import I16, I32, I64, NONE

__all__ = ["with_adjustments", "with_ages", "with_entries"]

NO_EXTRAS = ExtraColumns()


def with_entries(
    s: Snapshot, member: I32, entries: EntryColumns, extras: ExtraColumns = NO_EXTRAS
) -> Snapshot:
    """The snapshot with more entries, of the members at those positions, and what the plan reads of
    them besides; raises Odd."""
    order, at = _places(s.entry_member, s.entry_id, member, entries.entry_id)
    numbers = entries.entry_id[order]
    return replace(
        s,
        entry_id=np.insert(s.entry_id, at, numbers),
        entry_member=np.insert(s.entry_member, at, member[order]),
        entry_type=np.insert(s.entry_type, at, entries.order_type[order]),
        entry_pv=np.insert(s.entry_pv, at, entries.pv[order]),
        entry_cv=np.insert(s.entry_cv, at, entries.cv[order]),
        entry_margin=np.insert(s.entry_margin, at, entries.retail_margin_base[order]),
        extras=replace(s.extras, **_told(s, extras, numbers, at)),
    )


def with_ages(s: Snapshot, extras: ExtraColumns) -> tuple[Snapshot, I32]:
    """The snapshot with the ages that its own entries have by now, and whose are others: members
    may turn out to have enrolled on another day."""
    changed: list[I32] = [np.empty(0, np.int32)]
    anew: dict[str, Any] = {}
    for name, columns in (("entry_age", extras.ages), ("entry_hour", extras.hours)):
        had = getattr(s.extras, name)
        known = np.isin(s.entry_id, columns.entry_id) & (len(had) > 0)
        at = np.flatnonzero(known)
        if not len(at):
            continue
        order = np.argsort(columns.entry_id)
        row = order[np.searchsorted(columns.entry_id[order], s.entry_id[at])]
        others = had[at] != columns.day[row]
        anew[name] = had.copy()
        anew[name][at] = columns.day[row]
        changed.append(s.entry_member[at[others]])
    return replace(s, extras=replace(s.extras, **anew)), np.unique(np.concatenate(changed))


def with_adjustments(s: Snapshot, member: I32, adjustments: AdjustmentColumns) -> Snapshot:
    """The snapshot with more adjustments, of the members at those positions; raises Odd."""
    order, at = _places(s.adjustment_member, s.adjustment_id, member, adjustments.adjustment_id)
    return replace(
        s,
        adjustment_id=np.insert(s.adjustment_id, at, adjustments.adjustment_id[order]),
        adjustment_member=np.insert(s.adjustment_member, at, member[order]),
        adjustment_type=np.insert(s.adjustment_type, at, adjustments.ledger_type[order]),
        adjustment_amount=np.insert(s.adjustment_amount, at, adjustments.amount[order]),
    )


def _told(s: Snapshot, extras: ExtraColumns, numbers: I64, at: I64) -> dict[str, Any]:
    """What extras tell of all entries, once some more are among them."""
    nobody = np.empty(0, np.int64)
    more, _ = attach(extras, s.period_id, nobody, nobody.astype(np.int32), numbers)
    told: dict[str, Any] = {}
    for name in ENTRY_EXTRAS:
        had, come = getattr(s.extras, name), getattr(more, name)
        if name == "entry_currency" and (had.size or come.size):
            had, come = _spent(had, len(s.entry_id)), _spent(come, len(numbers))
        if name == "kinds":
            come = come if len(come) else np.zeros((len(had), len(numbers)), np.int64)
        elif had.shape[-1] < len(s.entry_id) or come.shape[-1] < len(numbers):
            if come.shape[-1] or (had.shape[-1] and len(numbers)):
                raise Odd(name)  # of some entries it is known, of others it is not
            continue
        told[name] = np.insert(had, at, come, axis=-1)
    return told


def _spent(currency: I16, entries: int) -> I16:
    """Of every entry, where it is empty because none has any."""
    return currency if len(currency) else np.full(entries, NONE, np.int16)


def _places(members: I32, numbers: I64, member: I32, number: I64) -> tuple[I64, I64]:
    """The order in which new rows go in, and before which of the rows sorted by member and number;
    raises Odd for rows of nobody and numbers that are there."""
    if (member < 0).any():
        raise Odd("unknown_customer")
    order = np.lexsort((number, member))
    begin = np.searchsorted(members, member[order], side="left")
    stop = np.searchsorted(members, member[order], side="right")
    at = np.empty(len(order), np.int64)
    for k, row in enumerate(order):
        own = numbers[begin[k] : stop[k]]
        at[k] = begin[k] + np.searchsorted(own, number[row])
        if at[k] < stop[k] and numbers[at[k]] == number[row]:
            raise Odd("duplicate")
    return order, at
