"""Checks at blended rates: worked out by hand, and against the oracle."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.engine.agreement import assert_agree, plan_of
from tests.engine.company import snapshot_of
from tests.engine.extras import extras_of
from tests.engine.strategies import Company, checked, companies

from upline.engine import run

PLAN = """
[plan]
key = "worked"
name = "Worked"

[exchange]
{more}

[exchange.blended]
{blended}

[[bonuses]]
kind = "unilevel"
id = 1
code = "x"
name = "X"
rates = ["25%", "25%"]
"""
RATES = {"CAD": ("0.8", "1.3"), "AUD": ("0.7", "1.5"), "HKD": ("0.128", "7")}
# 1 is Canadian; 2 buys at home, 3 in Australia, 4 in the plan's own country, 5 in Hong Kong.
MEMBERS: list[dict[str, Any]] = [{"customer_id": 1, "currency": "CAD"}] + [
    {"customer_id": k, "sponsor_id": 1, "binary_parent_id": 1 if k < 4 else k - 2}
    | {"binary_position": 1 if k % 2 else 2}
    for k in range(2, 6)
]
BOUGHT = {2: (400, "CAD"), 3: (300, "AUD"), 4: (100, ""), 5: (0, "HKD")}


def paid(
    bought: dict[int, tuple[float, str]], blended: str = 'home_rate = "20%"'
) -> tuple[str, int, int]:
    """What 1 is paid: currency, rate and money."""
    plan = plan_of(PLAN.format(more="", blended=blended))
    orders = [
        {"order_id": k, "customer_id": k, "pv": pv, "currency": code}
        for k, (pv, code) in bought.items()
    ]
    snapshot = snapshot_of(MEMBERS, orders, extras=extras_of(plan, MEMBERS, orders, RATES))
    result = run(plan, snapshot)
    assert result.checks.net.tolist() == [round(sum(pv for pv, _ in bought.values()) * 2500)]
    local = result.local
    names = snapshot.extras.rates.currencies
    return names[local.currency[0]], int(local.rate[0]), int(local.net[0])


def test_half_at_home_is_paid_at_the_own_rate() -> None:
    assert paid(BOUGHT) == ("CAD", 1_300_000, 200 * 13_000)


def test_home_volume_is_paid_first_and_the_rest_at_the_average() -> None:
    """80 at 1.3. A unit of the plan's money is 0.7 × 1.5 / 0.8 = 1.3125 Canadian dollars in
    Australia and 1 / 0.8 = 1.25 in the plan's own country: 1.2969… on average, for 120.25:
    104 and 155.95 are 259.95 of 200.25."""
    bought = BOUGHT | {3: (301, "AUD")}
    assert paid(bought) == ("CAD", 1_298_147, 2_599_500)


def test_nothing_is_left_for_the_average_where_home_volume_is_worth_all() -> None:
    bought = BOUGHT | {3: (301, "AUD")}
    assert paid(bought, "") == ("CAD", 1_300_000, 2_603_300)


@pytest.mark.parametrize(
    ("blended", "blends"),
    [
        ('above = "50%"\nhome_rate = 0', True),
        ('above = "60%"\nhome_rate = 0', True),
        ('above = "75%"\nhome_rate = 0', False),
    ],
)
def test_how_much_must_be_from_elsewhere(blended: str, blends: bool) -> None:
    """300 of 400 is."""
    bought: dict[int, tuple[float, str]] = {2: (100, "CAD"), 3: (300, "AUD")}
    rate = 1_312_500 if blends else 1_300_000
    assert paid(bought, blended) == ("CAD", rate, (rate * 100 + 5000) // 10_000 * 100)


MORE = ["", "pay_decimals = 0", 'pay_mode = "half_even"', 'pay_mode = "up"\npay_decimals = 4']
MORE += ['volumes = ["pv", "cv"]\nrounded = "member"', 'pay_mode = "floor"']
BLENDED = ["", 'home_rate = "20%"', 'above = 0\nhome_rate = "7.7777%"', 'above = "33.3333%"']
BLENDED += ['home_rate = 0\nvolume = "cv"', "home_rate = 0.00001"]


@st.composite
def abroad(draw: st.DrawFn) -> Company:
    members, orders = draw(companies(most=14))
    codes = st.sampled_from(["", "", "CAD", "AUD", "HKD"])
    members = [row | {"currency": draw(codes)} for row in members]
    spent = [row | {"currency": draw(codes)} for row in orders]
    return members, [
        {key: value for key, value in row.items() if key != "currency" or value} for row in spent
    ]


@checked(60)
@given(
    st.sampled_from(MORE),
    st.sampled_from(BLENDED),
    st.sampled_from(['group = "sponsor"', 'group = "binary"']),
    abroad(),
)
def test_agrees(more: str, blended: str, group: str, company: Company) -> None:
    text = PLAN.format(more=more, blended=f"{blended}\n{group}")
    assert_agree(text, company, rates=RATES)
