"""Who matches what, and matches that wait for the standing of a newcomer, worked out by hand."""

from dataclasses import replace
from fractions import Fraction

import pytest
from tests.engine.agreement import items_of, plan_of
from tests.engine.company import snapshot_of
from tests.engine.extras import extras_of
from tests.engine.test_worked import BONUS, CHAIN, check

from upline.engine import run
from upline.engine.memory import MemoryColumns

PAYEE, NEW, BUYER, MATCH = 1, 2, 3, 2
MEMBERS = [
    {"customer_id": PAYEE},
    {"customer_id": NEW, "sponsor_id": PAYEE, "enrolled_period": 405},
    {"customer_id": BUYER, "sponsor_id": NEW},
]
PLAN = """
[plan]
key = "p"
name = "P"

[[bonuses]]
kind = "unilevel"
id = 1
code = "levels"
name = "Levels"
rates = ["100%"]

[[bonuses]]
kind = "matching"
id = 2
code = "match"
name = "Match"
on = ["levels"]
rates = ["15%"]
sources = { pv = 100 }
bank = 3
"""


@pytest.mark.parametrize(
    ("own", "matched"),
    [
        ([0, 100, 100, 0, 100], [0, 45, 7.5, 0, 15]),  # 100 + 200 at once, then as it comes
        ([100, 0, 0, 0, 100], [15, 0, 0, 0, 15]),  # what waits on 405 to 407 is dropped on 408
        ([0, 0, 100, 0, 0], [0, 0, 52.5, 0, 0]),  # the last period in which it is kept
    ],
)
def test_what_waits_is_matched_at_once(own: list[int], matched: list[float]) -> None:
    """The newcomer earns 100, 200, 50, 70 and 100."""
    plan, memories, found = plan_of(PLAN), MemoryColumns(), []
    for later, (pv, earned) in enumerate(zip(own, [100, 200, 50, 70, 100], strict=True)):
        orders = [
            {"order_id": 1, "customer_id": NEW, "pv": pv, "cv": 0},
            {"order_id": 2, "customer_id": BUYER, "pv": earned},
        ]
        extras = replace(extras_of(plan, MEMBERS, orders), memories=memories)
        snapshot = snapshot_of(MEMBERS, orders, 405 + later, extras=extras)
        result = run(plan, snapshot)
        found.append(items_of(snapshot, result).get((PAYEE, 1, MATCH, 1), Fraction(0)))
        kept = result.memories
        memories = MemoryColumns(snapshot.customer_id[kept.member], *kept[1:])
    assert found == [Fraction(value) for value in matched]


LEVELS = 'kind = "unilevel"\nrates = ["10%"]\nvolume = "cv"\n'
SECOND = BONUS.replace("id = 1", "id = 2").replace('"x"', '"y"')
MATCHES = LEVELS + SECOND + 'kind = "matching"\non = ["x"]\nrates = ["10%", "5%"]\n'


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ("", (0.5, 1)),
        ('compression = "skip_below_rank"\nholding_rank = "leader"\n', (0.5, 1)),
        ('compression = "skip_below_rank"\nholding_rank = "chief"\n', (1, 0)),
        ('compression = "level_aware"\nlevels = { leader = 0, chief = 2 }\n', (1, 0)),
        ('requires = { rank = "chief" }\n', (0.5, 0)),
        ('requires = { rank = "chief" }\ncompression = "skip_unqualified"\n', (1, 0)),
        ('sources = { rank = "leader" }\n', (0, 0)),
    ],
)
def test_who_matches_what_is_earned_below(more: str, expected: tuple[float, float]) -> None:
    """4 buys 100, of which 3 earns 10; 2 is a leader, 1 a chief, 3 neither."""
    orders = "{ member = 1, pv = 5000, cv = 0 }, { member = 2, pv = 1000, cv = 0 }, "
    check(
        MATCHES + more,
        f"{CHAIN}\norders = [{orders}{{ member = 4, pv = 100 }}]",
        *(
            f'{{ member = {k}, bonus = "y", amount = {amount} }}'
            for k, amount in enumerate(expected, 1)
        ),
    )
