"""Golden cases may tell what plans look back at: carry, earlier periods, force, owners, kinds."""

from upline.services import plan as plans

PLAN = plans.parse(
    """
[plan]
key = "t"
name = "T"

[volumes]
kinds = ["qv"]

[[ranks]]
id = 7
key = "star"
name = "Star"
volumes = { qv = 30 }
rolling_pv = { volume = 100, periods = 2 }

[[ranks]]
id = 8
key = "gold"
name = "Gold"
pv = 1000
held = { rank = "star", periods = 1, by = "paid" }

[[bonuses]]
kind = "binary"
id = 1
code = "team"
name = "Team"
rate = "10%"
rates_by_rank = { gold = "20%" }
most_per_owner = 15
""",
    "t.toml",
)
CASES = """
[[cases]]
name = "Everything that is remembered"
members = [
  { id = 1, forced_rank = "gold", carry_left = 100, carry_right = 40 },
  { id = 2, binary_parent = 1, side = "right", past = [{ ago = 1, rank = "star", pv = 90 }] },
  { id = 3, carry_left = 60, carry_right = 60, owner = 4 },
  { id = 4, carry_left = 140, carry_right = 140 },
]
orders = [{ member = 2, pv = 10, volumes = { qv = 30 } }]
expect = [
  { member = 1, rank = "none" },
  { member = 1, bonus = "team", amount = 10 },
  { member = 1, carry = [50, 0] },
  { member = 2, rank = "star" },
  { member = 3, bonus = "team", amount = 4.50 },
  { member = 4, bonus = "team", amount = 10.50 },
]
"""


def test_what_is_remembered_counts() -> None:
    assert plans.run_cases(PLAN, CASES, "t.cases.toml") == []


def test_carry_that_is_not_met_is_told() -> None:
    text = CASES.replace("carry = [50, 0]", "carry = [50.5, 1]")
    [problem] = plans.run_cases(PLAN, text, "t.cases.toml")
    assert problem.field == "cases[0].expect[2]"
    assert problem.message.endswith(
        "what member 1 carries left is 50, not 50.5, what member 1 carries right is 0, not 1"
    )
