"""A newcomer at the end of a chain buys: 25 % for the next above, 10 % and then 5 % further up."""

import pytest
from tests.engine.test_worked import check, paid

RULE = """
kind = "fast_start"
months = 3
levels = [{ rate = "25%", cap = 200 }, { rate = ["10%", "10%", "5%"], cap = 80 }]
"""
PERIOD = 405


def company(pv: float, ago: int, type_: str = "distributor") -> str:
    return (
        "members = [{ id = 1 }, { id = 2, sponsor = 1 }, { id = 3, sponsor = 2 }, "
        f'{{ id = 4, sponsor = 3, enrolled = {PERIOD - ago}, type = "{type_}" }}]\n'
        f"orders = [{{ member = 4, pv = {pv} }}, {{ member = 1, pv = 900 }}]"
    )


@pytest.mark.parametrize(
    ("ago", "first", "second"), [(0, 25, 10), (1, 25, 10), (2, 25, 5), (3, 0, 0), (-1, 0, 0)]
)
def test_the_month_of_enrolment_is_the_first_of_three(
    ago: int, first: float, second: float
) -> None:
    expected = paid(3, first), paid(2, second), paid(1, 0), paid(4, 0)
    check(RULE, company(100, ago), *expected)


@pytest.mark.parametrize(
    ("pv", "first", "second"),
    [
        (800, 200, 80),
        (800.04, 200, 80),
        (799.96, 199.99, 80),
        (799, 199.75, 79.9),
        (-100, -25, -10),
    ],
)
def test_a_level_pays_no_more_than_its_cap(pv: float, first: float, second: float) -> None:
    check(RULE, company(pv, 0), paid(3, first, 1), paid(2, second, 2), paid(1, 0))


def test_customers_are_no_newcomers() -> None:
    check(RULE, company(100, 0, "retail"), paid(3, 0), paid(2, 0))


def test_what_an_enroller_does_not_earn_rolls_up_where_the_plan_says_so() -> None:
    asked = "requires = { pv = 900 }\n"
    check(RULE + asked, company(100, 0), paid(3, 0), paid(2, 0), paid(1, 0))
    rolled = f'{asked}compression = "skip_unqualified"\n'
    check(RULE + rolled, company(100, 0), paid(1, 25), paid(2, 0), paid(3, 0))


def test_it_goes_to_enrollers_not_to_sponsors() -> None:
    moved = company(100, 0).replace("sponsor = 3, enrolled", "sponsor = 3, enroller = 1, enrolled")
    check(RULE, moved, paid(1, 25), paid(2, 0), paid(3, 0))
