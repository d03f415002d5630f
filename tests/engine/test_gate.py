"""What bonuses ask of the periods before, month by month."""

from tests.engine.bonuses.test_rankbonus import NONE, A, paid

RULE = 'paid = "every_period"\namounts = { a = 5 }\n'


def test_the_first_periods_begin_with_the_first_that_counts() -> None:
    rule = f"{RULE}requires = {{ pv = 10, first_periods = 2 }}\n"
    assert paid(rule, [NONE, A, A, A, A]) == [{}, {1: 5}, {1: 5}, {}, {}]
    assert paid(rule, [A, NONE, A]) == [{1: 5}, {}, {}]
    longer = rule.replace("2", "4")
    assert paid(longer, [NONE, A, NONE, A, A, A]) == [{}, {1: 5}, {}, {1: 5}, {1: 5}, {}]
