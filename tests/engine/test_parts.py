"""Windows of days after enrolment and named parts of a volume, worked out by hand."""

from typing import Any

import pytest
from tests.engine.agreement import items_of, plan_of
from tests.engine.company import snapshot_of
from tests.engine.extras import extras_of

from upline.engine import run

PAYEE, NEW = 1, 2
MEMBERS = [
    {"customer_id": PAYEE},
    {"customer_id": NEW, "sponsor_id": PAYEE, "enrolled_period": 404},
]


def paid(plan: str, *orders: dict[str, Any], bonus: int = 1) -> dict[int, Any]:
    """What the payee gets of a bonus, by level."""
    compiled = plan_of('[plan]\nkey = "p"\nname = "P"\n' + plan)
    rows = [{"order_id": k, "customer_id": NEW, **order} for k, order in enumerate(orders, 1)]
    extras = extras_of(compiled, MEMBERS, rows)
    snapshot = snapshot_of(MEMBERS, rows, extras=extras)
    items = items_of(snapshot, run(compiled, snapshot))
    return {level: v for (who, _, code, level), v in items.items() if (who, code) == (PAYEE, bonus)}


def fast_start(more: str) -> str:
    return f'[[bonuses]]\nkind = "fast_start"\nid = 1\ncode = "f"\nname = "F"\n{more}\n'


def unilevel(volume: str) -> str:
    return (
        '[[bonuses]]\nkind = "unilevel"\nid = 1\ncode = "u"\nname = "U"\nrates = ["10%"]\n'
        f'volume = "{volume}"\n'
    )


@pytest.mark.parametrize(("age", "money"), [(0, 20), (59, 20), (60, None), (9999, None)])
def test_the_day_of_enrolment_is_the_first_of_sixty(age: int, money: int | None) -> None:
    found = paid(fast_start('days = 60\nlevels = [{ rate = "20%" }]'), {"pv": 100, "age": age})
    assert found.get(1) == money


@pytest.mark.parametrize(("hours", "money"), [(0, 20), (71, 20), (72, None)])
def test_within_so_many_hours(hours: int, money: int | None) -> None:
    order = {"pv": 100, "hours": hours}
    found = paid(fast_start('hours = 72\nlevels = [{ rate = "20%" }]'), order)
    assert found.get(1) == money
    part = "[volumes.parts]\nsoon = { first_hours = 72 }\nlater = { after_hours = 72 }\n"
    assert paid(part + unilevel("soon"), order).get(1) == (10 if money else None)
    assert paid(part + unilevel("later"), order).get(1) == (None if money else 10)


def test_windows_of_hours() -> None:
    orders = [{"pv": 100, "hours": 23}, {"pv": 200, "hours": 24}, {"pv": 400, "hours": 72}]
    rates = 'hours = [24, 72]\nlevels = [{ rate = ["50%", "10%"] }]'
    assert paid(fast_start(rates), *orders) == {1: 70}


def test_one_period_may_hold_several_windows_under_one_cap() -> None:
    """100 at 50 %, 200 at 10 %, the third window is not paid: 50 + 20, of which 60 at most."""
    orders = [{"pv": 100, "age": 29}, {"pv": 200, "age": 30}, {"pv": 400, "age": 60}]
    rates = 'days = [30, 60]\nlevels = [{ rate = ["50%", "10%"]'
    assert paid(fast_start(rates + " }]"), *orders) == {1: 70}
    assert paid(fast_start(rates + ", cap = 60 }]"), *orders) == {1: 60}


def test_a_return_takes_back_at_the_rate_of_its_window() -> None:
    orders = [{"pv": 100, "age": 40}, {"pv": -100, "age": 10}]
    rates = 'days = [30, 60]\nlevels = [{ rate = ["50%", "10%"] }]'
    assert paid(fast_start(rates), *orders) == {1: -40}


def test_reduction_by_days() -> None:
    """70 % of the first 30 days' 100, half of the next 30 days' 50, nothing of the rest."""
    plan = '[volumes.new_member_reduction]\ndays = [30, 60]\nrate = ["70%", "50%"]\n'
    orders = [{"pv": 100, "age": 29}, {"pv": 50, "age": 59}, {"pv": 10, "age": 60}]
    assert paid(plan + unilevel("commission"), *orders) == {1: 10 * 3 // 10 + 2.5 + 1}
    assert paid(plan + "up_to = 120\n" + unilevel("commission"), *orders) == {1: 8}


def test_part_of_a_volume_by_order_type_and_buyer() -> None:
    plan = '[volumes.parts]\nkits = { of = "cv", order_types = ["premium_kit"] }\n'
    orders = [{"pv": 100, "order_type": 4}, {"pv": 70, "cv": 50, "order_type": 1}]
    assert paid(plan + unilevel("kits"), *orders) == {1: 10}
    assert paid(plan + unilevel("own"), *orders) == {1: 15}
    customers = '[volumes.parts]\nretail = { of = "pv", buyers = ["retail"] }\n'
    assert paid(customers + unilevel("retail"), *orders) == {}


def test_the_commission_volume_may_be_a_part() -> None:
    plan = '[volumes]\ncommission = "later"\nparts = { later = { after_days = 30 } }\n'
    orders = [{"pv": 100, "age": 29}, {"pv": 70, "age": 30}]
    assert paid(plan + unilevel("commission"), *orders) == {1: 7}


@pytest.mark.parametrize("unit", ["days", "hours"])
def test_windows_without_ages_are_refused(unit: str) -> None:
    plan = plan_of(
        '[plan]\nkey = "p"\nname = "P"\n'
        + fast_start(f'{unit} = 60\nlevels = [{{ rate = "20%" }}]')
    )
    snapshot = snapshot_of(MEMBERS, [{"order_id": 1, "customer_id": NEW, "pv": 100}])
    with pytest.raises(ValueError, match="needs the age of every entry"):
        run(plan, snapshot)
