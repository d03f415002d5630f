"""Levels below each member, chains included."""

import numpy as np

from upline.engine.heights import heights


def test_heights() -> None:
    #  0 - 1 - 2      3 stands below 0; 4 is another root with 5 below
    parent = np.array([-1, 0, 1, 0, -1, 4], np.int32)
    assert heights(parent).tolist() == [2, 1, 0, 0, 1, 0]
    assert heights(np.empty(0, np.int32)).tolist() == []


def test_a_long_chain() -> None:
    size = 100_000
    found = heights(np.arange(-1, size - 1, dtype=np.int32))
    assert found[0] == size - 1
    assert (np.diff(found) == -1).all()
