"""Golden cases beside a plan: met by the plans that ship, and told by line where they are not."""

import pytest

from upline.services import plan as plans
from upline.services.plan import PlanError

PLAN = plans.parse(
    '[plan]\nkey = "t"\nname = "T"\n'
    '[[ranks]]\nid = 7\nkey = "star"\nname = "Star"\npv = 100\n'
    '[[bonuses]]\nkind = "unilevel"\nid = 1\ncode = "u"\nname = "U"\nrates = ["10%", "5%"]\n',
    "t.toml",
)
CASE = """
[[cases]]
name = "Two levels"
members = [{ id = 1 }, { id = 2, sponsor = 1 }, { id = 3, sponsor = 2 }]
orders = [{ member = 1, pv = 100 }, { member = 3, pv = 50, cv = 40 }]
"""


def told(expect: str) -> list[tuple[int, str, str]]:
    problems = plans.run_cases(PLAN, CASE + f"expect = [\n{expect}\n]\n", "t.cases.toml")
    return [(p.line, p.field, p.message) for p in problems]


@pytest.mark.parametrize("name", ["essential", "binary", "hybrid"])
def test_the_plans_that_ship_meet_theirs(name: str) -> None:
    document = plans.load_builtin(name)
    assert plans.run_cases(document, plans.builtin_cases(name), f"{name}.cases.toml") == []


def test_what_is_met_is_not_told() -> None:
    assert (
        told(
            '{ member = 1, bonus = "u", level = 2, amount = 2 },\n'
            '{ member = 2, bonus = "u", amount = 4 },\n'
            '{ member = 2, check = 4.00 }, { member = 1, rank = "star" },\n'
            '{ member = 3, rank = "none" }, { member = 3, bonus = "u", amount = 0 },'
        )
        == []
    )


@pytest.mark.parametrize(
    ("expect", "message"),
    [
        (
            '{ member = 1, bonus = "u", level = 2, amount = 3 }',
            "Two levels: u of member 1 on level 2 is 2, not 3",
        ),
        ("{ member = 2, check = 4.01 }", "Two levels: the check of member 2 is 4, not 4.01"),
        ('{ member = 3, rank = "star" }', "Two levels: member 3 is none, not star"),
        ("{ member = 9, check = 1 }", "Two levels: no member 9 in this case"),
    ],
)
def test_what_is_not_met_is_told_with_its_line(expect: str, message: str) -> None:
    assert told(expect) == [(7, "cases[0].expect[0]", message)]


def test_whoever_is_named_is_paid_nothing_else() -> None:
    message = "Two levels: u of member 1 on level 2 is 2, and not expected"
    assert (2, "cases[0]", message) in told('{ member = 1, bonus = "u", level = 1, amount = 0 }')


def test_a_company_that_hangs_together_badly_is_told() -> None:
    text = (
        '[[cases]]\nname = "Lost"\nmembers = [{ id = 2 }, { id = 1, sponsor = 5, enroller = 2 }]\n'
    )
    problems = plans.run_cases(PLAN, text + "expect = [{ member = 1, check = 0 }]\n", "t")
    assert [p.message for p in problems] == ["Lost: unknown sponsor: member 1 sponsor 5"]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("expect = [{ member = 1 }]", "line 4: cases[0].expect[0]: expect exactly one of"),
        ('expect = [{ member = 1, rank = "king" }]', "no rank named 'king'; known: star"),
        ('expect = [{ member = 1, bonus = "z", amount = 1 }]', "no bonus named 'z'; known: u"),
        ('expect = [{ member = 1, bonus = "u" }]', "bonus and amount need each other"),
        ("expect = [{ member = 1, check = 0.00001 }]", "too many decimals"),
        ("expect = []", "line 4: cases[0].expect:"),
        ("expect = [", "line 4: cases[0].expect: neither a number"),
    ],
)
def test_cases_that_are_none_are_refused(line: str, expected: str) -> None:
    text = f'[[cases]]\nname = "x"\nmembers = [{{ id = 1 }}]\n{line}'
    with pytest.raises(PlanError) as caught:
        plans.run_cases(PLAN, text, "t")
    assert expected in str(caught.value)
