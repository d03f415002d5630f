"""Looking up gives what indexing would, whatever the types."""

import numpy as np
import pytest

from upline.engine.tables import looked_up, marked_in


@pytest.mark.parametrize("kind", [np.int16, np.int32, np.uint8])
@pytest.mark.parametrize("table", [np.array([True, False, True]), np.array([7, -1, 1 << 40])])
def test_looking_up_is_indexing(kind: type, table: np.ndarray) -> None:
    rows = np.array([2, 0, 0, 1, 2], kind)
    found = looked_up(table, rows)
    assert found.tolist() == table[rows].tolist()
    assert found.dtype == table.dtype
    assert len(looked_up(table, rows[:0])) == 0


@pytest.mark.parametrize("size", [0, 7, 8, 100, 1001])
def test_those_who_are_marked(size: int) -> None:
    marks = np.random.default_rng(size).random(size) < 0.05
    marks[-1:] = True
    assert marked_in(marks).tolist() == np.flatnonzero(marks).tolist()
