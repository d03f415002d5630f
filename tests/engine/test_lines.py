"""A bonus that may not pay more than a share of the company's volume is cut in proportion."""

from fractions import Fraction

import numpy as np
import pytest
from tests.engine.agreement import items_of, plan_of
from tests.engine.company import snapshot_of
from tests.engine.oracle import Oracle

from upline.engine import run

PLAN = """
[plan]
key = "limited"
name = "Limited"

[rounding]
place = "{place}"

[[bonuses]]
kind = "unilevel"
id = 2
code = "larger"
name = "Larger buffers"
rates = ["1%", "1%", "1%", "1%"]

[[bonuses]]
kind = "unilevel"
id = 1
code = "u"
name = "U"
rates = ["50%", "30%"]
most_of_volume = "{share}"
"""
MEMBERS = [{"customer_id": k, "sponsor_id": k // 2} for k in range(1, 40)]
ORDERS = [{"order_id": k, "customer_id": k, "pv": f"{10 * k}.37"} for k in range(1, 40)]


@pytest.mark.parametrize("place", ["line", "level", "bonus", "check"])
@pytest.mark.parametrize("share", ["90%", "60%", "7.5%", "0%"])
def test_limit(place: str, share: str) -> None:
    text = PLAN.format(place=place, share=share)
    snapshot = snapshot_of(MEMBERS, ORDERS)
    result = run(plan_of(text), snapshot)
    assert items_of(snapshot, result) == Oracle(text, MEMBERS, ORDERS, 405).items
    company = sum(Fraction(row["pv"]) for row in ORDERS)
    mine = result.items.bonus_id == 1
    paid = Fraction(int(result.items.amount[mine].sum()), 10_000)
    half_cents = len(result.lines.payee) * Fraction("0.005")
    assert paid <= company * Fraction(share[:-1]) / 100 + half_cents
    if place == "line":
        assert result.lines.amount.sum() == result.items.amount.sum()
    assert np.all(result.lines.amount >= 0)
