"""Amounts for kits that a newcomer at the end of a chain buys, to the two who stand above."""

from dataclasses import replace
from fractions import Fraction

import pytest
from tests.engine.agreement import items_of, plan_of
from tests.engine.company import snapshot_of
from tests.engine.extras import extras_of
from tests.engine.test_worked import check, paid

from upline.engine import run
from upline.engine.memory import MemoryColumns

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
        ((PREMIUM, (-0.0001, "premium_kit")), 0, 0),
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


MEMBERS = [{"customer_id": 1}, {"customer_id": 2, "sponsor_id": 1, "enrolled_period": 405}]
MONTHS = """
[plan]
key = "p"
name = "P"

[[bonuses]]
kind = "starter_kit"
id = 1
code = "kit"
name = "Kit"
amount = 25
months = 3
"""
PREMIUM_KIT = 4


@pytest.mark.parametrize(
    ("bought", "amounts"),
    [
        ([1, 0, 0, 0], [25, 0, 0, 0]),
        ([1, 1, 1, 0], [25, 0, 0, 0]),
        ([0, 1, 1, 0], [0, 25, 0, 0]),
        ([0, 0, 2, 0], [0, 0, 25, 0]),
        ([0, 0, 0, 1], [0, 0, 0, 0]),
    ],
)
def test_once_in_the_window(bought: list[int], amounts: list[int]) -> None:
    plan, memories, found = plan_of(MONTHS), MemoryColumns(), []
    for later, count in enumerate(bought):
        orders = [
            {"order_id": k, "customer_id": 2, "pv": 100, "order_type": PREMIUM_KIT}
            for k in range(count)
        ]
        extras = replace(extras_of(plan, MEMBERS, orders), memories=memories)
        snapshot = snapshot_of(MEMBERS, orders, 405 + later, extras=extras)
        result = run(plan, snapshot)
        found.append(items_of(snapshot, result).get((1, 1, 1, 1), Fraction(0)))
        kept = result.memories
        memories = MemoryColumns(snapshot.customer_id[kept.member], *kept[1:])
    assert found == amounts
