"""All kinds of bonuses in one plan, and trees as deep and as wide as they come."""

from pathlib import Path

import pytest
from hypothesis import given
from tests.engine.agreement import assert_agree
from tests.engine.strategies import Company, checked, companies

from upline.services import plan as plans

KINDS = (Path(__file__).parents[2] / "bench" / "kinds.toml").read_text()
ESSENTIAL = plans.load_builtin("essential").text
# Kinds that neither plan has, or that pay nobody on a chain under it.
MORE = """
[plan]
key = "more"
name = "More"

[volumes]
customers_as_own = false

[[ranks]]
id = 0
key = "a"
name = "A"
pv = 20

[[ranks]]
id = 1
key = "b"
name = "B"
pv = 60
ov = 5000

[[bonuses]]
kind = "unilevel"
id = 1
code = "levels"
name = "Levels"
rates = ["8%", "5%", "3%"]
levels = { a = 2, b = 3 }
compression = "level_aware"

[[bonuses]]
kind = "matching"
id = 2
code = "match"
name = "Match"
on = ["levels"]
rates = ["50%", "10%"]
tree = "sponsor"
compression = "skip_unqualified"
requires = { rank = "b" }

[[bonuses]]
kind = "starter_kit"
id = 3
code = "kit"
name = "Kit"
amount = [25, 10]

[[bonuses]]
kind = "fast_start"
id = 4
code = "fast"
name = "Fast"
months = 2
levels = [{ rate = "20%" }, { rate = "10%", cap = 4 }]

[[bonuses]]
kind = "rank"
id = 5
code = "rank"
name = "Rank"
amounts = { a = 1, b = 7.5 }

[[bonuses]]
kind = "coded"
id = 6
code = "coded"
name = "Coded"
packages = [50]
amounts = [10]

[[bonuses]]
kind = "generations"
id = 7
code = "own"
name = "Own"
rates = ["2%", "1%"]

[[bonuses]]
kind = "generations"
id = 8
code = "fixed"
name = "Fixed"
rates = ["3%", 0, "1%"]
boundary = "a"
inclusive = true

[[bonuses]]
kind = "pool"
id = 9
code = "pool"
name = "Pool"
rate = "1%"
parts = [{ by = "rank", ranks = { b = 1 } }, { by = "ov", per = 1000 }]
"""
PLANS = pytest.mark.parametrize(
    "plan", [ESSENTIAL, KINDS, MORE], ids=["essential", "kinds", "more"]
)


def shaped(shape: str, size: int) -> Company:
    """A chain, in the binary tree too, or everybody below the first; every third one orders."""
    chain = shape == "chain"
    members = [
        {
            "customer_id": k,
            "sponsor_id": 0 if k == 1 else k - 1 if chain else 1,
            "binary_parent_id": k - 1 if chain else 0,
            "binary_position": 1 + k % 2 if chain and k > 1 else 0,
            "enrolled_period": 400 + k % 6,
        }
        for k in range(1, size + 1)
    ]
    orders = [
        {"order_id": k, "customer_id": k, "pv": 10 + k % 100, "order_type": 1 + k % 5}
        for k in range(1, size + 1, 3)
    ]
    return members, orders


@checked(60)
@given(companies())
def test_all_kinds_at_once(company) -> None:
    assert_agree(KINDS, company)


@PLANS
@pytest.mark.parametrize("shape", ["star", "chain"])
def test_a_shape(shape: str, plan: str) -> None:
    assert_agree(plan, shaped(shape, 500))


@pytest.mark.slow
@PLANS
@pytest.mark.parametrize("shape", ["star", "chain"])
def test_a_shape_of_a_hundred_thousand(shape: str, plan: str) -> None:
    assert_agree(plan, shaped(shape, 100_000))
