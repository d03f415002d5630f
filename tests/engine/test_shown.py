"""What everybody sees of a member: active and qualified by own PV, and nothing below a customer."""

from tests.engine.agreement import plan_of
from tests.engine.company import snapshot_of, units
from tests.engine.test_worked import HEAD

from upline.engine import Result, run

RULES = HEAD.replace("[volumes]", "[volumes]\nactive_pv = 50\nqualified_pv = 100")
# 1 enrolled everybody; 5 stands below the customer 4, and 6 is terminated.
MEMBERS = [
    {"customer_id": 1},
    {"customer_id": 2, "sponsor_id": 1},
    {"customer_id": 3, "sponsor_id": 1},
    {"customer_id": 4, "sponsor_id": 1, "type": 3},
    {"customer_id": 5, "sponsor_id": 4},
    {"customer_id": 6, "sponsor_id": 1, "status": 4},
]
BOUGHT = {1: 100, 2: "99.9999", 3: "49.9999", 4: 200, 5: 1000, 6: 200}


def figures() -> Result:
    orders = [
        {"order_id": number, "customer_id": number, "pv": pv} for number, pv in BOUGHT.items()
    ]
    snapshot = snapshot_of(MEMBERS, orders)
    assert snapshot.customer_id.tolist() == sorted(BOUGHT)
    return run(plan_of(RULES), snapshot)


def test_active_and_qualified_are_members_who_buy_enough() -> None:
    result = figures()
    assert result.is_active.tolist() == [True, True, False, False, True, False]
    assert result.is_qualified.tolist() == [True, False, False, False, True, False]


def test_a_customer_shows_no_organization_and_a_member_the_whole_of_it() -> None:
    result = figures()
    total = sum(units(pv) for pv in BOUGHT.values())
    alone = [units(BOUGHT[number]) for number in (2, 3, 5, 6)]
    assert result.ov.tolist() == [total, *alone[:2], 0, *alone[2:]]
    assert result.gv.tolist() == result.ov.tolist()
    # 1 without his two and his three largest legs: customers' legs are none
    rest = total - units(200) - units("99.9999")
    assert result.ov_less_2.tolist() == [rest, *alone[:2], 0, *alone[2:]]
    assert result.ov_less_3.tolist() == [rest - alone[1], *alone[:2], 0, *alone[2:]]
