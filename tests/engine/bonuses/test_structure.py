"""Teams of two who each have two, in a tree of three full levels below 1.

1
├── 2 ── 4, 5      4 has 8 and 9, 5 has 10 and 11
└── 3 ── 6, 7      6 has 12 and 13, 7 has 14 and 15
"""

import pytest
from tests.engine.agreement import items_of, plan_of
from tests.engine.company import snapshot_of

from upline.engine import run

PLAN = """
[plan]
key = "worked"
name = "Worked"

[[bonuses]]
kind = "structure"
id = 9
code = "x"
name = "X"
count = 2
"""
EVERYBODY = range(1, 16)


def paid(
    bonus: str, buyers: list[int] | range = EVERYBODY, sponsors: dict[int, int] | None = None
) -> dict[int, dict[int, int]]:
    """Amounts by member and step, when the buyers buy 100 each and others 99."""
    above = {k: k // 2 for k in EVERYBODY} | (sponsors or {})
    members = [{"customer_id": k, "sponsor_id": sponsor} for k, sponsor in sorted(above.items())]
    orders = [{"order_id": k, "customer_id": k, "pv": 100 if k in buyers else 99} for k in above]
    snapshot = snapshot_of(members, orders)
    found: dict[int, dict[int, int]] = {}
    for (customer, _, _, level), amount in items_of(
        snapshot, run(plan_of(PLAN + bonus), snapshot)
    ).items():
        found.setdefault(customer, {})[level] = int(amount)
    return found


def test_only_the_highest_step_is_paid() -> None:
    first = {k: {1: 10} for k in (4, 5, 6, 7)}
    second = {k: {2: 30} for k in (2, 3)}
    assert paid("amounts = [10, 30, 70]\n") == {1: {3: 70}} | second | first
    assert paid("amounts = [10, 30]\n") == {k: {2: 30} for k in (1, 2, 3)} | first
    assert paid("amounts = [0, 30]\n") == {k: {2: 30} for k in (1, 2, 3)}


def test_a_counted_member_is_needed_at_every_step() -> None:
    """Without 15, 7 has one only, and 3 one who has two; 1 has two who have at least a step."""
    rule = "amounts = [10, 30, 70]\ncounted = { pv = 100 }\n"
    without = [k for k in EVERYBODY if k != 15]
    expected = {k: {1: 10} for k in (3, 4, 5, 6)} | {k: {2: 30} for k in (1, 2)}
    assert paid(rule, without) == expected
    # 3 holds two steps, but does not count for 1
    without = [k for k in EVERYBODY if k != 3]
    assert paid(rule, without) == {k: {1: 10} for k in (4, 5, 6, 7)} | {k: {2: 30} for k in (2, 3)}


def test_whoever_may_not_be_paid_holds_no_step() -> None:
    """2 buys too little to be paid, yet counts for the first step of 1."""
    rule = "amounts = [10, 30]\nrequires = { pv = 100 }\n"
    without = [k for k in EVERYBODY if k != 2]
    expected = {k: {1: 10} for k in (4, 5, 6, 7)} | {3: {2: 30}, 1: {1: 10}}
    assert paid(rule, without) == expected


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({}, {1: 10}),
        ({16: 2}, {1: 10}),
        ({16: 2, 17: 2}, {1: 20}),
        ({16: 2, 17: 2, 18: 2}, {1: 20}),
        (dict.fromkeys(range(16, 20), 2), {1: 30}),
    ],
)
def test_one_step_is_built_again_and_again(more: dict[int, int], expected: dict[int, int]) -> None:
    assert paid("amounts = [10]\nrepeats = true\n", sponsors=more)[2] == expected


def test_whoever_has_all_steps_begins_another_team() -> None:
    """2 has two who have two, and 16 to 19 beside them; 20 to 23 make teams of 16 and 17."""
    rule = "amounts = [10, 30]\nrepeats = true\n"
    assert paid(rule, sponsors={16: 2})[2] == {2: 30}
    assert paid(rule, sponsors={16: 2, 17: 2})[2] == {1: 10, 2: 30}
    beside = dict.fromkeys(range(16, 20), 2)
    assert paid(rule, sponsors=beside)[2] == {1: 10, 2: 30}
    assert paid(rule, sponsors=beside | {20: 16, 21: 16})[2] == {1: 10, 2: 30}
    assert paid(rule, sponsors=beside | {20: 16, 21: 16, 22: 17, 23: 17})[2] == {1: 10, 2: 60}
    assert paid("amounts = [0, 30]\nrepeats = true\n", sponsors=beside)[2] == {2: 30}
