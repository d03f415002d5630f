"""New entries and adjustments put among those of a snapshot held in memory."""

from dataclasses import replace

import numpy as np

from upline.engine.columns import AdjustmentColumns, EntryColumns
from upline.engine.grafting import Odd
from upline.engine.snapshot import Snapshot
from upline.engine.units import I32, I64

__all__ = ["with_adjustments", "with_entries"]


def with_entries(s: Snapshot, member: I32, entries: EntryColumns) -> Snapshot:
    """The snapshot with more entries, of the members at those positions; raises Odd."""
    order, at = _places(s.entry_member, s.entry_id, member, entries.entry_id)
    return replace(
        s,
        entry_id=np.insert(s.entry_id, at, entries.entry_id[order]),
        entry_member=np.insert(s.entry_member, at, member[order]),
        entry_type=np.insert(s.entry_type, at, entries.order_type[order]),
        entry_pv=np.insert(s.entry_pv, at, entries.pv[order]),
        entry_cv=np.insert(s.entry_cv, at, entries.cv[order]),
        entry_margin=np.insert(s.entry_margin, at, entries.retail_margin_base[order]),
    )


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
