"""One settlement of a binary: legs are matched and paid, the rest carried, flushed or cut off."""

from typing import NamedTuple

from upline.engine.bonuses.binary_carry import Unqualified, dated_in, dated_out
from upline.engine.bonuses.binary_pairs import UNLIMITED, Match, Matching, OverCap, match
from upline.engine.carry import Aging
from upline.engine.jit import njit
from upline.engine.lines import Sink, emit_exact
from upline.engine.scene import Entries, Members
from upline.engine.units import I8, I16, I32, I64, Bool

__all__ = ["ABLE", "Caps", "Counters", "Params", "Second", "kernel"]

ABLE = -1  # in `standing`: may be paid; else what becomes of the legs, an `Unqualified`
# Kernels know plain numbers only.
FLUSH, FLUSH_WEAK = int(Unqualified.FLUSH), int(Unqualified.FLUSH_WEAK)
KEEP, KEEP_OLD = int(Unqualified.KEEP), int(Unqualified.KEEP_OLD)
OVER_CAP_FLUSH = int(OverCap.FLUSH)


class Caps(NamedTuple):
    """Caps that look at volume, too; `UNLIMITED` for none, money 1e-4. cycles, money: int64[ranks +
    1], of one settlement; then those of the period and of a member's lifetime, and the volume that
    a leg may carry."""

    cycles: I64
    money: I64
    period_cycles: int
    period_money: int
    life_cycles: int
    life_money: int
    carry: int


class Counters(NamedTuple):
    """What was paid before and during the period: int32[n] cycles, int64[n] money, and both as the
    period began. Empty unless a cap, a first cycle or steps ask."""

    cycles: I32
    money: I64
    old_cycles: I32
    old_money: I64


class Second(NamedTuple):
    """A second kind of volume, of which every cycle needs `each` on both legs (0 = none); new and
    carry: int64[n] a leg."""

    each: int
    new_left: I64
    new_right: I64
    carry_left: I64
    carry_right: I64


class Params(NamedTuple):
    """standing: int8[n], `ABLE` or an `Unqualified`; placed: bool[n], stands in the tree; new,
    paid, flushed: int64[2, n], left first; carry: int64[2, n], carry-in, replaced by carry-out.
    closing: the period ends with this settlement. row: int16[n], whose rates and pay."""

    matching: Matching
    caps: Caps
    after_pay: int
    closing: bool
    standing: I8
    placed: Bool
    new: I64
    paid: I64
    flushed: I64
    carry: I64
    counters: Counters
    second: Second
    lots: Aging
    row: I16


@njit
def kernel(p: Params, m: Members, e: Entries, sink: Sink, start: int) -> int:
    """One line per paid member from member `start` on; base is what was paid for of the lesser leg.

    Carry-in is replaced by carry-out as members are settled. Functions are called with no more than
    they need: handing over all of the parameters costs more than settling most members does.
    """
    room = len(sink.lines) - 1
    dated = len(p.lots.first) > 0
    for v in range(start, len(p.standing)):
        if sink.used[0] > room:
            return v
        left, right = p.carry[0, v], p.carry[1, v]
        if not p.placed[v] and left == 0 and right == 0:
            continue
        flush = p.standing[v]
        new_left, new_right = p.new[0, v], p.new[1, v]
        if flush == KEEP_OLD:
            _drop(p.flushed, v, new_left, new_right)
            new_left, new_right = 0, 0
        left, right = left + new_left, right + new_right
        old = dated and p.lots.first[v] < p.lots.first[v + 1]
        if left == 0 and right == 0 and not old and p.second.each == 0:
            p.carry[0, v] = p.carry[1, v] = 0
            continue
        if old:
            stale_left, stale_right = dated_in(p.lots, v, new_left, new_right)
            _drop(p.flushed, v, stale_left, stale_right)
            left, right = left - stale_left, right - stale_right
        weaker = 0 if left <= right else 1
        if p.second.each > 0:
            _second_in(p.second, v, flush != KEEP_OLD)
        if flush == ABLE and min(left, right) >= max(p.matching.least, 1):
            rank = m.rank[v] + 1
            cycles, money, done = p.caps.cycles[rank], p.caps.money[rank], 1
            if len(p.counters.money) > 0:
                cycles, money, done = _room(p.counters, p.caps, v, cycles, money)
            most = UNLIMITED if p.second.each == 0 else _second_most(p.second, v)
            t = match(p.matching, p.row[v], left, right, done, most, cycles, money)
            if t.high != 0 or t.low != 0:
                emit_exact(sink, v, v, 0, 0, 1, t.base, t.rate, t.high, t.low)
            _book(p.paid, p.flushed, v, t)
            if len(p.counters.money) > 0:
                _count(p.counters, v, t)
            if p.second.each > 0:
                _second_used(p.second, v, t)
            left, right = left - t.paid_left - t.lost_left, right - t.paid_right - t.lost_right
            flush = _after(t, p.matching.over_cap, p.after_pay)
        for side in range(2):
            volume = left if side == 0 else right
            kept = 0 if flush == FLUSH or (flush == FLUSH_WEAK and side == weaker) else volume
            if old:
                kept = dated_out(p.lots, v, side, kept, p.caps.carry, p.closing)
            kept = min(kept, p.caps.carry)
            if kept != volume:
                p.flushed[side, v] += volume - kept
            p.carry[side, v] = kept
        if p.second.each > 0:
            _second_out(p.second, v, flush, weaker)
    return len(p.standing)


@njit
def _room(c: Counters, caps: Caps, v: int, cycles: int, money: int) -> tuple[int, int, int]:
    """What caps on the period and on a lifetime leave of cycles and money, and how many cycles were
    ever paid."""
    counted, before = int(c.cycles[v]), int(c.old_cycles[v])  # caps may not fit their 32 bits
    cycles = min(cycles, caps.life_cycles - counted)
    cycles = min(cycles, caps.period_cycles - (counted - before))
    money = min(money, caps.life_money - c.money[v])
    money = min(money, caps.period_money - (c.money[v] - c.old_money[v]))
    return max(cycles, 0), max(money, 0), counted


@njit
def _drop(flushed: I64, v: int, left: int, right: int) -> None:
    flushed[0, v] += left
    flushed[1, v] += right


@njit
def _book(paid: I64, flushed: I64, v: int, t: Match) -> None:
    paid[0, v] += t.paid_left
    paid[1, v] += t.paid_right
    flushed[0, v] += t.lost_left
    flushed[1, v] += t.lost_right


@njit
def _count(c: Counters, v: int, t: Match) -> None:
    c.cycles[v] += t.cycles
    c.money[v] += t.high + (1 if t.low > 0 else 0)


@njit
def _after(t: Match, over_cap: int, after_pay: int) -> int:
    """What to flush of the rest: `Unqualified` and `AfterPay` are numbered alike."""
    if t.cut and over_cap == OVER_CAP_FLUSH:
        return FLUSH
    used = t.paid_left + t.paid_right + t.lost_left + t.lost_right
    return after_pay if used > 0 else KEEP


@njit
def _second_in(second: Second, v: int, accrues: bool) -> None:
    if accrues:
        second.carry_left[v] += second.new_left[v]
        second.carry_right[v] += second.new_right[v]


@njit
def _second_most(second: Second, v: int) -> int:
    least = min(second.carry_left[v], second.carry_right[v])
    return max(int(least), 0) // second.each


@njit
def _second_used(second: Second, v: int, t: Match) -> None:
    second.carry_left[v] -= (t.cycles + t.lost_cycles) * second.each
    second.carry_right[v] -= (t.cycles + t.lost_cycles) * second.each


@njit
def _second_out(second: Second, v: int, flush: int, weaker: int) -> None:
    if flush == FLUSH or (flush == FLUSH_WEAK and weaker == 0):
        second.carry_left[v] = 0
    if flush == FLUSH or (flush == FLUSH_WEAK and weaker == 1):
        second.carry_right[v] = 0
