"""Caps on what bonuses pay: one or several bonuses together, per member or of the company's volume;
and bonuses of which each member is paid only the greatest.

A limit is applied when the last of its bonuses has been worked out and before any of them is
rounded, so that all of them are cut alike.
"""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from upline.engine.arithmetic import product, quotient, round_exact
from upline.engine.items import ItemBatch, earned
from upline.engine.jit import njit
from upline.engine.lines import Sink
from upline.engine.units import I32, I64, Bool

__all__ = ["NO_SHARE", "Limit", "Payment", "apply", "paid_lifetime", "settlements"]

NO_SHARE = -1


@dataclass(frozen=True, slots=True)
class Limit:
    """share: the most the bonuses may pay of the company's commission volume, in millionths, -1 for
    no such limit; beyond it everybody is cut in proportion. most[rank + 1]: the most one member may
    get of them in the period (empty: no such limit), 1e-4; cut in proportion to what each level of
    each bonus would pay, to the cent. lifetime: `most` counts what was paid in earlier periods too,
    and is asked of each bonus alone. per_owner: `most` is for all positions of an owner together,
    by the rank of the one that owns the others. greatest: each member is paid only the one of the
    bonuses that comes to most, the first of equal ones.
    """

    bonus_ids: tuple[int, ...]
    share: int
    most: I64
    lifetime: bool = False
    per_owner: bool = False
    greatest: bool = False


class Payment(NamedTuple):
    """A bonus that has been worked out but not rounded; its lines are first..last - 1."""

    bonus_id: int
    sink: Sink
    payees: Bool
    first: int
    last: int

    @property
    def size(self) -> int:
        """Cells in use: the buffer may be longer, from a bonus before."""
        slots = int(self.sink.slot[-1]) + 1 if len(self.sink.slot) else 0
        return slots * self.sink.levels


def settlements(bonuses: Sequence[Hashable], groups: Iterable[tuple[Any, ...]]) -> list[int]:
    """For each bonus the place of the last one that it must wait for; mostly its own.

    bonuses: ids or codes in plan order; groups: those that are capped together. What is capped but
    not paid at all is waited for by nobody.
    """
    place = {bonus: k for k, bonus in enumerate(bonuses)}
    wait = list(range(len(bonuses)))
    together = [[place[bonus] for bonus in group if bonus in place] for group in groups]
    changed = True
    while changed:
        changed = False
        for group in together:
            last = max((wait[k] for k in group), default=0)
            for k in group:
                changed |= wait[k] != last
                wait[k] = last
    return wait


def apply(limit: Limit, scene: Any, payments: list[Payment]) -> None:
    """Cut the payments of a limit's bonuses; they are all there, in plan order."""
    chosen = [p for p in payments if p.bonus_id in limit.bonus_ids]
    if limit.greatest:
        _keep_greatest(chosen, len(scene.members.rank))
    if limit.share != NO_SHARE:
        company = int(scene.members.base.sum())
        _cut_together(chosen, max(product(company, limit.share)[0], 0))
    if len(limit.most):
        most = limit.most[scene.members.rank + 1]
        themselves = np.arange(len(most), dtype=np.int32)
        if limit.lifetime:
            for payment in chosen:
                before = scene.memories.recall(payment.bonus_id).total
                _cut_members([payment], np.maximum(most - before, 0), themselves)
        else:
            _cut_members(chosen, most, scene.owners() if limit.per_owner else themselves)


def paid_lifetime(scene: Any, bonus_id: int, batch: ItemBatch) -> None:
    """Add what a bonus paid, rounded, to the totals that its lifetime limit goes by."""
    if any(limit.lifetime and bonus_id in limit.bonus_ids for limit in scene.plan.limits):
        total = scene.memories.recall(bonus_id).total
        total += earned(batch, len(total))


def _keep_greatest(payments: list[Payment], members: int) -> None:
    """Nothing is left of what is not a member's greatest bonus. If returns make the only one he has
    less than nothing, it stands."""
    most, rest = np.full((2, members), -(1 << 62), np.int64)
    winner = np.full(members, -1, np.int64)
    totals = []
    for k, p in enumerate(payments):
        who = np.flatnonzero(p.payees)
        cells = p.sink.cells[: p.size].reshape(len(who), p.sink.levels, 4)
        high, low = cells[:, :, 1:3].sum(axis=1).T
        whole, part = high + low // 1_000_000, low % 1_000_000
        better = cells.any(axis=(1, 2)) & (
            (whole > most[who]) | ((whole == most[who]) & (part > rest[who]))
        )
        most[who[better]], rest[who[better]] = whole[better], part[better]
        winner[who[better]] = k
        totals.append(who)
    for k, (p, who) in enumerate(zip(payments, totals, strict=True)):
        cells = p.sink.cells[: p.size].reshape(len(who), p.sink.levels, 4)
        cells[winner[who] != k, :, 1:3] = 0
        lines = p.sink.lines[p.first : p.last]
        lines["amount"][winner[lines["payee"]] != k] = 0


def _cut_together(payments: list[Payment], most: int) -> None:
    high = low = 0
    for p in payments:
        cells = p.sink.cells[: p.size]
        high, low = high + int(cells[:, 1].sum()), low + int(cells[:, 2].sum())
    paid = high + low // 1_000_000
    if paid > most:
        for p in payments:
            _scale(p.sink, p.size, p.first, p.last, most, paid)


@njit
def _scale(sink: Sink, size: int, first: int, last: int, most: int, paid: int) -> None:
    """Every exact total becomes total * most / paid; lines follow. A payee's levels are parts of
    his running total, which is cut at 1e-10, so that what sums to nothing still does.

    Rounded per line, the lines are cut and rounded again and the totals are their sums.
    """
    cells = sink.cells
    high = low = given_high = given_low = 0
    for c in range(size):
        if c % sink.levels == 0:
            high = low = given_high = given_low = 0
        if sink.place == 0:
            cells[c, 1] = 0
            cells[c, 2] = 0
        else:
            high += cells[c, 1] + cells[c, 2] // 1_000_000
            low += cells[c, 2] % 1_000_000
            whole, part = quotient(high + low // 1_000_000, most, paid, low % 1_000_000)
            cells[c, 1], cells[c, 2] = whole - given_high, part - given_low
            given_high, given_low = whole, part
    for k in range(first, last):
        line = sink.lines[k]
        high, low = quotient(line.amount, most, paid)
        if sink.place == 0:
            line.amount = round_exact(high, low, sink.unit, sink.mode)
            cells[sink.slot[line.payee] * sink.levels + line.paid_level - 1, 1] += line.amount
        else:
            line.amount = round_exact(high, low, 1, sink.mode)


class Cut(NamedTuple):
    """While a limit is applied. of: int32[n], at whom a member's money is counted; there, int64[n]
    each: what may be paid, what would be (whole ten-thousandths; both 1 where rounding alone would
    make it more), both limbs of what was met so far, and what was given of it. over: bool[n], whose
    money is cut."""

    of: I32
    over: Bool
    most: I64
    paid: I64
    high: I64
    low: I64
    given: I64


def _cut_members(payments: list[Payment], most: I64, of: I32) -> None:
    n = len(most)
    cut = Cut(of, np.zeros(n, np.bool_), most.copy(), *(np.zeros(n, np.int64) for _ in range(4)))
    rounded = np.zeros(n, np.int64)
    for p in payments:
        _add_up(p.sink, np.flatnonzero(p.payees).astype(np.int32), cut, rounded)
    cut.paid[:] = cut.high + cut.low // 1_000_000
    cut.high[:], cut.low[:] = 0, 0
    cut.over[:] = (cut.paid > most) | (rounded > most)
    if not cut.over.any():
        return
    whole = cut.over & (cut.paid <= most)
    cut.most[whole] = cut.paid[whole] = 1
    for p in payments:
        who = np.flatnonzero(p.payees & cut.over[of]).astype(np.int32)
        if p.sink.place == 0:
            _cut_lines(p.sink, who, p.first, p.last, cut)
        else:
            _cut_cells(p.sink, who, p.first, p.last, cut)


@njit
def _add_up(sink: Sink, payees: I32, cut: Cut, rounded: I64) -> None:
    """rounded: int64[n], what everybody's money comes to once it is rounded, level by level or
    bonus by bonus."""
    for v in payees:
        high = low = 0
        for c in range(sink.slot[v] * sink.levels, (sink.slot[v] + 1) * sink.levels):
            cut.high[cut.of[v]] += sink.cells[c, 1]
            cut.low[cut.of[v]] += sink.cells[c, 2]
            high += sink.cells[c, 1]
            low += sink.cells[c, 2]
            if sink.place <= 1:
                rounded[cut.of[v]] += round_exact(high, low, sink.unit, sink.mode)
                high = low = 0
        rounded[cut.of[v]] += round_exact(high, low, sink.unit, sink.mode)


@njit
def _part(sink: Sink, a: int, cut: Cut) -> Any:
    """What the next piece gets: the rounded share of all met so far, less what was given."""
    met = cut.high[a] + cut.low[a] // 1_000_000
    high, low = quotient(met, cut.most[a], cut.paid[a])
    total = round_exact(high, low, sink.unit, sink.mode)
    amount = total - cut.given[a]
    cut.given[a] = total
    return amount


@njit
def _cut_cells(sink: Sink, who: I32, first: int, last: int, cut: Cut) -> None:
    """Totals in whole units that sum to the limit; lines follow in proportion."""
    cells = sink.cells
    for v in who:
        for c in range(sink.slot[v] * sink.levels, (sink.slot[v] + 1) * sink.levels):
            cut.high[cut.of[v]] += cells[c, 1]
            cut.low[cut.of[v]] += cells[c, 2]
            cells[c, 1] = _part(sink, cut.of[v], cut)
            cells[c, 2] = 0
    for k in range(first, last):
        line = sink.lines[k]
        a = cut.of[line.payee]
        if cut.over[a]:
            high, low = quotient(line.amount, cut.most[a], cut.paid[a])
            line.amount = round_exact(high, low, 1, sink.mode)


@njit
def _cut_lines(sink: Sink, who: I32, first: int, last: int, cut: Cut) -> None:
    """Rounded per line: the lines are what is cut, and totals are their sums."""
    cells = sink.cells
    for v in who:
        for c in range(sink.slot[v] * sink.levels, (sink.slot[v] + 1) * sink.levels):
            cells[c, 1] = 0
            cells[c, 2] = 0
    for k in range(first, last):
        line = sink.lines[k]
        a = cut.of[line.payee]
        if cut.over[a]:
            cut.high[a] += line.amount
            line.amount = _part(sink, a, cut)
            cells[sink.slot[line.payee] * sink.levels + line.paid_level - 1, 1] += line.amount
