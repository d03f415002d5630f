"""Local money to plan volume and back, rounded entry by entry or member by member."""

from typing import Any

import pytest
from tests.engine.agreement import plan_of
from tests.engine.company import snapshot_of
from tests.engine.extras import extras_of

from upline.engine import Result, run

PLAN = """
[plan]
key = "worked"
name = "Worked"

[exchange]
volumes = ["cv"]
{more}

[[bonuses]]
kind = "differential"
id = 1
code = "x"
name = "X"
pays = "own"
volume = "cv"
brackets = [{{ volume = 0, rate = "100%" }}]
"""
RATES = {"CAD": ("0.7777", "1.29"), "JPY": ("0.0087", "112.34")}


def settled(more: str, orders: list[tuple[int, str, str]], **currencies: str) -> tuple[Result, Any]:
    """orders: (member, cv, currency); currencies of members: _1 is member 1's."""
    members = [{"customer_id": k, "currency": currencies.get(f"_{k}", "")} for k in (1, 2)]
    rows = [
        {"order_id": k, "customer_id": member, "pv": 1, "cv": cv, "currency": currency}
        for k, (member, cv, currency) in enumerate(orders, 1)
    ]
    plan = plan_of(PLAN.format(more=more))
    snapshot = snapshot_of(members, rows, extras=extras_of(plan, members, rows, RATES))
    return run(plan, snapshot), snapshot


CANADIAN = [(1, "10.01", "CAD"), (1, "20.02", "CAD"), (1, "5", ""), (2, "10.01", "CAD")]


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        # 7.784777 and 15.569554 are 7.78 and 15.57, and 23.354331 together 23.35
        ('rounded = "order"', [7.78 + 15.57 + 5, 7.78]),
        ('rounded = "member"', [23.35 + 5, 7.78]),
        ('rounded = "order"\ndecimals = 4', [7.7848 + 15.5696 + 5, 7.7848]),
        ('rounded = "member"\ndecimals = 4', [23.3543 + 5, 7.7848]),
    ],
)
def test_plan_volume(more: str, expected: list[float]) -> None:
    result, _ = settled(more, CANADIAN)
    assert result.cv.tolist() == [round(volume * 10_000) for volume in expected]
    assert result.pv.tolist() == [30_000, 10_000]


def test_what_has_no_rate_counts_nothing_and_is_told() -> None:
    result, _ = settled("", [(1, "10", "EUR"), (1, "3", ""), (2, "10", "JPY")])
    assert result.cv.tolist() == [30_000, 900]
    assert [(issue.code, issue.customer_id, issue.detail) for issue in result.issues] == [
        ("no_exchange_rate", 1, "EUR")
    ]


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ('pay = "member"', [1_291_300, 112_351_200]),
        ("pay_decimals = 0", [1_290_000, 112_350_000]),
        ('pay_mode = "up"', [1_291_300, 112_351_300]),
    ],
)
def test_a_check_in_the_currency_of_its_member(more: str, expected: list[int]) -> None:
    """100.10 dollars at 1.29 are 129.129; 100.01 at 112.34 are 11,235.1234."""
    orders = [(1, "100.1", ""), (2, "100.01", "")]
    result, snapshot = settled(more, orders, _1="CAD", _2="JPY")
    names = snapshot.extras.rates.currencies
    assert [names[c] for c in result.local.currency] == ["CAD", "JPY"]
    assert result.local.rate.tolist() == [1_290_000, 112_340_000]
    assert result.local.net.tolist() == expected


def test_checks_stay_in_the_currency_of_the_plan() -> None:
    """Where it has no rate, none of its own, or the plan says so."""
    orders = [(1, "100.1", ""), (2, "100.01", "")]
    result, _ = settled("", orders, _1="EUR")
    assert result.local.currency.tolist() == [-1, -1]
    assert result.local.rate.tolist() == [0, 0]
    assert result.local.net.tolist() == [1_001_000, 1_000_100]
    result, _ = settled('pay = "plan"', orders, _1="CAD")
    assert len(result.local.net) == 0
