"""Exact products and roundings against Decimal and Fraction."""

import decimal
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upline.engine.arithmetic import Mode, Place, product, quotient, round_exact, rounded

NAMES = {
    Mode.HALF_UP: decimal.ROUND_HALF_UP,
    Mode.HALF_EVEN: decimal.ROUND_HALF_EVEN,
    Mode.HALF_DOWN: decimal.ROUND_HALF_DOWN,
    Mode.DOWN: decimal.ROUND_DOWN,
    Mode.UP: decimal.ROUND_UP,
    Mode.FLOOR: decimal.ROUND_FLOOR,
    Mode.CEILING: decimal.ROUND_CEILING,
}
decimal.getcontext().prec = 60
values = st.integers(-(10**15), 10**15)


def test_kernels_know_modes_and_places_by_number() -> None:
    modes = "HALF_UP", "HALF_EVEN", "HALF_DOWN", "DOWN", "UP", "FLOOR", "CEILING"
    assert {mode.name: mode.value for mode in Mode} == {name: k for k, name in enumerate(modes)}
    places = "LINE", "LEVEL", "BONUS", "CHECK"
    assert {place.name: place.value for place in Place} == {
        name: k for k, name in enumerate(places)
    }


@given(values, st.integers(0, 3_000_000))
def test_product_is_exact(base: int, rate: int) -> None:
    high, low = product(base, rate)
    assert 0 <= low < 10**6
    assert Fraction(high) + Fraction(low, 10**6) == Fraction(base * rate, 10**6)


def test_product_beyond_64_bits_of_intermediate() -> None:
    high, low = product(9_000_000_000_000_000_000, 999_999)
    assert high * 10**6 + low == 9_000_000_000_000_000_000 * 999_999


@pytest.mark.parametrize("mode", list(Mode))
@given(values, st.integers(-3 * 10**6, 3 * 10**6), st.sampled_from([1, 10, 100, 1000, 10_000]))
def test_round_exact_is_decimal(mode: Mode, high: int, low: int, unit: int) -> None:
    exact = Decimal(high) + Decimal(low) / 10**6
    expected = (exact / unit).quantize(Decimal(1), NAMES[mode]) * unit
    assert round_exact(high, low, unit, mode) == int(expected)


@pytest.mark.parametrize("mode", list(Mode))
@pytest.mark.parametrize("high", [-250, -150, -50, 50, 150, 250])
def test_ties(mode: Mode, high: int) -> None:
    expected = int((Decimal(high) / 100).quantize(Decimal(1), NAMES[mode])) * 100
    assert round_exact(high, 0, 100, mode) == expected


@pytest.mark.parametrize("mode", list(Mode))
@given(values, st.integers(1, 10**6))
def test_rounded_is_decimal(mode: Mode, numerator: int, denominator: int) -> None:
    q, r = divmod(numerator, denominator)
    exact = Decimal(q) + Decimal(r) / Decimal(denominator)
    tie = 2 * r == denominator
    expected = exact.quantize(Decimal(1), NAMES[mode])
    if not tie or r * 2 == denominator:
        assert rounded(numerator, denominator, mode) == int(expected)


@given(values, st.integers(0, 10**6 - 1), st.integers(0, 10**17), st.integers(1, 4 * 10**17))
def test_quotient_is_exact_to_its_last_digit(
    value: int, part: int, numerator: int, denominator: int
) -> None:
    numerator = min(numerator, denominator)
    high, low = quotient(value, numerator, denominator, part)
    exact = Fraction((value * 10**6 + part) * numerator, 10**6 * denominator)
    assert 0 <= low < 10**6
    assert abs(Fraction(high) + Fraction(low, 10**6) - exact) < Fraction(1, 10**6)
