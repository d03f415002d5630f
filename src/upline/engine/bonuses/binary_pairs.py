"""How two legs are matched, by a share of the lesser one, by block, by cycles or in steps; and what
a cap cuts off.

Everything here is of one member in one settlement: volumes that count in, a `Match` out.
"""

from enum import IntEnum
from typing import NamedTuple

from upline.engine.arithmetic import product, quotient
from upline.engine.bonuses.binary_steps import climbed
from upline.engine.jit import njit
from upline.engine.units import I64

__all__ = ["UNLIMITED", "Match", "Matching", "Method", "OverCap", "match"]

UNLIMITED = 1 << 61


class Method(IntEnum):
    """How the legs are matched."""

    PERCENT = 0
    BLOCKS = 1
    CYCLES = 2
    STEPS = 3


class OverCap(IntEnum):
    """What becomes of matches beyond a cap."""

    CARRY = 0  # they are not matched: their volume stays
    FORFEIT = 1  # their volume is used up, unpaid
    FLUSH = 2  # both legs start again from nothing


# Kernels know plain numbers only.
PERCENT, BLOCKS, STEPS = int(Method.PERCENT), int(Method.BLOCKS), int(Method.STEPS)
CARRY, FORFEIT = int(OverCap.CARRY), int(OverCap.FORFEIT)


class Matching(NamedTuple):
    """The rules of a plan; volumes and money 1e-4, rates 1e-6.

    rates, pays: int64[rows], by rank position + 1 or by bracket, pays per cycle; tiers: int64[t,
    2], (volume, money), ascending or, of steps, one after the other. least: of the lesser leg;
    most_leg: what a leg counts for. balance: a percentage is paid on matched * weaker / stronger.
    ratio: once the stronger leg has so many times the weaker, the uneven_* apply instead (0 =
    never). first_*: the first cycle that a member ever makes (0 = like any other). decided_once:
    the strong leg of a settlement is that of its first cycle. over_cap: see `OverCap`.
    """

    method: int
    rates: I64
    pays: I64
    tiers: I64
    strong: int
    weak: int
    least: int
    most_leg: int
    balance: bool
    ratio: int
    uneven_rate: int
    uneven_strong: int
    uneven_weak: int
    uneven_pays: I64
    first_strong: int
    first_weak: int
    first_pays: I64
    decided_once: bool
    over_cap: int


class Match(NamedTuple):
    """Volume that was paid for and volume that was used up unpaid, of each leg; how many cycles
    were paid (1 for a percentage or block) and how many used up unpaid; what the money was paid on,
    its rate (0 for amounts), its limbs; and whether a cap cut something."""

    paid_left: int
    paid_right: int
    lost_left: int
    lost_right: int
    cycles: int
    lost_cycles: int
    base: int
    rate: int
    high: int
    low: int
    cut: bool


@njit
def match(
    r: Matching, row: int, left: int, right: int, done: int, most: int, cycles: int, money: int
) -> Match:
    """Match two legs of at least `r.least`, above zero. row: of rates and pays; done: cycles that
    were ever paid; most: cycles that other volume allows; cycles, money: what caps allow."""
    left = min(left, r.most_leg)
    right = min(right, r.most_leg)
    if r.method == PERCENT:
        return _share(r, row, left, right, money)
    if r.method == BLOCKS:
        return _block(r, min(left, right), money)
    if r.method == STEPS:
        return _steps(r, min(left, right), done, cycles, money)
    return _pairs(r, row, left, right, done == 0, most, cycles, money)


@njit
def _share(r: Matching, row: int, left: int, right: int, money: int) -> Match:
    """A percentage of the lesser leg."""
    low = min(left, right)
    high = max(left, right)
    rate = r.rates[row]
    times = 1
    if r.ratio > 0 and high >= r.ratio * low:
        rate = r.uneven_rate
        times = r.ratio
    base = low
    if r.balance:
        base, _ = quotient(low, low, high)
    whole, part = product(base, rate)
    cut = whole > money or (whole == money and part > 0)
    paid = low
    if cut:
        # Only what the capped money stands for is paid, cut to a ten-thousandth.
        full = base
        base = min(full, money // rate * 1_000_000 + money % rate * 1_000_000 // rate)
        paid, _ = quotient(low, base, full)
        whole = money
        part = 0
    lost = low - paid if cut and r.over_cap == FORFEIT else 0
    strong = paid * times
    lost_strong = lost * times
    units = 1 if paid > 0 else 0
    if left >= right:
        return Match(strong, paid, lost_strong, lost, units, 0, base, rate, whole, part, cut)
    return Match(paid, strong, lost, lost_strong, units, 0, base, rate, whole, part, cut)


@njit
def _block(r: Matching, low: int, money: int) -> Match:
    """The highest tier that both legs reach, and whose amount the caps allow if they hold back."""
    cut = False
    for t in range(len(r.tiers) - 1, -1, -1):
        volume = r.tiers[t, 0]
        amount = r.tiers[t, 1]
        if low < volume:
            continue
        if amount <= money:
            return Match(volume, volume, 0, 0, 1, 0, volume, 0, amount, 0, cut)
        cut = True
        if r.over_cap != CARRY:
            if money > 0:
                return Match(volume, volume, 0, 0, 1, 0, volume, 0, money, 0, True)
            lost = volume if r.over_cap == FORFEIT else 0
            return Match(0, 0, lost, lost, 0, 0, 0, 0, 0, 0, True)
    return Match(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, cut)


@njit
def _steps(r: Matching, low: int, done: int, cycles: int, money: int) -> Match:
    """Steps, from the next one on."""
    forfeits = r.over_cap == FORFEIT
    paid, used, amount, lost, volume, cut = climbed(r.tiers, low, done, cycles, money, forfeits)
    return Match(used, used, volume, volume, paid, lost, used, 0, amount, 0, cut)


@njit
def _pairs(
    r: Matching, row: int, left: int, right: int, first: bool, most: int, cycles: int, money: int
) -> Match:
    """Cycles; the first one ever may be of another size and money."""
    one = 0
    first_left = 0
    first_right = 0
    first_pay = 0
    if first and r.first_strong > 0:
        one = 1
        first_pay = r.first_pays[row]
        first_left = r.first_strong if left >= right else r.first_weak
        first_right = r.first_weak if left >= right else r.first_strong
        left -= first_left
        right -= first_right
    if left < 0 or right < 0 or most < one:
        return Match(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, False)
    strong = r.strong
    weak = r.weak
    pay = r.pays[row]
    if r.ratio > 0 and max(left, right) >= r.ratio * min(left, right):
        strong = r.uneven_strong
        weak = r.uneven_weak
        pay = r.uneven_pays[row]
    count, used_left, used_right = _cycles(r, left, right, strong, weak, most - one)
    allowed = min(cycles, _affordable(money, one, first_pay, pay))
    if count + one <= allowed:
        paid_left = first_left + used_left
        paid_right = first_right + used_right
        amount = first_pay + count * pay
        base = min(paid_left, paid_right)
        return Match(paid_left, paid_right, 0, 0, count + one, 0, base, 0, amount, 0, False)
    used_left += first_left
    used_right += first_right
    paid_left = 0
    paid_right = 0
    amount = 0
    if allowed > 0:
        _, paid_left, paid_right = _cycles(r, left, right, strong, weak, allowed - one)
        paid_left += first_left
        paid_right += first_right
        amount = first_pay + (allowed - one) * pay
    base = min(paid_left, paid_right)
    if r.over_cap != FORFEIT:
        return Match(paid_left, paid_right, 0, 0, allowed, 0, base, 0, amount, 0, True)
    lost_left = used_left - paid_left
    lost_right = used_right - paid_right
    lost = count + one - allowed
    return Match(
        paid_left, paid_right, lost_left, lost_right, allowed, lost, base, 0, amount, 0, True
    )


@njit
def _affordable(money: int, one: int, first_pay: int, pay: int) -> int:
    """How many cycles an amount of money pays for, the first one by itself."""
    if one == 1:
        if first_pay > money:
            return 0
        money -= first_pay
    return one + money // pay if pay > 0 else UNLIMITED


@njit
def _cycles(
    r: Matching, left: int, right: int, strong: int, weak: int, most: int
) -> tuple[int, int, int]:
    """Cycles and the volume they use of each leg; the stronger leg is found before every cycle.

    While one leg leads by several cycles' difference, those cycles are taken at once; when the legs
    are level, two cycles use the same of both, so pairs of them are taken at once too.
    """
    if r.decided_once:
        times = max(min(max(left, right) // strong, min(left, right) // weak, most), 0)
        if left >= right:
            return times, times * strong, times * weak
        return times, times * weak, times * strong
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
