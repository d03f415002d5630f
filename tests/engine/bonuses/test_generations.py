"""Generations of 1, 5 and 9 % up a chain, of which the last one buys for 100; a letter each from 1
down says who leads."""

import pytest
from tests.engine.test_worked import BONUS, check, paid

RULE = 'kind = "generations"\nrates = ["1%", "5%", "9%"]\nvolume = "cv"\n'
LED = RULE + 'boundary = "leader"\n'
OWN = RULE + 'boundary = "own"\n'
PV = {"m": 0, "l": 1000, "c": 5000}
Paid = dict[int, tuple[float, int]]  # amount and generation by member


def settle(rule: str, ranks: str, expected: Paid, more: str = "") -> None:
    members = [
        "{ id = 1 }",
        *(f"{{ id = {k}, sponsor = {k - 1} }}" for k in range(2, len(ranks) + 1)),
    ]
    orders = [f"{{ member = {k}, pv = {PV[rank]}, cv = 0 }}" for k, rank in enumerate(ranks, 1)]
    orders.append(f"{{ member = {len(ranks)}, cv = 100 }}")
    everybody = [
        paid(k, *expected[k]) if k in expected else paid(k, 0) for k in range(1, len(ranks) + 1)
    ]
    company = f"members = [{', '.join(members)}]\norders = [{', '.join(orders)}{more}]"
    check(rule, company, *everybody)


@pytest.mark.parametrize(
    ("ranks", "expected"),
    [
        # everybody below the first leader is of his first generation
        ("lmm", {2: (1, 1), 1: (1, 1)}),
        ("llm", {2: (1, 1), 1: (5, 2)}),
        ("mlmlm", {4: (1, 1), 3: (5, 2), 2: (5, 2), 1: (9, 3)}),
        ("lllllm", {5: (1, 1), 4: (5, 2), 3: (9, 3)}),
        # a leader's own volume is of the next one's first generation, or of a second
        ("lml", {2: (5, 2), 1: (5, 2)}),
        ("mm", {1: (1, 1)}),
    ],
)
def test_generations_end_at_leaders(ranks: str, expected: Paid) -> None:
    settle(LED, ranks, expected)


def test_there_may_be_more_generations_than_ranks() -> None:
    rates = ", ".join(f'"{k}%"' for k in range(1, 8))
    rule = LED.replace('"1%", "5%", "9%"', rates)
    settle(rule, "lllllllm", {8 - k: (k, k) for k in range(1, 8)})


def test_a_leader_may_belong_to_the_generation_that_he_ends() -> None:
    inclusive = LED + "inclusive = true\n"
    settle(inclusive, "lml", {2: (1, 1), 1: (1, 1)})
    settle(inclusive, "llm", {2: (1, 1), 1: (5, 2)})


@pytest.mark.parametrize(
    ("ranks", "expected"),
    [
        # by own rank, a member is a boundary to members only, a leader to leaders as well
        ("clm", {2: (1, 1), 1: (1, 1)}),
        ("llm", {2: (1, 1), 1: (5, 2)}),
        ("cclm", {3: (1, 1), 2: (1, 1), 1: (5, 2)}),
        ("lclm", {3: (1, 1), 2: (1, 1), 1: (9, 3)}),
        ("lcclm", {4: (1, 1), 3: (1, 1), 2: (5, 2)}),
        ("clllclm", {6: (1, 1), 5: (1, 1), 4: (9, 3), 1: (5, 2)}),
        ("mmm", {2: (5, 2), 1: (9, 3)}),
    ],
)
def test_everybody_has_generations_of_his_own_rank(ranks: str, expected: Paid) -> None:
    settle(OWN, ranks, expected)


def test_who_may_not_be_paid_ends_a_generation_unless_the_plan_says_otherwise() -> None:
    asked = "requires = { pv = 1001 }\n"
    settle(LED + asked, "clm", {1: (5, 2)})
    settle(f"{LED}{asked}unqualified_bounds = false\n", "clm", {1: (1, 1)})


def test_who_may_not_be_paid_ends_one_though_lower_ranks_have_no_more() -> None:
    """Two members use up both generations of their rank before 2, a leader, ends one of 1's."""
    rule = OWN.replace(', "9%"', "") + "requires = { pv = 1001 }\n"
    settle(rule, "llmm", {1: (5, 2)}, ", { member = 1, pv = 1, cv = 0 }")


def test_an_empty_generation_may_use_up_no_number() -> None:
    """Nobody buys but 5: the generation of 3, between 4 and 3, is empty."""
    settle(LED, "lmllm", {4: (1, 1), 3: (5, 2), 2: (9, 3), 1: (9, 3)})
    compressed = LED + "empty_counts = false\n"
    settle(compressed, "lmllm", {4: (1, 1), 3: (5, 2), 2: (5, 2), 1: (5, 2)})
    # so it is with those of higher rank
    settle(LED, "lmclm", {4: (1, 1), 3: (5, 2), 2: (9, 3), 1: (9, 3)})
    settle(compressed, "lmclm", {4: (1, 1), 3: (5, 2), 2: (5, 2), 1: (5, 2)})
    settle(compressed, "lmccm", {4: (1, 1), 3: (5, 2), 2: (5, 2), 1: (5, 2)})


def test_a_later_bonus_is_paid_on_what_an_earlier_one_paid() -> None:
    own = 'kind = "differential"\npays = "own"\nvolume = "cv"\n'
    own += 'brackets = [{ volume = 0, rate = "10%" }]\n'
    second = BONUS.replace("id = 1", "id = 2").replace('"x"', '"y"')
    later = second + LED.replace('volume = "cv"', 'on = ["x"]')
    company = (
        "members = [{ id = 1 }, { id = 2, sponsor = 1 }, { id = 3, sponsor = 2 }]\n"
        "orders = [{ member = 2, pv = 1000, cv = 0 }, { member = 3, cv = 1000 }]"
    )
    expected = '{ member = 2, bonus = "y", amount = 1 }', '{ member = 1, bonus = "y", amount = 5 }'
    check(own + later, company, paid(3, 100), *expected)
