"""One settlement of a binary: legs are matched and paid, the rest carried, flushed or cut off."""

from typing import NamedTuple

from upline.engine.bonuses.binary_carry import expire, held, place_overflow, take_in, use_oldest
from upline.engine.bonuses.binary_pairs import UNLIMITED, Matching, match
from upline.engine.carry import Aging
from upline.engine.jit import njit
from upline.engine.lines import Sink, emit_exact
from upline.engine.scene import Entries, Members
from upline.engine.units import I8, I16, I32, I64, Bool

__all__ = ["ABLE", "Caps", "Counters", "Params", "Second", "kernel"]

ABLE = -1  # in `standing`: may be paid; else what becomes of the legs, an `Unqualified`


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
    period began. Empty unless a cap or a first cycle asks."""

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
    """standing: int8[n], `ABLE` or an `Unqualified`; placed: bool[n], stands in the tree; extra:
    int64[n], own volume to be placed (empty for none); new, paid, flushed: int64[2, n];
    carry_left, carry_right: int64[n], carry-in, replaced by carry-out. closing: the period ends
    with this settlement."""

    matching: Matching
    caps: Caps
    after_pay: int
    overflow: int
    closing: bool
    standing: I8
    placed: Bool
    extra: I64
    new: I64
    paid: I64
    flushed: I64
    carry_left: I64
    carry_right: I64
    counters: Counters
    second: Second
    lots: Aging


@njit
def kernel(p: Params, m: Members, e: Entries, sink: Sink, start: int) -> int:
    """One line per paid member from member `start` on; base is what was paid for of the lesser leg.

    Carry-in is replaced by carry-out as members are settled.
    """
    room = len(sink.lines) - 1
    for v in range(start, len(p.standing)):
        if sink.used[0] > room:
            return v
        if p.placed[v] or p.carry_left[v] != 0 or p.carry_right[v] != 0:
            _settle(p, v, m.rank, sink)
    return len(p.standing)


@njit
def _settle(p: Params, v: int, ranks: I16, sink: Sink) -> None:
    accrues = p.standing[v] != 3
    if len(p.extra) > 0 and p.extra[v] > 0 and p.closing:
        first = p.carry_left[v] + p.new[0, v]
        second = p.carry_right[v] + p.new[1, v]
        part = place_overflow(p.overflow, first, second, p.extra[v])
        p.new[0, v] += part
        p.new[1, v] += p.extra[v] - part
    left = p.carry_left[v]
    right = p.carry_right[v]
    if accrues:
        left += p.new[0, v]
        right += p.new[1, v]
    else:
        p.flushed[0, v] += p.new[0, v]
        p.flushed[1, v] += p.new[1, v]
    left -= _aged(p, v, 0, p.new[0, v] if accrues else 0)
    right -= _aged(p, v, 1, p.new[1, v] if accrues else 0)
    qp_left = 0
    qp_right = 0
    if p.second.each > 0:
        qp_left = p.second.carry_left[v] + (p.second.new_left[v] if accrues else 0)
        qp_right = p.second.carry_right[v] + (p.second.new_right[v] if accrues else 0)
    weaker_left = left <= right
    flush = p.standing[v] if accrues else 0  # 1 both legs, 2 the weaker one
    if p.standing[v] == -1:
        flush, left, right, qp_left, qp_right = _paid(
            p, v, ranks[v], left, right, qp_left, qp_right, sink
        )
    flush_left = flush == 1 or (flush == 2 and weaker_left)
    flush_right = flush == 1 or (flush == 2 and not weaker_left)
    p.carry_left[v] = _kept(p, v, 0, left, flush_left)
    p.carry_right[v] = _kept(p, v, 1, right, flush_right)
    if p.second.each > 0:
        p.second.carry_left[v] = 0 if flush_left else qp_left
        p.second.carry_right[v] = 0 if flush_right else qp_right


@njit
def _aged(p: Params, v: int, side: int, volume: int) -> int:
    """Date what comes in; returns what was carried for too long already and is gone."""
    if len(p.lots.first) == 0:
        return 0
    take_in(p.lots, v, side, volume)
    stale = expire(p.lots, v, side, p.lots.most_age + 1)
    p.flushed[side, v] += stale
    return stale


@njit
def _paid(
    p: Params, v: int, rank: int, left: int, right: int, qp_left: int, qp_right: int, sink: Sink
) -> tuple[int, int, int, int, int]:
    """Match and pay; what to flush of the rest (see `_settle`), and the rest of each leg."""
    cycles = p.caps.cycles[rank + 1]
    money = p.caps.money[rank + 1]
    first = False
    if len(p.counters.money) > 0:
        c = p.counters
        first = c.cycles[v] == 0
        cycles = min(cycles, p.caps.life_cycles - c.cycles[v])
        cycles = min(cycles, p.caps.period_cycles - (c.cycles[v] - c.old_cycles[v]))
        money = min(money, p.caps.life_money - c.money[v])
        money = min(money, p.caps.period_money - (c.money[v] - c.old_money[v]))
    each = p.second.each
    most = UNLIMITED if each == 0 else max(min(qp_left, qp_right), 0) // each
    t = match(p.matching, rank, left, right, first, most, max(cycles, 0), max(money, 0))
    if t.high != 0 or t.low != 0:
        emit_exact(sink, v, v, 0, 0, 1, t.base, t.rate, t.high, t.low)
    if t.paid_left + t.paid_right > 0:
        p.paid[0, v] += t.paid_left
        p.paid[1, v] += t.paid_right
    if t.lost_left + t.lost_right > 0:
        p.flushed[0, v] += t.lost_left
        p.flushed[1, v] += t.lost_right
    if len(p.counters.money) > 0:
        p.counters.cycles[v] += t.cycles
        p.counters.money[v] += t.high + (1 if t.low > 0 else 0)
    left -= t.paid_left + t.lost_left
    right -= t.paid_right + t.lost_right
    qp_left -= (t.cycles + t.lost_cycles) * each
    qp_right -= (t.cycles + t.lost_cycles) * each
    flush = 0
    if t.cut and p.matching.over_cap == 2:
        flush = 1
    elif t.paid_left + t.paid_right + t.lost_left + t.lost_right > 0:
        flush = p.after_pay
    return flush, left, right, qp_left, qp_right


@njit
def _kept(p: Params, v: int, side: int, volume: int, flush: bool) -> int:
    """What is left of a leg to be carried out: flushed, expired and cut first."""
    kept = 0 if flush else volume
    if len(p.lots.first) > 0:
        use_oldest(p.lots, v, side, held(p.lots, v, side) - kept)
        if p.closing:
            kept -= expire(p.lots, v, side, p.lots.most_age)
        use_oldest(p.lots, v, side, max(kept - p.caps.carry, 0))
    kept = min(kept, p.caps.carry)
    if kept != volume:
        p.flushed[side, v] += volume - kept
    return kept
