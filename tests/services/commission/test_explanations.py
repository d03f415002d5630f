"""The sentence behind every line says base, rate, level, compression, caps and rounding."""

from decimal import Decimal

import pytest

from upline.services.commission.explanations import Paid, Rounding, explain

CENTS = Rounding("level", "half_up", 100)
BY_LEVEL = "the lines of a level are added exactly, then rounded half up to 0.01"
ONE = "1 member between was not qualified and passed over"
FOUR = "4 members between were not qualified and passed over"


def paid(
    base: str, rate: str, amount: str, level: int = 1, paid_level: int = 1, bonus: str = "Unilevel"
) -> Paid:
    return Paid(bonus, Decimal(base), Decimal(rate), Decimal(amount), level, paid_level)


@pytest.mark.parametrize(
    ("line", "text"),
    [
        (paid("75.2500", "0.080000", "6.0200"), "Unilevel: 8 % of 75.25 = 6.02 USD, level 1"),
        (
            paid("100", "0.05", "5", level=3, paid_level=2),
            f"Unilevel: 5 % of 100 = 5 USD, paid as level 2 although 3 levels below: {ONE}",
        ),
        (
            paid("100", "0.04", "4", level=7, paid_level=3),
            f"Unilevel: 4 % of 100 = 4 USD, paid as level 3 although 7 levels below: {FOUR}",
        ),
        (
            paid("1000", "0.25", "200", bonus="Fast Start"),
            "Fast Start: 25 % of 1000 is 250, limited by the bonus to 200 USD, level 1",
        ),
        (paid("-20", "0.08", "-1.6"), "Unilevel: 8 % of -20 = -1.6 USD, level 1"),
        (paid("33.33", "0.08", "2.6664"), "Unilevel: 8 % of 33.33 = 2.6664 USD, level 1"),
    ],
)
def test_percentages(line: Paid, text: str) -> None:
    assert explain(line, CENTS, "USD") == f"{text}; {BY_LEVEL}."


def test_fixed_amounts() -> None:
    line = paid("0", "0", "25.0000", bonus="Starter Kit")
    assert explain(line, CENTS, "CAD") == "Starter Kit: a fixed amount of 25 CAD."


@pytest.mark.parametrize(
    ("rounding", "text"),
    [
        (Rounding("line", "down", 10_000), "each line is rounded down to 1"),
        (
            Rounding("bonus", "half_even", 1),
            "the lines of a bonus are added exactly, then rounded half to even to 0.0001",
        ),
        (
            Rounding("check", "ceiling", 100),
            "the lines of a check are added exactly, then rounded to the higher amount to 0.01",
        ),
    ],
)
def test_rounding_rules(rounding: Rounding, text: str) -> None:
    assert rounding.describe() == text


def test_a_line_rounded_to_whole_units_is_not_taken_for_capped() -> None:
    line = paid("99", "0.08", "7")
    assert "limited" not in explain(line, Rounding("line", "down", 10_000), "USD")
