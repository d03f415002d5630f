"""Binary: two legs, paid on what matches; the rest is carried, flushed or capped by the plan.

Three ways to match. percent: a share of the lesser leg. blocks: the highest tier that both legs
reach, once. cycles: pairs of `strong` and `weak` volume, where which leg is the strong one is
decided anew before every cycle. For every leg of every member volume is conserved:
carry-in + new = matched + flushed + carry-out. Source: plan rules, binary.
"""

from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple

import numpy as np

from upline.engine.arithmetic import product
from upline.engine.jit import njit
from upline.engine.lines import Sink, emit_exact
from upline.engine.plan import Step
from upline.engine.scene import Entries, Gate, Members, Scene
from upline.engine.units import I32, I64, LEFT, NO_MINIMUM, RIGHT, Bool

__all__ = ["AfterPay", "Binary", "Method", "OverCap", "Unqualified"]


class Method(IntEnum):
    """How the legs are matched."""

    PERCENT = 0
    BLOCKS = 1
    CYCLES = 2


class AfterPay(IntEnum):
    """What is left in the legs of somebody who was paid."""

    NET_OFF = 0  # both keep what was not matched
    FLUSH_WEAK = 1  # the weaker leg starts again from nothing
    FLUSH = 2  # both do


class OverCap(IntEnum):
    """What becomes of matches beyond a cap."""

    CARRY = 0  # they are not matched: their volume stays
    FORFEIT = 1  # their volume is used up, unpaid
    FLUSH = 2  # both legs start again from nothing


class Unqualified(IntEnum):
    """What becomes of the legs of somebody who may not be paid."""

    KEEP = 0
    FLUSH = 1  # everything, old and new
    FLUSH_WEAK = 2
    KEEP_OLD = 3  # nothing is accrued, the carry stays


class Params(NamedTuple):
    """able: bool[n], to be paid; placed: bool[n], stands in the tree; new_*: int64[n], this period;
    carry_left, carry_right: int64[n], carry-in, replaced by carry-out. rates: int64[ranks + 1];
    pays: int64[ranks + 1], money per cycle; tiers: int64[t, 2], ascending (volume, money).
    Caps: cycles per period, money per period, volume per leg that counts, volume carried per leg;
    all volumes and money 1e-4, a huge number for none."""

    able: Bool
    placed: Bool
    new_left: I64
    new_right: I64
    carry_left: I64
    carry_right: I64
    rates: I64
    pays: I64
    tiers: I64
    method: int
    strong: int
    weak: int
    least: int
    most_leg: int
    most_cycles: int
    most_money: int
    most_carry: int
    after_pay: int
    over_cap: int
    unqualified: int


@dataclass(frozen=True, slots=True)
class Binary:
    """See `Params`. counted: 'pv' or 'cv'; side_*: personally enrolled members of at least
    `side_pv` that must stand in each leg."""

    bonus_id: int
    method: int
    gate: Gate
    rates: I64
    pays: I64
    tiers: I64
    strong: int = 1
    weak: int = 1
    counted: str = "pv"
    least: int = 0
    most_leg: int = 1 << 61
    most_cycles: int = 1 << 61
    most_money: int = 1 << 61
    most_carry: int = 1 << 61
    after_pay: int = AfterPay.NET_OFF
    over_cap: int = OverCap.CARRY
    unqualified: int = Unqualified.KEEP
    side_left: int = 0
    side_right: int = 0
    side_pv: int = NO_MINIMUM

    @property
    def levels(self) -> int:
        return 1

    def prepare(self, scene: Scene) -> Step:
        s = scene.snapshot
        able = scene.passes(self.gate)
        if self.side_left or self.side_right:
            left, right = sides(scene, self.side_pv)
            able &= (left >= self.side_left) & (right >= self.side_right)
        placed = s.binary_position != 0
        placed[s.binary_parent[placed]] = True
        new_left, new_right = scene.legs(self.counted)
        params = Params(
            able=able,
            placed=placed,
            new_left=new_left,
            new_right=new_right,
            carry_left=scene.carry_left,
            carry_right=scene.carry_right,
            rates=self.rates,
            pays=self.pays,
            tiers=self.tiers,
            method=int(self.method),
            strong=self.strong,
            weak=self.weak,
            least=self.least,
            most_leg=self.most_leg,
            most_cycles=self.most_cycles,
            most_money=self.most_money,
            most_carry=self.most_carry,
            after_pay=int(self.after_pay),
            over_cap=int(self.over_cap),
            unqualified=int(self.unqualified),
        )
        return Step(kernel, params, len(able), 1, able)


def sides(scene: Scene, least_pv: int) -> tuple[I32, I32]:
    """Personally enrolled members with enough PV in each binary leg; two int32[n]."""
    s = scene.snapshot
    n = len(s)
    child = np.full((2, n), -1, np.int32)
    for row, side in enumerate((LEFT, RIGHT)):
        there = np.flatnonzero(s.binary_position == side)
        child[row, s.binary_parent[there]] = there
    counts = np.zeros((2, n), np.int32)
    chosen = scene.members.earner & (scene.members.pv >= least_pv) & (s.enroller >= 0)
    _count_sides(chosen, s.enroller, s.binary_pre, s.binary_end, child, counts)
    return counts[0], counts[1]


@njit
def _count_sides(chosen: Bool, enroller: I32, pre: I32, end: I32, child: I32, counts: I32) -> None:
    """counts[side, enroller] += 1 for each chosen member found inside that leg's preorder range."""
    for v in range(len(chosen)):
        if chosen[v]:
            a = enroller[v]
            for side in range(2):
                c = child[side, a]
                if c >= 0 and pre[c] <= pre[v] < end[c]:
                    counts[side, a] += 1


@njit
def _cycles(left: int, right: int, strong: int, weak: int, most: int) -> tuple[int, int, int]:
    """Cycles and the volume they use of each leg; the stronger leg is found before every cycle.

    While one leg leads by several cycles' difference, those cycles are taken at once; when the legs
    are level, two cycles use the same of both, so pairs of them are taken at once too.
    """
    count = 0
    used_left = 0
    used_right = 0
    while count < most:
        high = max(left, right)
        low = min(left, right)
        if high < strong or low < weak:
            break
        times = min(high // strong, low // weak)
        if strong != weak:
            lead = (high - low) // abs(strong - weak) if strong > weak else 0
            times = min(times, max(lead, 1))
        times = min(times, most - count)
        pairs = 0
        if strong != weak and times == 1 and high - low < abs(strong - weak):
            # One leg leads, then the other: jump over all but the last of such pairs.
            pairs = min(low // (strong + weak), (most - count) // 2) - 1
        if pairs > 0:
            count += 2 * pairs
            both = pairs * (strong + weak)
            used_left += both
            used_right += both
            left -= both
            right -= both
        elif left >= right:
            count += times
            used_left += times * strong
            used_right += times * weak
            left -= times * strong
            right -= times * weak
        else:
            count += times
            used_left += times * weak
            used_right += times * strong
            left -= times * weak
            right -= times * strong
    return count, used_left, used_right


@njit
def _match(p: Params, rank: int, left: int, right: int) -> tuple[int, int, int, int, int, int]:
    """(paid units, volume used left and right, money limbs, whether a cap cut something).

    left, right: volume that counts. Units are cycles, or 1 for percent and blocks.
    """
    low = min(left, right)
    if low < p.least or low <= 0:
        return 0, 0, 0, 0, 0, 0
    if p.method == 0:
        high, rest = product(low, p.rates[rank + 1])
        if high < p.most_money:
            return 1, low, low, high, rest, 0
        if p.over_cap == 0 and p.rates[rank + 1] > 0:
            # Only what the capped money stands for is matched, cut to a ten-thousandth.
            low = min(low, p.most_money * 1_000_000 // p.rates[rank + 1])
        return 1, low, low, p.most_money, 0, 1
    if p.method == 1:
        for t in range(len(p.tiers) - 1, -1, -1):
            if low >= p.tiers[t, 0]:
                capped = p.tiers[t, 1] > p.most_money
                money = min(p.tiers[t, 1], p.most_money)
                return 1, p.tiers[t, 0], p.tiers[t, 0], money, 0, 1 if capped else 0
        return 0, 0, 0, 0, 0, 0
    pay = p.pays[rank + 1]
    allowed = min(p.most_cycles, p.most_money // pay) if pay > 0 else p.most_cycles
    count, used_left, used_right = _cycles(left, right, p.strong, p.weak, 1 << 61)
    cut = 1 if count > allowed else 0
    if cut == 1:
        if p.over_cap == 0:
            count, used_left, used_right = _cycles(left, right, p.strong, p.weak, allowed)
        count = allowed
    return count, used_left, used_right, count * pay, 0, cut


@njit
def kernel(p: Params, m: Members, e: Entries, sink: Sink, start: int) -> int:
    """One line per paid member from member `start` on; base is what was matched of the lesser leg.

    Carry-in is replaced by carry-out as members are settled.
    """
    room = len(sink.lines) - 1
    for v in range(start, len(p.able)):
        if sink.used[0] > room:
            return v
        left = p.carry_left[v] + p.new_left[v]
        right = p.carry_right[v] + p.new_right[v]
        if not p.placed[v] and left == 0 and right == 0:
            continue
        if p.able[v]:
            counted_left = min(left, p.most_leg)
            counted_right = min(right, p.most_leg)
            units, used_left, used_right, high, low, cut = _match(
                p, m.rank[v], counted_left, counted_right
            )
            if units > 0:
                if high != 0 or low != 0:
                    base = min(used_left, used_right)
                    rate = p.rates[m.rank[v] + 1] if p.method == 0 else 0
                    emit_exact(sink, v, v, 0, 0, 1, base, rate, high, low)
                weaker_left = left <= right
                left -= used_left
                right -= used_right
                if p.after_pay == 2 or (cut == 1 and p.over_cap == 2):
                    left = 0
                    right = 0
                elif p.after_pay == 1:
                    left = 0 if weaker_left else left
                    right = right if weaker_left else 0
        elif p.unqualified == 1:
            left = 0
            right = 0
        elif p.unqualified == 2:
            if left <= right:
                left = 0
            else:
                right = 0
        elif p.unqualified == 3:
            left = p.carry_left[v]
            right = p.carry_right[v]
        p.carry_left[v] = min(left, p.most_carry)
        p.carry_right[v] = min(right, p.most_carry)
    return len(p.able)
