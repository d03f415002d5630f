"""Caps on two bonuses of 10 % and 20 % on own volume, wherever the plan rounds."""

from fractions import Fraction

import pytest
from tests.engine.agreement import items_of, plan_of
from tests.engine.company import snapshot_of
from tests.engine.test_worked import BONUS, HEAD, MATRIX, check, paid

from upline.engine import run
from upline.engine.limits import settlements

OWN = 'kind = "differential"\npays = "own"\nbrackets = [{{ volume = 0, rate = "{}" }}]\n'
SECOND = BONUS.replace("id = 1", "id = 2").replace('"x"', '"y"')
BOTH = OWN.format("10%") + SECOND + OWN.format("20%")
LIMIT = '[[limits]]\nbonuses = ["x", "y"]\n'
TWO = (
    "members = [{ id = 1 }, { id = 2, sponsor = 1 }]\n"
    "orders = [{ member = 1, pv = 100 }, { member = 2, pv = 300 }]"
)
PLACES = ["line", "level", "bonus", "check"]


def other(member: int, amount: float) -> str:
    return f'{{ member = {member}, bonus = "y", amount = {amount} }}'


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(
    ("limit", "x", "y"),
    [
        # of the volume of 400: 10 + 30 + 20 + 60 is 30 %
        ('most_of_volume = "12%"', (4, 12), (8, 24)),
        ('most_of_volume = "30%"', (10, 30), (20, 60)),
        ('most_of_volume = "29%"', (9.67, 29), (19.33, 58)),
        ("most_of_volume = 0", (0, 0), (0, 0)),
        ("most_per_member = 30", (10, 10), (20, 20)),
        ("most_per_member = 90", (10, 30), (20, 60)),
        ("most_per_member = 10", (3.33, 3.33), (6.67, 6.67)),
        ("most_per_member = { member = 15 }", (5, 5), (10, 10)),
        ("only_greatest = true", (0, 0), (20, 60)),
        ('only_greatest = true\nmost_per_member = 30\nmost_of_volume = "10%"', (0, 0), (10, 30)),
    ],
)
def test_bonuses_are_cut_alike(
    place: str, limit: str, x: tuple[float, float], y: tuple[float, float]
) -> None:
    rounding = f'[rounding]\nplace = "{place}"\n'
    check(
        BOTH + LIMIT + limit + "\n" + rounding,
        TWO,
        *(paid(member, amount) for member, amount in enumerate(x, 1)),
        *(other(member, amount) for member, amount in enumerate(y, 1)),
    )


def test_less_than_a_ten_thousandth_more_than_a_share_is_not_more() -> None:
    """10.00005 and 20.0001 on 100.0005: 30.00015 in all, and 30 % of it count as 30.0001. Cut, the
    first would be less than a half and lose its last figure."""
    check(
        BOTH + LIMIT + 'most_of_volume = "30%"\n[rounding]\nplace = "level"\ndecimals = 4\n',
        "members = [{ id = 1 }]\norders = [{ member = 1, pv = 100.0005 }]",
        paid(1, 10.0001),
        other(1, 20.0001),
    )


def test_what_sums_to_nothing_still_does_when_it_is_cut() -> None:
    """2 is paid 1 and 2 and returns 3: whatever is left of each, it comes to nothing, though every
    part of a cent would be rounded up."""
    check(
        'kind = "unilevel"\nrates = ["1%", "2%", "3%"]\nmost_of_volume = "0.5%"\n'
        '[rounding]\nplace = "bonus"\nmode = "up"\n',
        "members = [{ id = 1 }, { id = 2 }, { id = 3, sponsor = 2 }, { id = 4, sponsor = 3 }, "
        "{ id = 5, sponsor = 4 }, { id = 6, sponsor = 1 }]\norders = [{ member = 3, pv = 100 }, "
        "{ member = 4, pv = 100 }, { member = 5, pv = -100 }, { member = 6, pv = 1003 }]",
        "{ member = 2, check = 0 }",
    )


def test_what_is_cut_stays_exact_to_its_last_figure() -> None:
    """Of 10 and 20 on 100 two thirds are left: 6.6666… and 13.3333…"""
    check(
        BOTH + LIMIT + 'most_of_volume = "20%"\n[rounding]\nplace = "level"\ndecimals = 4\n',
        "members = [{ id = 1 }]\norders = [{ member = 1, pv = 100 }]",
        paid(1, 6.6667),
        other(1, 13.3333),
    )


def test_a_share_of_thousands_of_millions_is_cut_like_any_other() -> None:
    """As money of some countries runs: 3,000 and 6,000 millions, of which two thirds are left."""
    check(
        BOTH + LIMIT + 'most_of_volume = "20%"\n',
        "members = [{ id = 1 }]\norders = [{ member = 1, pv = 30000000000 }]",
        paid(1, 2_000_000_000),
        other(1, 4_000_000_000),
    )


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("kind", ["member", "owner"])
def test_rounding_never_makes_it_more_than_a_cap(kind: str, place: str) -> None:
    """Twice 10.005 on 100.05 is 20.01, and once both are rounded 20.02: of a cap of so much nothing
    is cut, of one of 20.01 the second has a cent less."""
    rule = OWN.format("10%") + SECOND + OWN.format("10%") + LIMIT
    rounding = f'\n[rounding]\nplace = "{place}"\n'
    company = "members = [{ id = 1 }]\norders = [{ member = 1, pv = 100.05 }]"
    whole = 10.0 if place == "check" else 10.01  # which rounds the sum of both anyway
    for most, second in [(20.02, whole), (20.01, 10.0)]:
        cap = f"most_per_{kind} = {most}{rounding}"
        check(rule + cap, company, paid(1, 10.01), other(1, second))


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("limit", ["most_per_member = 10", 'most_of_volume = "5%"'])
def test_lines_come_to_what_is_paid(place: str, limit: str) -> None:
    """A cent apart at most, where each line is cut by itself; nothing apart where it is rounded."""
    unilevel = 'kind = "unilevel"\nrates = ["10%", "7%"]\n'
    rules = f'[[limits]]\nbonuses = ["x"]\n{limit}\n[rounding]\nplace = "{place}"\n'
    plan = plan_of(HEAD + BONUS + unilevel + rules)
    members = [{"customer_id": k, "sponsor_id": k // 2} for k in range(1, 8)]
    orders = [{"order_id": k, "customer_id": k, "pv": f"{k}33.33"} for k in range(2, 8)]
    snapshot = snapshot_of(members, orders)
    result = run(plan, snapshot)
    lines, items, apart = result.lines, items_of(snapshot, result), 0 if place == "line" else 100
    for (customer, _, _, level), amount in items.items():
        mine = snapshot.customer_id[lines.payee] == customer
        told = int(lines.amount[mine & (lines.paid_level == level)].sum())
        assert abs(told - amount * 10_000) <= apart
    paid_to = {
        member: sum(amount for (customer, *_), amount in items.items() if customer == member)
        for member in (1, 2, 3)
    }
    if "member" in limit:
        assert paid_to == {1: 10, 2: 10, 3: 10}
    else:  # 2,899.98 was bought
        assert abs(sum(paid_to.values()) - 145) <= Fraction("0.03")


def test_of_equal_ones_the_first_is_paid() -> None:
    rule = OWN.format("10%") + SECOND + OWN.format("10%") + LIMIT + "only_greatest = true\n"
    check(rule, TWO, paid(1, 10), paid(2, 30), other(1, 0), other(2, 0))


def test_each_member_is_paid_the_greatest_of_his_own() -> None:
    """One pays 10 % of own volume, the other 20 for a member below: whoever has more of which."""
    matrix = 'kind = "unilevel"\namounts = [20]\ntree = "two"\n'
    rule = OWN.format("10%") + SECOND + matrix + MATRIX + LIMIT + "only_greatest = true\n"
    company = (
        "members = [{ id = 1 }, { id = 2, sponsor = 1 }, { id = 3, sponsor = 2 }]\n"
        "orders = [{ member = 1, pv = 150 }, { member = 2, pv = 201 }, { member = 3, pv = 5 }]"
    )
    check(rule, company, paid(1, 0), other(1, 20), paid(2, 20.1), other(2, 0), paid(3, 0.5))


def test_bonuses_wait_for_those_they_are_capped_with() -> None:
    assert settlements("abcd", []) == [0, 1, 2, 3]
    assert settlements("abcd", [("a", "c")]) == [2, 1, 2, 3]
    assert settlements("abcd", [("a", "c"), ("b", "a")]) == [2, 2, 2, 3]
    assert settlements("abcd", [("c", "d"), ("a", "c"), ("b",)]) == [3, 1, 3, 3]
    assert settlements("abcd", [("a", "unknown"), ("unknown",)]) == [0, 1, 2, 3]
