"""Dated carry, owners and days are joined by id, whatever order they come in."""

import numpy as np
from numpy.testing import assert_array_equal

from upline.engine.carry import (
    DayColumns,
    LotColumns,
    PositionColumns,
    aging,
    carried,
    days_of,
    left_of,
    particular,
)

# Customers 10, 20, 30 stand at positions 2, 0, 1.
IDS = np.array([10, 20, 30])
PLACE = np.array([2, 0, 1], np.int32)


def test_lots_stand_by_member_and_period() -> None:
    lots = carried(
        LotColumns([30, 10, 30, 99, 30], [7, 5, 6, 5, 7], [1, 2, 3, 4, 5], [0, 9, 8, 7, 6]),
        IDS,
        PLACE,
    )
    assert_array_equal(lots.member, [1, 1, 2])
    assert_array_equal(lots.period, [6, 7, 5])
    assert_array_equal(lots.left, [3, 6, 2])
    assert_array_equal(lots.right, [8, 6, 9])


def test_no_lots_are_none() -> None:
    assert [len(column) for column in carried(LotColumns(), IDS, PLACE)] == [0] * 4


def test_carry_that_no_lot_explains_is_of_the_period_before() -> None:
    lots = carried(LotColumns([30, 10], [9, 6], [5, 7], [1, 0]), IDS, PLACE)
    carry = np.array([[4, 5, 10], [0, 2, 0]])
    dated = aging(lots, carry, 10, 3)
    assert_array_equal(dated.first, [0, 1, 2, 4])
    assert_array_equal(dated.period, [9, 9, 6, 9])
    assert_array_equal(dated.volume, [[4, 5, 7, 3], [0, 2, 0, 0]])


def test_what_is_in_no_older_lot_is_of_this_period() -> None:
    lots = carried(LotColumns([30, 10], [9, 6], [5, 7], [1, 0]), IDS, PLACE)
    dated = aging(lots, np.array([[0, 5, 7], [0, 1, 0]]), 10, 3)
    dated.volume[:, 0] = 0  # used up
    out = left_of(dated, np.array([6, 0, 9]), np.array([0, 0, 1]))
    assert_array_equal(out.member, [0, 2, 2])
    assert_array_equal(out.period, [10, 6, 10])
    assert_array_equal(out.left, [6, 7, 2])
    assert_array_equal(out.right, [0, 0, 1])


def test_plans_without_an_age_have_no_lots() -> None:
    assert aging(carried(LotColumns(), IDS, PLACE), np.ones((2, 3)), 10, None).first.size == 0


def test_owners_and_kept_carry_come_together_by_member() -> None:
    rows = PositionColumns(
        [30, 10, 30, 10, 20, 99], [20, 88, 0, 30, 0, 10], [False, False, True, False, True, True]
    )
    found = particular(rows, IDS, PLACE)
    assert_array_equal(found.member, [0, 1, 2])
    assert_array_equal(found.owner, [-1, 0, 1])
    assert_array_equal(found.kept, [True, True, False])


def test_every_entry_finds_its_day() -> None:
    assert_array_equal(days_of(DayColumns([8, 5], [3, 6]), np.array([5, 7, 8])), [6, -1, 3])
    assert len(days_of(DayColumns(), np.array([5]))) == 0
