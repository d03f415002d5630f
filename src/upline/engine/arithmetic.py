"""Exact products and the one rounding function; integers only, nothing ever passes through float.

An exact amount is two limbs: `high` in ten-thousandths and `low` in 1e-10 with 0 <= low < 1e6, so
that value = high + low / 1e6. Volume times rate always fits, because the product is never formed.
"""

from enum import IntEnum

from upline.engine.jit import njit

__all__ = ["Mode", "Place", "product", "quotient", "round_exact", "rounded"]

_RATE = 1_000_000


class Mode(IntEnum):
    """How a remainder is rounded; ties and directions are those of the usual decimal modes."""

    HALF_UP = 0  # ties away from zero
    HALF_EVEN = 1
    HALF_DOWN = 2  # ties toward zero
    DOWN = 3  # toward zero
    UP = 4  # away from zero
    FLOOR = 5
    CEILING = 6


class Place(IntEnum):
    """Where money is rounded; anything finer stays exact until there."""

    LINE = 0
    LEVEL = 1
    BONUS = 2
    CHECK = 3


@njit
def product(base: int, rate: int) -> tuple[int, int]:
    """base (1e-4) times rate (1e-6) as exact limbs."""
    whole = base // _RATE
    part = (base - whole * _RATE) * rate
    carry = part // _RATE
    return whole * rate + carry, part - carry * _RATE


@njit
def _goes_up(floor: int, over_half: int, negative: bool, mode: int) -> bool:
    """Whether a value between floor and floor + 1 becomes floor + 1; the modes are `Mode`."""
    if mode <= 2:
        if over_half != 0:
            return over_half > 0
        if mode == 1:
            return floor % 2 != 0
        return negative == (mode == 2)
    if mode <= 4:
        return negative == (mode == 3)
    return mode == 6


@njit
def round_exact(high: int, low: int, unit: int, mode: int) -> int:
    """Round an exact amount to a multiple of `unit` ten-thousandths (100 = cents); low may be any
    number, as sums and differences of limbs give it."""
    high += low // _RATE
    low -= (low // _RATE) * _RATE
    floor = high // unit
    rest = (high - floor * unit) * _RATE + low
    if rest == 0:
        return floor * unit
    return (
        (floor + 1) * unit
        if _goes_up(floor, 2 * rest - unit * _RATE, high < 0, mode)
        else floor * unit
    )


@njit
def rounded(numerator: int, denominator: int, mode: int) -> int:
    """numerator / denominator (> 0) rounded to a whole number."""
    floor = numerator // denominator
    rest = numerator - floor * denominator
    if rest == 0:
        return floor
    return floor + 1 if _goes_up(floor, 2 * rest - denominator, numerator < 0, mode) else floor


@njit
def quotient(value: int, numerator: int, denominator: int, part: int = 0) -> tuple[int, int]:
    """(value + part / 1e6) * numerator / denominator as limbs, cut at 1e-10; 0 <= part < 1e6 and
    0 <= numerator <= denominator.

    For shares of a pool. Long division digit by digit: no product exceeds 64 bits as long as
    denominator < 4e17.
    """
    high = 0
    rest = 0
    negative = value < 0
    left = -value if negative else value
    if negative and part > 0:
        left -= 1
        part = 1_000_000 - part
    # left * numerator, most significant bit of left first, dividing as we go
    for bit in range(62, -1, -1):
        high *= 2
        rest *= 2
        if (left >> bit) & 1:
            rest += numerator
        while rest >= denominator:
            rest -= denominator
            high += 1
    low = 0
    unit = 100_000
    for _ in range(6):
        rest = rest * 10 + part // unit % 10 * numerator
        unit //= 10
        digit = rest // denominator
        rest -= digit * denominator
        low = low * 10 + digit  # a digit may be 10 or more: it is carried on
    high += low // 1_000_000
    low -= low // 1_000_000 * 1_000_000
    if negative:
        return (-high, 0) if low == 0 else (-high - 1, 1_000_000 - low)
    return high, low
