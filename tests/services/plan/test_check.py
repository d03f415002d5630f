"""Findings in plans that are valid but cannot be meant."""

import pytest

from upline.services import plan as plans
from upline.services.plan.check import unbounded, worst_case_payout

HEAD = '[plan]\nkey = "t"\nname = "T"\n'
UNILEVEL = (
    '[[bonuses]]\nkind = "unilevel"\nid = 1\ncode = "u"\nname = "U"\nrates = [0.6, 0.5, 0.1]\n'
)


def rank(number: int, key: str, *more: str) -> str:
    return "\n".join(
        ["[[ranks]]", f"id = {number}", f'key = "{key}"', f'name = "{key}"', *more, ""]
    )


def found(text: str) -> list[tuple[str, str]]:
    return [(p.field, p.message) for p in plans.check(plans.parse(text, "t"))]


@pytest.mark.parametrize("name", ["essential", "binary", "hybrid"])
def test_built_in_plans_are_clean(name: str) -> None:
    assert plans.check(plans.load_builtin(name)) == []


def test_what_is_paid_on_bounded_bonuses_is_bounded() -> None:
    text = (
        HEAD
        + """
[[bonuses]]
kind = "unilevel"
id = 1
code = "u"
name = "U"
rates = ["10%", "5%"]

[[bonuses]]
kind = "matching"
id = 2
code = "m"
name = "M"
on = ["u"]
rates = ["50%", "10%"]

[[bonuses]]
kind = "binary"
id = 3
code = "b"
name = "B"
rate = "10%"

[[bonuses]]
kind = "matching"
id = 4
code = "n"
name = "N"
on = ["u", "b"]
rates = ["10%"]
"""
    )
    document = plans.parse(text, "t")
    assert worst_case_payout(document) == {"u": 150_000, "m": 90_000}
    assert unbounded(document.bonuses[2]) == "paid at every height: bounded by most_of_volume alone"
    assert unbounded(document.bonuses[3]) == "a share of what u and b can pay"


def test_worst_case_payout() -> None:
    assert worst_case_payout(plans.load_builtin("essential")) == {
        "unilevel": 250_000,
        "faststart": 350_000,
        "personalgen": 25_000,
        "generations": 190_000,
        "risingstar": 5_000,
        "leadership": 62_500,
        "diamondexpress": 5_000,
    }


def test_rank_that_the_next_one_makes_unreachable() -> None:
    text = HEAD + UNILEVEL + rank(0, "a", "pv = 100") + rank(1, "b", "pv = 100")
    assert ("ranks[0]", "never held: 'b' (ranks[1]) asks for no more") in found(text)


def test_requirement_that_falls() -> None:
    text = HEAD + UNILEVEL + rank(0, "a", "pv = 100") + rank(1, "b", "pv = 50", "ov = 10")
    assert ("ranks[1].pv", "asks for 50, less than 100 at 'a'") in found(text)


def test_circular_rank() -> None:
    legs = 'ranked_legs = { count = 1, rank = "b" }'
    text = HEAD + UNILEVEL + rank(0, "a", "pv = 1") + rank(1, "b", "pv = 2", legs)
    assert [field for field, _ in found(text)] == ["bonuses", "ranks[1].ranked_legs.rank"]


def test_level_that_nobody_earns() -> None:
    text = HEAD + UNILEVEL + "levels = { a = 2 }\n" + rank(0, "a", "pv = 1")
    assert ("bonuses[0].rates[2]", "nobody can earn level 3") in found(text)


def test_worst_case_above_all_volume() -> None:
    message = "may pay 120 % of volume in the worst case: u 120 %"
    assert ("bonuses", message) in found(HEAD + UNILEVEL)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (rank(0, "a", "pv = 1") + '[group_volume]\nfrom_rank = "a"\n', "group_volume"),
        (
            '[volumes.new_member_reduction]\nmonths = 3\nrate = "70%"\n',
            "volumes.new_member_reduction",
        ),
        ('[[fees]]\nname = "F"\nledger_type = 2\namount = 0\n', "fees[0].amount"),
    ],
)
def test_unused(body: str, field: str) -> None:
    assert field in [name for name, _ in found(HEAD + UNILEVEL + body)]


def test_plan_without_bonuses() -> None:
    assert found(HEAD) == [("plan", "no bonus at all: nobody is ever paid")]
