"""What bonuses ask of the periods before, month by month."""

import pytest
from tests.engine.bonuses.test_rankbonus import NONE, A, paid
from tests.engine.test_worked import check
from tests.engine.test_worked import paid as expected

RULE = 'paid = "every_period"\namounts = { a = 5 }\n'


def test_the_first_periods_begin_with_the_first_that_counts() -> None:
    rule = f"{RULE}requires = {{ pv = 10, first_periods = 2 }}\n"
    assert paid(rule, [NONE, A, A, A, A]) == [{}, {1: 5}, {1: 5}, {}, {}]
    assert paid(rule, [A, NONE, A]) == [{1: 5}, {}, {}]
    longer = rule.replace("2", "4")
    assert paid(longer, [NONE, A, NONE, A, A, A]) == [{}, {1: 5}, {}, {1: 5}, {1: 5}, {}]


@pytest.mark.parametrize(
    ("asked", "before", "pv", "amount"),
    [
        ("leader", "member", 0, 0),
        ("leader", "leader", 0, 10),
        ("leader", "chief", 0, 10),
        ("leader", "member", 1000, 10),
        ("leader", "member", 5000, 10),
        ("chief", "leader", 1000, 0),
    ],
)
def test_the_best_rank_may_be_of_now_or_of_earlier(
    asked: str, before: str, pv: int, amount: int
) -> None:
    """1 has been `before` once and buys for as much now; 2 buys for 100."""
    rule = 'kind = "unilevel"\nrates = ["10%"]\nvolume = "cv"\n'
    check(
        f'{rule}requires = {{ best_rank = "{asked}" }}\n',
        f'members = [{{ id = 1, best_rank = "{before}" }}, {{ id = 2, sponsor = 1 }}]\n'
        f"orders = [{{ member = 1, pv = {pv}, cv = 0 }}, {{ member = 2, pv = 100 }}]",
        expected(1, amount),
    )
