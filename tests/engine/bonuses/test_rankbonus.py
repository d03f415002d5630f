"""One member, month by month: what a rank pays when it is reached, held, lost and held again."""

from typing import Any

import numpy as np
from tests.engine.agreement import plan_of
from tests.engine.company import snapshot_of

from upline.engine import run
from upline.engine.extras import ExtraColumns
from upline.engine.memory import MemoryColumns
from upline.engine.units import BONUS

PLAN = """
[plan]
key = "worked"
name = "Worked"

[[ranks]]
id = 0
key = "a"
name = "A"
pv = 10

[[ranks]]
id = 4
key = "b"
name = "B"
pv = 100

[[ranks]]
id = 7
key = "c"
name = "C"
pv = 1000

[[bonuses]]
kind = "rank"
id = 9
code = "x"
name = "X"
"""
A, B, C, NONE = 10, 100, 1000, 0
STREAK = 4  # the level of what a streak pays on top; ranks have 1 to 3


def paid(bonus: str, months: list[int], **member: Any) -> list[dict[int, float]]:
    """What each month pays by level, when so much is bought."""
    plan, memories, told = plan_of(PLAN + bonus), MemoryColumns(), []
    for number, pv in enumerate(months):
        snapshot = snapshot_of(
            [{"customer_id": 1, **member}],
            [{"order_id": 1, "customer_id": 1, "pv": pv}],
            period=400 + number,
            extras=ExtraColumns(memories=memories),
        )
        result = run(plan, snapshot)
        items, rows = result.items, result.memories
        told.append(
            {
                int(items.level[k]): int(items.amount[k]) / 10_000
                for k in np.flatnonzero(items.kind == BONUS)
            }
        )
        who = snapshot.customer_id[rows.member]
        memories = MemoryColumns(who, *rows[1:])
        member["max_rank"] = int(result.max_rank[0])
    return told


def test_each_rank_is_paid_when_it_is_reached_first() -> None:
    amounts = "amounts = { a = 5, b = 7, c = 11 }\n"
    assert paid(amounts, [B, B, A, C, C]) == [{1: 5, 2: 7}, {}, {}, {3: 11}, {}]
    assert paid(amounts, [C], max_rank=0) == [{2: 7, 3: 11}]
    assert paid(amounts, [C], max_rank=4) == [{3: 11}]
    assert paid("amounts = { b = 7 }\n", [A, C]) == [{}, {2: 7}]


def test_a_rank_that_has_to_be_held_is_paid_once_it_was() -> None:
    rule = "amounts = { a = 5, b = 7 }\nhold = 2\n"
    assert paid(rule, [B, B, B, B]) == [{}, {}, {1: 5, 2: 7}, {}]
    assert paid(rule, [B, A, B, B, B, B]) == [{}, {}, {1: 5}, {}, {2: 7}, {}]
    assert paid(rule, [A, NONE, A, A, A, NONE, A, A, A]) == [{}] * 4 + [{1: 5}] + [{}] * 4


def test_every_period_pays_the_rank_held() -> None:
    """A rank that is given no amount has that of the one below."""
    rule = 'paid = "every_period"\namounts = { a = 5, b = 7 }\n'
    assert paid(rule, [A, B, C, NONE, A]) == [{1: 5}, {2: 7}, {3: 7}, {}, {1: 5}]


def test_so_often_each() -> None:
    rule = 'paid = "every_period"\namounts = { a = 5, b = 7 }\ntimes = 2\n'
    assert paid(rule, [A, A, A, B, B, B, A]) == [{1: 5}, {1: 5}, {}, {2: 7}, {2: 7}, {}, {}]


def test_a_car() -> None:
    """Held for one more month first, half as much again from the third on, and a streak of two."""
    rule = (
        'paid = "every_period"\namounts = { b = 300, c = 600 }\nhold = 1\n'
        'multipliers = [{ from_period = 3, rate = "150%" }, { from_period = 4, rate = "200%" }]\n'
        "streaks = [{ periods = 2, amount = 1000 }, { periods = 5, amount = 1 }]\n"
    )
    assert paid(rule, [B, B, B, B, B, B]) == [
        {},
        {2: 300, STREAK: 1000},
        {2: 450},
        {2: 600},
        {2: 600, STREAK: 1},
        {2: 600},
    ]
    # C is held for as long as C was; the streak is of B or higher
    assert paid(rule, [B, C, C, A, B, B]) == [
        {},
        {2: 300, STREAK: 1000},
        {3: 600},
        {},
        {},
        {2: 300, STREAK: 1000},
    ]


def test_whoever_may_not_be_paid_holds_nothing() -> None:
    assert paid("amounts = { a = 5 }\n", [A], status=2) == [{}]


def test_of_several_reached_at_once_the_highest_alone() -> None:
    once = 'amounts = { a = 1, b = 2, c = 4 }\nskipped = "lost"\n'
    assert paid(once, [C]) == [{3: 4}]
    assert paid(once, [B], max_rank=0) == [{2: 2}]
    assert paid(once.replace("c = 4", "c = 0"), [C]) == [{2: 2}]
    # held for a further month first; what was lost is not paid later
    assert paid(once + "hold = 1\n", [B, C, C, A, A]) == [{}, {2: 2}, {3: 4}, {}, {}]
