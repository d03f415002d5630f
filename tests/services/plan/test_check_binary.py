"""Binary bonuses that run and still cannot be meant."""

import pytest

from upline.services import plan as plans

HEAD = """[plan]
key = "t"
name = "T"
[[bonuses]]
kind = "binary"
id = 1
code = "team"
name = "Team"
"""
CYCLE = "cycle = { strong = 2, weak = 1, pay = 5 }\n"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ('rate = 0.1\nover_cap = "flush"\n', "over_cap"),
        ('rate = 0.1\nevery = "day"\n', "every"),
        (CYCLE + "max_amount = 4\n", "max_amount"),
        ("tiers = [{ volume = 5, amount = 3 }]\nmax_amount = 2.99\n", "max_amount"),
        ("rate = 0.1\nminimum = 200\ncarry_limit = 100\n", "carry_limit"),
    ],
)
def test_a_question_is_asked(body: str, field: str) -> None:
    found = plans.check(plans.parse(HEAD + body, "t.toml"))
    assert f"bonuses[0].{field}" in [problem.field for problem in found]


@pytest.mark.parametrize(
    "body",
    [
        'rate = 0.1\nmax_amount = 5\nover_cap = "flush"\nevery = "day"\n',
        CYCLE + "max_amount = 5\n",
        "rate = 0.1\nminimum = 100\ncarry_limit = 100\n",
    ],
)
def test_what_makes_sense_is_not_asked_about(body: str) -> None:
    assert plans.check(plans.parse(HEAD + body, "t.toml")) == []
