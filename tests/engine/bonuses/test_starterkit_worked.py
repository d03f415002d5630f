"""Amounts for kits that a newcomer at the end of a chain buys, to the two who stand above."""

import pytest
from tests.engine.test_worked import check, paid

TWO = 'kind = "starter_kit"\nkits = { premium_kit = [25, 10], starter_kit = [5, 2] }\nmonths = 2\n'
PERIOD = 405


def company(*kits: tuple[float, str], ago: int = 0, type_: str = "distributor") -> str:
    orders = [f'{{ member = 4, pv = {pv}, type = "{kind}" }}' for pv, kind in kits]
    return (
        "members = [{ id = 1 }, { id = 2, sponsor = 1 }, { id = 3, sponsor = 2 }, "
        f'{{ id = 4, sponsor = 3, enrolled = {PERIOD - ago}, type = "{type_}" }}]\n'
        f"orders = [{', '.join(orders)}, {{ member = 2, pv = 50 }}]"
    )


PREMIUM, STARTER, OTHER = (100, "premium_kit"), (60, "starter_kit"), (30, "standard")
RETURNED = (-100, "premium_kit")


@pytest.mark.parametrize(
    ("kits", "first", "second"),
    [
        ((PREMIUM,), 25, 10),
        ((STARTER, OTHER), 5, 2),
        ((OTHER,), 0, 0),
        # each kind once, however many of it
        ((PREMIUM, STARTER), 30, 12),
        ((PREMIUM, PREMIUM), 25, 10),
        # as long as more were bought than given back
        ((PREMIUM, RETURNED), 0, 0),
        ((RETURNED, PREMIUM, PREMIUM), 25, 10),
        ((RETURNED,), 0, 0),
        ((PREMIUM, RETURNED, STARTER), 5, 2),
    ],
)
def test_each_kind_of_kit_pays_once(
    kits: tuple[tuple[float, str], ...], first: float, second: float
) -> None:
    check(TWO, company(*kits), paid(3, first), paid(2, second), paid(1, 0), paid(4, 0))


@pytest.mark.parametrize(("ago", "first"), [(-1, 0), (0, 25), (1, 25), (2, 0)])
def test_only_newcomers_count(ago: int, first: float) -> None:
    check(TWO, company(PREMIUM, ago=ago), paid(3, first))


def test_customers_are_no_newcomers() -> None:
    check(TWO, company(PREMIUM, type_="retail"), paid(3, 0), paid(2, 0))


def test_who_does_not_qualify_keeps_the_level_or_makes_room() -> None:
    asked = TWO + "requires = { pv = 50 }\n"
    check(f'{asked}compression = "none"\n', company(PREMIUM), paid(3, 0), paid(2, 10))
    check(f'{asked}compression = "skip_unqualified"\n', company(PREMIUM), paid(3, 0), paid(2, 25))
