"""Volumes of earlier periods are joined by id, whatever order they come in."""

import numpy as np

from upline.engine.earlier import SumColumns, summed

# Customers 10, 20, 30 stand at positions 2, 0, 1.
IDS = np.array([10, 20, 30])
PLACE = np.array([2, 0, 1], np.int32)


def test_sums_stand_by_place_and_member() -> None:
    rows = SumColumns([30, 10, 99, 10, 20, 30], [0, 1, 0, 0, 1, 2], [1, 2, 4, 8, 16, 32])
    assert summed(rows, 2, IDS, PLACE).tolist() == [[0, 1, 8], [16, 0, 2]]
    assert summed(rows, 3, IDS, PLACE).tolist() == [[0, 1, 8], [16, 0, 2], [0, 32, 0]]


def test_rows_of_one_sum_add_up() -> None:
    rows = SumColumns([10, 10, 10], [1, 1, 0], [5, -7, 3])
    assert summed(rows, 2, IDS, PLACE).tolist() == [[0, 0, 3], [0, 0, -2]]


def test_nothing_is_known_of_a_first_period() -> None:
    assert summed(SumColumns(), 2, IDS, PLACE).tolist() == [[0, 0, 0], [0, 0, 0]]
    assert summed(SumColumns(), 0, IDS, PLACE).shape == (0, 3)
