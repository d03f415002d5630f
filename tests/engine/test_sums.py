"""Sums before blocks."""

import numpy as np

from upline.engine.sums import sums_before


def test_before_each_block() -> None:
    key = np.array([0, 1, 0, 0, 1], np.int32)
    values = np.array([1, 10, 2, 4, 20], np.int64)
    assert sums_before(2, values, key, 2).tolist() == [[0, 0], [1, 10], [7, 10]]


def test_a_full_last_block_has_one_behind_it() -> None:
    values = np.full(5, 200, np.uint8)
    assert sums_before(2, values[:4]).tolist() == [[0], [400], [800]]
    assert sums_before(2, values).tolist() == [[0], [400], [800]]
    assert sums_before(2, values[:0]).tolist() == [[0]]


def test_blocks_of_three() -> None:
    values = np.array([1, 2, 4, 8, 16, 32, 64, 128], np.int64)
    assert sums_before(3, values).tolist() == [[0], [7], [63]]
