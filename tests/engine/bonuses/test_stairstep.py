"""Steps of 6 % for leaders and 10 % for chiefs, on what one member of a chain buys for 100."""

import pytest
from tests.engine.test_worked import check, paid

RULE = 'kind = "stairstep"\nrates = { leader = "6%", chief = "10%" }\nvolume = "cv"\n'
PV = {"m": 0, "l": 1000, "c": 5000}
OWN, DIFFERENCE, EQUAL = 1, 2, 3
Paid = dict[int, tuple[float, int]]  # amount and level by member


def settle(more: str, ranks: str, expected: Paid) -> None:
    """ranks: of a chain from 1 down, a letter each; the last one buys."""
    members = ", ".join(
        f"{{ id = {k}{f', sponsor = {k - 1}' if k > 1 else ''} }}" for k in range(1, len(ranks) + 1)
    )
    orders = [f"{{ member = {k}, pv = {PV[rank]}, cv = 0 }}" for k, rank in enumerate(ranks, 1)]
    orders.append(f"{{ member = {len(ranks)}, pv = 0, cv = 100 }}")
    everybody = [
        paid(k, *expected[k]) if k in expected else paid(k, 0) for k in range(1, len(ranks) + 1)
    ]
    check(RULE + more, f"members = [{members}]\norders = [{', '.join(orders)}]", *everybody)


@pytest.mark.parametrize(
    ("ranks", "expected"),
    [
        ("cllm", {3: (6, DIFFERENCE), 1: (4, DIFFERENCE)}),
        ("lclm", {3: (6, DIFFERENCE), 2: (4, DIFFERENCE)}),
        ("clcm", {3: (10, DIFFERENCE)}),
        ("mlmm", {2: (6, DIFFERENCE)}),
        ("mmmc", {}),
    ],
)
def test_each_is_paid_what_is_above_the_highest_below(ranks: str, expected: Paid) -> None:
    settle("", ranks, expected)


@pytest.mark.parametrize(
    ("ranks", "expected"),
    [
        ("llllm", {4: (6, DIFFERENCE), 3: (1, EQUAL), 2: (0.5, EQUAL)}),
        ("clllm", {4: (6, DIFFERENCE), 3: (1, EQUAL), 2: (0.5, EQUAL), 1: (4, DIFFERENCE)}),
        ("ccllm", {4: (6, DIFFERENCE), 3: (1, EQUAL), 2: (4, DIFFERENCE), 1: (1, EQUAL)}),
        ("clmlm", {4: (6, DIFFERENCE), 2: (1, EQUAL), 1: (4, DIFFERENCE)}),
        ("lclm", {3: (6, DIFFERENCE), 2: (4, DIFFERENCE)}),
    ],
)
def test_equals_are_counted_anew_from_each_step(ranks: str, expected: Paid) -> None:
    settle('same_rank = ["1%", "0.5%"]\n', ranks, expected)


def test_an_equal_who_is_given_nothing_is_counted() -> None:
    expected = {4: (6, DIFFERENCE), 2: (0.5, EQUAL)}
    settle('same_rank = [0, "0.5%"]\n', "llllm", expected)


@pytest.mark.parametrize(
    ("own", "expected"),
    [
        ("paid", {3: (6, OWN), 1: (4, DIFFERENCE)}),
        ("kept", {1: (4, DIFFERENCE)}),
        ("ignored", {2: (6, DIFFERENCE), 1: (4, DIFFERENCE)}),
    ],
)
def test_the_rate_on_own_volume(own: str, expected: Paid) -> None:
    settle(f'own = "{own}"\n', "cll", expected)


def test_who_has_no_rate_is_paid_nothing_on_own_volume() -> None:
    settle('own = "paid"\n', "cm", {1: (10, DIFFERENCE)})


def test_a_difference_is_never_less_than_the_minimum() -> None:
    settle('minimum = "5%"\n', "clm", {2: (6, DIFFERENCE), 1: (5, DIFFERENCE)})
    settle('minimum = "4%"\n', "clm", {2: (6, DIFFERENCE), 1: (4, DIFFERENCE)})


def test_the_rate_of_who_does_not_qualify_goes_up_or_is_lost() -> None:
    asked = "requires = { pv = 1001 }\n"
    settle(f'{asked}unqualified = "passes"\n', "clm", {1: (10, DIFFERENCE)})
    settle(f'{asked}unqualified = "loses"\n', "clm", {1: (4, DIFFERENCE)})
    settle(f'{asked}unqualified = "loses"\nown = "paid"\n', "cl", {1: (4, DIFFERENCE)})
    settle(f'{asked}unqualified = "loses"\nsame_rank = ["1%"]\n', "cllm", {1: (4, DIFFERENCE)})


def test_volume_counts_from_a_level_on() -> None:
    """3, who stands next to 4, is not paid; what his rate was may be taken off."""
    settle("from_level = 2\n", "cmlm", {1: (10, DIFFERENCE)})
    settle('from_level = 2\nnearer = "deducted"\n', "cmlm", {1: (4, DIFFERENCE)})
    settle("from_level = 2\n", "clmm", {2: (6, DIFFERENCE), 1: (4, DIFFERENCE)})
    settle(
        'from_level = 3\nnearer = "deducted"\n', "cmlmm", {1: (4, DIFFERENCE), 2: (0, DIFFERENCE)}
    )
    settle("from_level = 4\n", "ccc", {})
