"""From exact totals to paid money: rounding, check items, fees, adjustments and checks.

Rounded at level, each level is rounded by itself. At bonus or check, a running exact total is
rounded and each item takes the difference, so that items always sum to the rounded total.
"""

from typing import NamedTuple

import numpy as np

from upline.engine.arithmetic import Place, round_exact
from upline.engine.jit import njit
from upline.engine.lines import Sink
from upline.engine.plan import Fee, Rounding
from upline.engine.tables import marked_in
from upline.engine.units import I8, I16, I32, I64, Bool

__all__ = ["Checks", "ItemBatch", "Items", "adjustment_items", "bonus_items", "checks", "fee_items"]


class ItemBatch(NamedTuple):
    """Items of one bonus or fee; all arrays of one length. See `Items`."""

    payee: I32
    level: I16
    volume: I64
    rate: I64
    amount: I64


class Items(NamedTuple):
    """Check items. payee: member position; kind: 1 bonus, 2 fee, 3 adjustment, 4 donation;
    volume 1e-4; rate 1e-6, 0 where a level was paid at several; amount: money that is paid, 1e-4.
    """

    payee: I32
    kind: I8
    bonus_id: I16
    ledger_type: I16
    level: I16
    volume: I64
    rate: I64
    amount: I64


class Checks(NamedTuple):
    """One per payee with any item; net = total_commission + adjustments - donation. Money 1e-4.

    lines: how many lines stand behind it.
    """

    payee: I32
    total_commission: I64
    adjustments: I64
    donation: I64
    net: I64
    lines: I32


class Running(NamedTuple):
    """Exact and paid totals per payee while rounding is put off to the check; int64[n] each."""

    high: I64
    low: I64
    paid: I64


@njit
def _count(cells: I64, size: int) -> int:
    found = 0
    for c in range(size):
        if cells[c, 0] != 0 or cells[c, 1] != 0 or cells[c, 2] != 0 or cells[c, 3] != 0:
            found += 1
    return found


@njit
def _fill(sink: Sink, payees: I32, running: Running, place: int, out: ItemBatch) -> None:
    levels = sink.levels
    cells = sink.cells
    k = 0
    for slot in range(len(payees)):
        v = payees[slot]
        high = 0
        low = 0
        paid = 0
        for level in range(levels):
            c = slot * levels + level
            if cells[c, 0] == 0 and cells[c, 1] == 0 and cells[c, 2] == 0 and cells[c, 3] == 0:
                continue
            if place == 3:
                running.high[v] += cells[c, 1]
                running.low[v] += cells[c, 2]
                total = round_exact(running.high[v], running.low[v], sink.unit, sink.mode)
                amount = total - running.paid[v]
                running.paid[v] = total
            elif place == 2:
                high += cells[c, 1]
                low += cells[c, 2]
                total = round_exact(high, low, sink.unit, sink.mode)
                amount = total - paid
                paid = total
            else:
                amount = round_exact(cells[c, 1], cells[c, 2], sink.unit, sink.mode)
            out.payee[k] = v
            out.level[k] = level + 1
            out.volume[k] = cells[c, 0]
            out.rate[k] = max(cells[c, 3], 0)
            out.amount[k] = amount
            k += 1


def _batch(size: int) -> ItemBatch:
    return ItemBatch(
        np.empty(size, np.int32),
        np.empty(size, np.int16),
        np.empty(size, np.int64),
        np.empty(size, np.int64),
        np.empty(size, np.int64),
    )


def running_for(rounding: Rounding, members: int) -> Running:
    """Carried remainders; only rounding per check needs one per member."""
    size = members if rounding.place == Place.CHECK else 0
    return Running(np.zeros(size, np.int64), np.zeros(size, np.int64), np.zeros(size, np.int64))


def bonus_items(sink: Sink, payees: Bool, running: Running) -> ItemBatch:
    """Round the totals of the bonus in `sink` into items, by payee, then level."""
    chosen = marked_in(payees).astype(np.int32)
    out = _batch(_count(sink.cells, len(chosen) * sink.levels))
    _fill(sink, chosen, running, sink.place, out)
    return out


def earned(batch: ItemBatch, members: int) -> I64:
    """What each member was paid in a batch; int64[n]."""
    return earned_in_all([batch], members)


def earned_in_all(batches: list[ItemBatch], members: int) -> I64:
    """What each member was paid in several batches; int64[n]."""
    out = np.zeros(members, np.int64)
    for batch in batches:
        _accumulate(batch.payee, batch.amount, out)
    return out


@njit
def _accumulate(payee: I32, amount: I64, out: I64) -> None:
    for k in range(len(payee)):
        out[payee[k]] += amount[k]


def fee_items(commission: I64, fee: Fee) -> ItemBatch:
    """A fee off every check with commission; commission: int64[n], money of bonus items."""
    payee = np.flatnonzero((commission > 0) & (commission >= fee.from_commission)).astype(np.int32)
    out = _batch(len(payee))
    out.payee[:] = payee
    out.level[:] = 0
    out.volume[:] = 0
    out.rate[:] = 0
    out.amount[:] = -(np.minimum(commission[payee], fee.amount) if fee.capped else fee.amount)
    return out


def adjustment_items(member: I32, amount: I64) -> ItemBatch:
    """Adjustments as they stand in the snapshot."""
    zero = np.zeros(len(member), np.int64)
    return ItemBatch(member, zero.astype(np.int16), zero, zero, amount)


def collect(batches: list[tuple[int, int, I16 | int, ItemBatch]]) -> Items:
    """Join batches of (kind, bonus id, ledger type, items)."""
    sizes = [len(batch.payee) for *_, batch in batches]
    total = sum(sizes)
    out = Items(
        np.empty(total, np.int32),
        np.empty(total, np.int8),
        np.empty(total, np.int16),
        np.empty(total, np.int16),
        np.empty(total, np.int16),
        np.empty(total, np.int64),
        np.empty(total, np.int64),
        np.empty(total, np.int64),
    )
    at = 0
    for size, (kind, bonus_id, ledger_type, batch) in zip(sizes, batches, strict=True):
        here = slice(at, at + size)
        out.kind[here] = kind
        out.bonus_id[here] = bonus_id
        out.ledger_type[here] = ledger_type
        for name in ItemBatch._fields:
            getattr(out, name)[here] = getattr(batch, name)
        at += size
    return out


def checks(items: Items, lines: I32) -> Checks:
    """Sum items per payee, in preorder of payees; lines: int32[n], how many each is paid by."""
    commission, other, given = (np.zeros(len(lines), np.int64) for _ in range(3))
    has = np.zeros(len(lines), np.bool_)
    _sum_checks(items.payee, items.kind, items.amount, commission, other, given, has)
    payee = np.flatnonzero(has).astype(np.int32)
    commission, other, given = commission[payee], other[payee], given[payee]
    return Checks(payee, commission, other, given, commission + other - given, lines[payee])


@njit
def _sum_checks(
    payee: I32, kind: I8, amount: I64, commission: I64, other: I64, given: I64, has: Bool
) -> None:
    for k in range(len(payee)):
        v = payee[k]
        has[v] = True
        if kind[k] == 1:
            commission[v] += amount[k]
        elif kind[k] == 4:
            given[v] -= amount[k]
        else:
            other[v] += amount[k]
