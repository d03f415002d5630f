"""Each rule of the binary bonus by one worked figure, and the deepest of trees."""

from typing import Any

import numpy as np
import pytest
from tests.engine.agreement import items_of, plan_of
from tests.engine.bonuses.test_binary import BONUS, PERIOD, PLAIN, assert_conserved, fraction
from tests.engine.company import entry_columns, member_columns

from upline.engine import AdjustmentColumns, EntryColumns, MemberColumns, build, run
from upline.engine.bonuses.binary import HISTORY, SECOND_LEFT, SECOND_RIGHT
from upline.engine.carry import DayColumns, LotColumns, PositionColumns
from upline.engine.extras import ExtraColumns
from upline.engine.memory import MemoryColumns

PAIR = "cycle = { strong = 100, weak = 100, pay = 500"
FIRST = PAIR + ", first = { strong = 200, weak = 100, pay = 300 }"
SECOND = 'second = { counted = "cv", volume = 1 }'
# What YOU bring along beside the volume of two legs.
Past = dict[str, Any]


def settled(
    bonus: str, left: float, right: float, past: Past | None = None
) -> tuple[list[float], Any]:
    """[money, carry left, carry right] of a member with these two legs, and the result."""
    past = past or {}
    members = [
        {"customer_id": 1, "sponsor_id": 0, "carry_left": past.get("left", 0)},
        {"customer_id": 2, "sponsor_id": 1, "binary_parent_id": 1, "binary_position": 1},
        {"customer_id": 3, "sponsor_id": 1, "binary_parent_id": 1, "binary_position": 2},
        {"customer_id": 4, "sponsor_id": 1, "type": 3},
    ]
    orders = [
        {"order_id": 1, "customer_id": 1, "pv": past.get("own", 0)},
        {"order_id": 2, "customer_id": 2, "pv": left, "cv": past.get("cv", (left, right))[0]},
        {"order_id": 3, "customer_id": 3, "pv": right, "cv": past.get("cv", (left, right))[1]},
        {"order_id": 4, "customer_id": 4, "pv": past.get("customer", 0)},
    ]
    rows = [(1, BONUS, HISTORY, 0, past.get("cycles", 0), past.get("amount", 0) * 10_000, 0)]
    rows += [(1, BONUS, SECOND_LEFT, 0, 0, past.get("second", (0, 0))[0] * 10_000, 0)]
    rows += [(1, BONUS, SECOND_RIGHT, 0, 0, past.get("second", (0, 0))[1] * 10_000, 0)]
    lots = np.array(
        [(1, period, volume * 10_000, 0) for period, volume in past.get("lots", ())], np.int64
    )
    snapshot = build(
        PERIOD,
        member_columns(members),
        entry_columns(orders),
        AdjustmentColumns.empty(),
        ExtraColumns(
            lots=LotColumns(*lots.reshape(-1, 4).T),
            positions=PositionColumns([1], [0], [past.get("kept", False)]),
            memories=MemoryColumns(*np.array(rows, np.int64).T),
            days=DayColumns([1, 2, 3, 4], [0, *past.get("days", (0, 0)), 0]),
            period_days=(0, 6),
        ),
    )
    result = run(plan_of(PLAIN + bonus), snapshot)
    assert_conserved(snapshot, result)
    money = items_of(snapshot, result).get((1, 1, BONUS, 1), 0)
    out = (result.carry_left_out, result.carry_right_out)
    return [float(money), *(float(fraction(side[0])) for side in out)], result


@pytest.mark.parametrize(
    ("bonus", "left", "right", "past", "expected"),
    [
        # percent of the lesser leg
        ('rate = "20%"', 400, 600, {}, [80, 0, 200]),
        ('rate = "20%"\nminimum = 500', 400, 600, {}, [0, 400, 600]),
        # matched volume times weaker / stronger: 400 * 400 / 500 at 10 %
        ("rate = 0.1\nbalance = true", 400, 500, {}, [32, 0, 100]),
        # lopsided 2:1 is paid 15 % and takes twice as much of the stronger leg
        ("rate = 0.1\nlopsided = { rate = 0.15 }", 1000, 400, {}, [60, 200, 0]),
        ("rate = 0.1\nlopsided = { rate = 0.15 }", 799, 400, {}, [40, 399, 0]),
        # the highest block both legs reach, once
        (
            "tiers = [{ volume = 250, amount = 40 }, { volume = 500, amount = 100 }]",
            1200,
            700,
            {},
            [100, 700, 200],
        ),
        # 1/3-2/3: the strong leg is decided anew, so that legs of one height take turns
        ("cycle = { strong = 200, weak = 100, pay = 14 }", 600, 600, {}, [56, 0, 0]),
        # first pair 2:1, then 1:1, with money of its own
        (FIRST + " }", 400, 300, {}, [1300, 0, 0]),
        (PAIR + ", first = { strong = 200, weak = 100 } }", 150, 150, {}, [0, 150, 150]),
        (
            FIRST + " }",
            400,
            300,
            {"cycles": 1},
            [1500, 100, 0],
        ),
        # the least of four counters
        (
            PAIR + " }\n" + SECOND,
            500,
            400,
            {"cv": (3, 2)},
            [1000, 300, 200],
        ),
        (
            PAIR + " }\n" + SECOND,
            500,
            400,
            {"cv": (3, 2), "second": (0, 1)},
            [1500, 200, 100],
        ),
        (
            PAIR + " }\n" + SECOND.replace("1 }", "0.0001 }"),
            500,
            400,
            {"cv": (3, 0)},
            [0, 500, 400],
        ),
        # caps and what becomes of the rest
        (PAIR + " }\nmax_cycles = 2", 500, 400, {}, [1000, 300, 200]),
        (PAIR + ' }\nmax_cycles = 2\nover_cap = "forfeit"', 500, 400, {}, [1000, 100, 0]),
        (PAIR + ' }\nmax_cycles = 2\nover_cap = "flush"', 500, 400, {}, [1000, 0, 0]),
        # whoever had cycles is flushed after pay, paid or forfeited
        *(
            (
                f'{PAIR} }}\nlifetime_cycles = {most}\nover_cap = "forfeit"\nafter_pay = "flush"',
                500,
                400,
                {"cycles": 2},
                [500 * (most - 2), 0, 0],
            )
            for most in (6, 4, 2)
        ),
        (PAIR + " }\nlifetime_cycles = 400", 500, 400, {"cycles": 398}, [1000, 300, 200]),
        ("rate = 0.1\nlifetime_amount = 100", 500, 400, {"amount": 75}, [25, 250, 150]),
        ("rate = 0.1\nmax_amount = 25\ncarry_limit = 200", 500, 400, {}, [25, 200, 150]),
        ("rate = 0.1\nleg_limit = 300", 500, 400, {}, [30, 200, 100]),
        # two days of two cycles each, five cycles' volume on the first
        (
            PAIR + ' }\nmax_cycles = 2\nevery = "day"',
            500,
            500,
            {"days": (2, 2)},
            [2500, 0, 0],
        ),
        (
            PAIR + ' }\nmax_cycles = 2\nevery = "day"\nperiod_cycles = 3',
            500,
            500,
            {"days": (2, 2)},
            [1500, 200, 200],
        ),
        (
            PAIR + ' }\nmax_cycles = 2\nevery = "day"\nover_cap = "flush"',
            500,
            500,
            {"days": (2, 3)},
            [1000, 0, 0],
        ),
        # lots expire when the period ends, not when a day of it does
        (
            'rate = 0.1\nevery = "day"\ncarry_periods = 1',
            0,
            60,
            {"left": 150, "lots": ((PERIOD - 1, 150),), "days": (2, 5)},
            [6, 0, 0],
        ),
        (
            'rate = 0.1\nevery = "day"\ncarry_periods = 2',
            0,
            60,
            {"left": 150, "lots": ((PERIOD - 1, 150),), "days": (2, 5)},
            [6, 90, 0],
        ),
        # the rest of whoever was paid
        ('rate = 0.1\nafter_pay = "flush"', 500, 400, {}, [40, 0, 0]),
        (PAIR + ' }\nafter_pay = "flush_weak"', 550, 430, {}, [2000, 150, 0]),
        # whoever is not active, or not qualified
        ("rate = 0.1\nactive = { pv = 40 }", 500, 400, {}, [0, 0, 0]),
        ("rate = 0.1\nactive = { pv = 40 }", 500, 400, {"kept": True}, [0, 500, 400]),
        (
            'rate = 0.1\nactive = { pv = 40 }\ninactive = "keep_old"',
            500,
            400,
            {"left": 70},
            [0, 70, 0],
        ),
        ('rate = 0.1\nrequires = { pv = 40 }\nunqualified = "keep"', 500, 400, {}, [0, 500, 400]),
        (
            'rate = 0.1\nrequires = { pv = 40 }\nunqualified = "flush_weak"',
            500,
            400,
            {},
            [0, 500, 0],
        ),
        # 52 periods on, what was not matched is gone; the oldest is used first
        (
            "rate = 0.1\ncarry_periods = 52",
            0,
            60,
            {"left": 150, "lots": ((PERIOD - 52, 100), (PERIOD - 51, 50))},
            [6, 50, 0],
        ),
        (
            "rate = 0.1\ncarry_periods = 52",
            0,
            130,
            {"left": 150, "lots": ((PERIOD - 52, 100), (PERIOD - 51, 50))},
            [13, 20, 0],
        ),
        # own volume over 200 rolls to the lesser leg; that of customers levels the legs
        ("rate = 0.1\noverflow = { over = 200 }", 500, 400, {"own": 260}, [46, 40, 0]),
        (
            'rate = 0.1\noverflow = { of = "customers", to = "balance" }',
            500,
            400,
            {"customer": 300},
            [60, 0, 0],
        ),
    ],
)
def test_a_worked_figure(
    bonus: str, left: float, right: float, past: Past, expected: list[float]
) -> None:
    assert settled(bonus + "\n", left, right, past)[0] == expected


def test_flushed_volume_is_told_from_paid_volume() -> None:
    _, result = settled('rate = 0.1\nmax_amount = 25\nover_cap = "forfeit"\n', 500, 400)
    figures = result.leg_figures
    assert [float(fraction(v)) for v in figures.paid[:, 0]] == [250, 250]
    assert [float(fraction(v)) for v in figures.flushed[:, 0]] == [150, 150]


@pytest.mark.parametrize(
    ("more", "left", "right", "past", "expected"),
    [
        # 2 for each of two cycles off 7 and 5; what was carried counts first
        ("", 500, 200, {"cv": (7, 5)}, [3, 1]),
        ("", 500, 200, {"cv": (6, 3), "second": (1, 2)}, [3, 1]),
        ("", 500, 400, {"cv": (7, 3)}, [5, 1]),
        ("", 500, 90, {"cv": (7, 5)}, [7, 5]),
        # a cycle that a cap leaves unpaid uses it up, where it uses up the legs
        ("max_cycles = 1\n", 500, 200, {"cv": (7, 5)}, [5, 3]),
        ('max_cycles = 1\nover_cap = "forfeit"\n', 500, 200, {"cv": (7, 5)}, [3, 1]),
        # flushed with the legs, or with the weaker one of them
        ('after_pay = "flush"\n', 500, 200, {"cv": (7, 5)}, [0, 0]),
        ('after_pay = "flush_weak"\n', 500, 200, {"cv": (7, 5)}, [3, 0]),
        ('after_pay = "flush_weak"\n', 200, 500, {"cv": (7, 5)}, [0, 1]),
        ('active = { pv = 40 }\ninactive = "keep_old"\n', 500, 200, {"second": (4, 6)}, [4, 6]),
        ('active = { pv = 40 }\ninactive = "keep"\n', 5, 2, {"second": (4, 6)}, [9, 8]),
    ],
)
def test_what_is_left_of_a_second_volume(
    more: str, left: float, right: float, past: Past, expected: list[int]
) -> None:
    second = 'second = { counted = "cv", volume = 2 }\n'
    _, result = settled(f"{PAIR} }}\n{second}{more}", left, right, past)
    rows = result.memories
    found = {
        int(slot): int(total) // 10_000
        for member, slot, total in zip(rows.member, rows.slot, rows.total, strict=True)
        if member == 0
    }
    assert [found.get(slot, 0) for slot in (SECOND_LEFT, SECOND_RIGHT)] == expected


@pytest.mark.parametrize(
    ("bonus", "left", "right", "past", "expected"),
    [
        (FIRST + " }", 400, 300, {}, (3, 1300)),
        (FIRST + " }", 150, 150, {}, (0, 0)),
        (FIRST + " }", 400, 300, {"cycles": 2, "amount": 800}, (5, 2300)),
        (PAIR + " }\nlifetime_cycles = 3", 500, 400, {"cycles": 1, "amount": 500}, (3, 1500)),
        (PAIR + " }\nlifetime_cycles = 3", 50, 400, {"cycles": 1, "amount": 500}, (1, 500)),
        ("rate = 0.1\nlifetime_amount = 100", 500, 400, {"amount": 75}, (1, 100)),
        ("rate = 0.1\nlifetime_amount = 100", 500, 400, {"cycles": 1, "amount": 100}, (1, 100)),
        ("rate = 0.1\nlifetime_amount = 100", 500, 400, {}, (1, 40)),
    ],
)
def test_what_was_ever_paid_is_remembered(
    bonus: str, left: float, right: float, past: Past, expected: tuple[int, int]
) -> None:
    """Cycles, or times, and money."""
    rows = settled(bonus + "\n", left, right, past)[1].memories
    mine = np.flatnonzero((rows.member == 0) & (rows.slot == HISTORY))
    found = [(int(rows.counted[k]), int(rows.total[k]) // 10_000) for k in mine]
    assert found == ([expected] if any(expected) else [])


def test_days_must_be_known_to_settle_by_day() -> None:
    plan = plan_of(PLAIN + 'rate = 0.1\nmax_amount = 5\nevery = "day"\n')
    members = member_columns([{"customer_id": 1}])
    orders = entry_columns([{"order_id": 1, "customer_id": 1, "pv": 5}])
    with pytest.raises(ValueError, match="the day of every entry"):
        run(plan, build(PERIOD, members, orders, AdjustmentColumns.empty()))


def test_a_spine_of_a_hundred_thousand_keeps_every_point() -> None:
    """Everybody has one buyer on the right and the rest of the spine on the left."""
    deep = 100_000
    ids = np.arange(1, 2 * deep + 1)
    parent = np.concatenate((np.arange(deep), np.arange(1, deep + 1)))
    side = np.concatenate((np.full(deep, 1), np.full(deep, 2)))
    side[0] = 0
    none = np.zeros(2 * deep, np.int64)
    members = MemberColumns(
        customer_id=ids,
        customer_type=np.full(2 * deep, 2),
        status=np.ones(2 * deep),
        enrolled_period=np.ones(2 * deep),
        sponsor_id=parent,
        enroller_id=parent,
        binary_parent_id=parent,
        binary_position=side,
        max_rank=none - 1,
        previous_rank=none - 1,
        carry_left=none,
        carry_right=none,
    )
    volume = np.full(deep, 1_000_000)
    orders = EntryColumns(ids[deep:], ids[deep:], none[:deep] + 1, volume, volume, none[:deep])
    snapshot = build(PERIOD, members, orders, AdjustmentColumns.empty())
    result = run(plan_of(PLAIN + 'rate = "10%"\ncarry_periods = 4\ncarry_limit = 5000\n'), snapshot)
    assert_conserved(snapshot, result)
    top = snapshot.index_of(1)
    assert result.left[top] == (deep - 1) * 1_000_000
    assert result.checks.total_commission.sum() == (deep - 1) * 100_000
    assert result.carry_left_out[top] == 50_000_000
