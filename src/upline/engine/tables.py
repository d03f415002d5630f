"""Tables looked up for everybody: far faster than by numpy, which widens every index."""

from typing import Any

import numpy as np

from upline.engine.jit import njit

__all__ = ["looked_up"]


def looked_up(table: Any, rows: Any) -> Any:
    """table[rows] of a table with one axis; no row is negative."""
    out = np.empty(len(rows), table.dtype)
    _look_up(table, rows, out)
    return out


@njit
def _look_up(table: Any, rows: Any, out: Any) -> None:
    for k in range(len(rows)):
        out[k] = table[rows[k]]
