"""Overrides of 4 % on groups of leaders below, worked out from the bottom of a chain up."""

import pytest
from tests.engine.test_worked import CHAIN, check, paid

RULE = 'kind = "breakaway"\nleader = "leader"\n'
GROUP, ADDED, HANDED = 1, 2, 3


def orders(*volumes: float) -> str:
    bought = ", ".join(f"{{ member = {k}, pv = {pv} }}" for k, pv in enumerate(volumes, 1))
    return f"{CHAIN}\norders = [{bought}]"


def test_without_a_floor_each_group_pays_the_next_leader_above() -> None:
    """4 leads nobody: his volume is of the group of 3."""
    rule = RULE + 'rate = "4%"\n'
    four = paid(4, 0)
    check(rule, orders(1000, 20000, 5000, 999), paid(1, 800), paid(2, 239.96), paid(3, 0), four)
    check(rule, orders(1000, 999, 5000, 10000), paid(1, 200), paid(2, 0), paid(3, 400), four)
    check(rule, orders(999, 20000, 999, 10000), paid(1, 0), paid(2, 400), paid(3, 0), four)


@pytest.mark.parametrize(
    ("below", "handed"), [(10000, 200), (5000, 200), (4999.75, 199.99), (2500, 100)]
)
def test_a_leader_makes_up_no_more_than_he_was_paid(below: float, handed: float) -> None:
    """The group of 3 makes 200 of the 400 that 2 is guaranteed; that of 4 pays 3, and is itself
    short of the floor without anything to make up for it."""
    check(
        RULE + 'rate = "4%"\nfloor = 400\n',
        orders(1, 20000, 5000, below),
        paid(3, below / 25, GROUP),
        paid(3, -handed, HANDED),
        paid(2, 200, GROUP),
        paid(2, handed, ADDED),
        paid(4, 0),
    )


def test_a_group_that_makes_the_floor_is_owed_nothing() -> None:
    rule = RULE + 'rate = "4%"\nfloor = 400\n'
    check(rule, orders(1, 20000, 10000, 10000), paid(3, 400, GROUP), paid(2, 400, GROUP))


def test_what_is_made_up_is_made_up_again_above() -> None:
    """2 gets 200 of his 400 from 3, of which he hands 160 on, as his own group makes 240."""
    check(
        RULE + 'rate = "4%"\nfloor = 400\n',
        orders(1000, 6000, 5000, 10000),
        paid(3, 400, GROUP),
        paid(3, -200, HANDED),
        paid(2, 200, GROUP),
        paid(2, 200, ADDED),
        paid(2, -160, HANDED),
        paid(1, 240, GROUP),
        paid(1, 160, ADDED),
    )


def test_a_leader_who_does_not_qualify_hands_all_of_it_on() -> None:
    rule = RULE + 'rate = "4%"\nfloor = 400\nrequires = { pv = 6000 }\n'
    check(
        rule,
        orders(1, 20000, 5000, 10000),
        paid(3, 0),
        paid(2, 200, GROUP),
        paid(2, 400, ADDED),
    )


def test_what_is_missing_is_exact() -> None:
    """3.3333 % of 1,000.01 is 33.333333333, so that 6.666666667 are missing of 40."""
    check(
        RULE + 'rate = "3.3333%"\nfloor = 40\n',
        orders(1, 20000, 1000.01, 10000),
        paid(3, 333.33, GROUP),
        paid(3, -6.67, HANDED),
        paid(2, 33.33, GROUP),
        paid(2, 6.67, ADDED),
    )


def test_what_was_earned_and_what_was_missing_make_the_floor() -> None:
    """Not a part of a cent is lost between them, whichever way a check is rounded."""
    for mode in ("down", "up"):
        check(
            f'{RULE}rate = "3.3333%"\nfloor = 40\n[rounding]\nplace = "check"\nmode = "{mode}"\n',
            orders(1, 20000, 1000.01, 10000),
            "{ member = 2, check = 40 }",
        )


def test_returns_pay_nothing_over() -> None:
    """4 leads, but those below him gave back more than he bought: 3 is paid less than nothing."""
    company = CHAIN[:-1] + ", { id = 5, sponsor = 4 }]\norders = [{ member = 2, pv = 20000 }, "
    company += "{ member = 3, pv = 5000 }, { member = 4, pv = 1000 }, { member = 5, pv = -3500 }]"
    check(
        RULE + 'rate = "4%"\nfloor = 400\n',
        company,
        paid(3, -100, GROUP),
        paid(2, 200, GROUP),
    )
