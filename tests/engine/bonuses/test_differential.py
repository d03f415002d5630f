"""Brackets of 6 % from 300 and 9 % from 1,000 of group volume, less what each leg's own give."""

import pytest
from tests.engine.test_worked import check, paid

RULE = (
    'kind = "differential"\nby = "ov"\nvolume = "cv"\n'
    'brackets = [{ volume = 300, rate = "6%" }, { volume = 1000, rate = "9%" }]\n'
)
OWN, LEGS = 1, 2


def company(*volumes: float, kit: float = 0) -> str:
    """1 has 2, who has 4, and 3."""
    members = (
        "{ id = 1 }, { id = 2, sponsor = 1 }, { id = 3, sponsor = 1 }, { id = 4, sponsor = 2 }"
    )
    orders = [f"{{ member = {k}, pv = {volume} }}" for k, volume in enumerate(volumes, 1)]
    orders += [f'{{ member = 4, pv = {kit}, type = "starter_kit" }}'] if kit else []
    return f"members = [{members}]\norders = [{', '.join(orders)}]"


def test_a_percentage_of_all_legs_but_the_largest() -> None:
    """2 brings 700 with 4, 3 brings 200, and 1's own does not count: 6 % of 200."""
    rule = RULE.replace('"cv"', '"lesser_legs"').replace('"ov"', '"lesser_legs"')
    rule = rule.replace("volume = 300", "volume = 200")
    check(rule + 'pays = "own"\n', company(500, 600, 200, 100), paid(1, 12), paid(2, 0))
    check(rule + 'pays = "own"\n', company(500, 600, 199, 100), paid(1, 0))


@pytest.mark.parametrize(
    ("volumes", "expected"),
    [
        # 1 has 1,000: 9 % on 500 and on 100, 3 % on the 400 of 2; of which 4 has no bracket
        (
            (500, 300, 100, 100),
            [paid(1, 45, OWN), paid(1, 21, LEGS), paid(2, 18, OWN), paid(2, 6, LEGS)],
        ),
        (
            (499.99, 300, 100, 100),
            [paid(1, 30, OWN), paid(1, 6, LEGS), paid(2, 18, OWN), paid(2, 6, LEGS)],
        ),
        # 2 and 4 are of one bracket
        ((0, 0, 0, 300), [paid(1, 0), paid(2, 0), paid(4, 18, OWN)]),
        ((0, 0, 0, 1000), [paid(1, 0), paid(2, 0), paid(4, 90, OWN)]),
        ((0, 700, 0, 300), [paid(1, 0), paid(2, 63, OWN), paid(2, 9, LEGS), paid(4, 18, OWN)]),
        ((299, 0, 0, 0), [paid(1, 0)]),
    ],
)
def test_each_is_paid_what_is_above_his_legs(
    volumes: tuple[float, ...], expected: list[str]
) -> None:
    check(RULE, company(*volumes), *expected)


def test_own_volume_alone() -> None:
    rule = RULE + 'pays = "own"\n'
    check(rule, company(500, 300, 100, 100), paid(1, 45), paid(2, 18), paid(3, 0), paid(4, 0))


def test_what_is_kept_is_paid_in_full_at_every_height() -> None:
    """1 has 1,200. Of the 400 of 2 it gets 9 %, less the 6 % of 2 on all but the kit of 100 that 4
    bought, and 3 % of the 300 of 3; 2 gets 6 % of the kit."""
    check(
        RULE + 'kept = ["starter_kit"]\n',
        company(500, 300, 300, 0, kit=100),
        paid(1, 45, OWN),
        paid(1, 36 - 18 + 9, LEGS),
        paid(2, 18, OWN),
        paid(2, 6, LEGS),
        paid(3, 18, OWN),
    )


def test_whoever_does_not_qualify_is_not_paid_and_deducted_all_the_same() -> None:
    rule = RULE + "requires = { pv = 400 }\n"
    check(rule, company(500, 300, 100, 100), paid(1, 45, OWN), paid(1, 21, LEGS), paid(2, 0))


def test_customers_have_no_bracket_that_could_be_taken_off() -> None:
    """The customer 9 of 1 buys 600, and 2, whom 9 sponsors, 400: 1 has 1,000. Of what 9 bought 1
    gets his 9 % whole; 2, his first leg, has 6 % of his own, which leave 1 3 % of it."""
    members = '{ id = 1 }, { id = 9, sponsor = 1, type = "preferred" }, { id = 2, sponsor = 9 }'
    orders = "{ member = 9, pv = 600 }, { member = 2, pv = 400 }"
    group = f"members = [{members}]\norders = [{orders}]"
    check(RULE, group, paid(1, 54 + 12, LEGS), paid(2, 24, OWN))
    check(RULE + 'pays = "own"\n', group, paid(1, 0), paid(2, 24, OWN))
