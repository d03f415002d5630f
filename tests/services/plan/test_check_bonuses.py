"""Bonuses that validate and still cannot be meant."""

import pytest
from tests.services.plan.test_check import HEAD, found, rank

RANKS = rank(0, "a", "pv = 1") + rank(1, "b", "pv = 2") + rank(2, "c", "pv = 3")


def bonus(kind: str, *more: str) -> str:
    return "\n".join(
        ["[[bonuses]]", f'kind = "{kind}"', "id = 1", 'code = "x"', 'name = "X"', *more, ""]
    )


@pytest.mark.parametrize(
    ("text", "field", "message"),
    [
        (
            bonus(
                "unilevel",
                "rates = [0.1, 0.1, 0.1]",
                "levels = { a = 2, c = 3 }",
                'requires = { rank_at_most = "b" }',
            ),
            "bonuses[0].rates[2]",
            "nobody can earn level 3",
        ),
        (
            bonus("unilevel", "amounts = [5, 1]", "levels = { a = 1 }"),
            "bonuses[0].amounts[1]",
            "nobody can earn level 2",
        ),
        (
            bonus("stairstep", 'rates = { a = "1%", c = "2%" }', 'requires = { rank_at_most="b" }'),
            "bonuses[0].rates.c",
            "unused: 'c' is above rank_at_most",
        ),
        (
            bonus(
                "pool",
                "amount = 5",
                'parts = [{ by = "rank", ranks = { c = 1 } }]',
                'requires = { rank_at_most = "b" }',
            ),
            "bonuses[0].parts[0].ranks",
            "nobody has a share",
        ),
        (
            bonus("breakaway", 'leader = "c"', "rate = 0.04", 'requires = { rank_at_most = "a" }'),
            "bonuses[0].leader",
            "nobody can earn this: leaders rank higher",
        ),
        (
            bonus("rank", "amounts = { a = 5 }", "hold = 3", "requires = { within = 3 }"),
            "bonuses[0].requires.within",
            "nobody can earn this: who enrolled 3 periods ago cannot have met it 4 times in a row",
        ),
        (
            bonus("unilevel", "rates = [8, 0.05]"),
            "bonuses[0].rates[0]",
            "is 800 %: is 8% meant?",
        ),
        (
            bonus(
                "fast_start",
                "months = 1",
                "levels = [{ rate = 0.2 }]",
                'requires = { rank_at_most = "b", pv = 3 }',
            ),
            "bonuses[0].requires",
            "nobody can earn this: whoever has all of it holds 'c', above rank_at_most",
        ),
        (
            bonus(
                "unilevel",
                "rates = [0.1]",
                'requires = { within = 3, held = { rank = "a", periods = 3 } }',
            ),
            "bonuses[0].requires.within",
            "nobody can earn this: who enrolled 3 periods ago cannot have met it 4 times in a row",
        ),
        (
            bonus("unilevel", "rates = [0.1]", "most_per_lifetime = 0"),
            "bonuses[0]",
            "nobody can earn this: the most a member is paid is 0",
        ),
        (
            bonus("unilevel", "rates = [0.1]")
            + '[[trees]]\nkey = "m"\nkind = "matrix"\nwidth = 3\n',
            "trees[0]",
            "unused: no bonus walks 'm'",
        ),
    ],
)
def test_what_cannot_be_meant_is_told(text: str, field: str, message: str) -> None:
    assert (field, message) in found(HEAD + RANKS + text)


def test_what_can_be_meant_is_not() -> None:
    text = bonus("unilevel", "rates = [0.1, 0.1]", "levels = { a = 1, c = 2 }", 'tree = "m"')
    assert found(HEAD + RANKS + text + '[[trees]]\nkey = "m"\nkind = "matrix"\nwidth = 3\n') == []
