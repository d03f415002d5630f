"""Looking up gives what indexing would, whatever the types."""

import numpy as np
import pytest

from upline.engine.tables import looked_up


@pytest.mark.parametrize("kind", [np.int16, np.int32, np.uint8])
@pytest.mark.parametrize("table", [np.array([True, False, True]), np.array([7, -1, 1 << 40])])
def test_looking_up_is_indexing(kind: type, table: np.ndarray) -> None:
    rows = np.array([2, 0, 0, 1, 2], kind)
    found = looked_up(table, rows)
    assert found.tolist() == table[rows].tolist()
    assert found.dtype == table.dtype
    assert len(looked_up(table, rows[:0])) == 0
