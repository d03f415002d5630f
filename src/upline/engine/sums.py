"""Sums up to each block of members, by key: what a range adds up to is a difference of two."""

from typing import Any

import numpy as np
import numpy.typing as npt

from upline.engine.jit import njit
from upline.engine.units import I32, I64

__all__ = ["sums_before"]

Array = npt.NDArray[Any]


@njit
def _add(size: int, key: I32, values: Array, out: I64) -> None:
    """out[b, k] = sum of `values` of the members of block b whose key is k; out is of zeros."""
    for v in range(len(values)):
        out[v // size, key[v]] += values[v]


def sums_before(size: int, values: Array, key: I32 | None = None, keys: int = 1) -> I64:
    """Sum by key of all members before each block of `size`; int64[blocks, keys], exact.

    One block more than is full, so that every range [start, stop) of n members has its two rows:
    start // size and stop // size.
    """
    blocks = len(values) // size + 1
    inside = np.zeros((blocks, keys), np.int64)
    if key is not None:
        _add(size, key, values, inside)
    elif blocks > 1:
        full = values[: (blocks - 1) * size].reshape(blocks - 1, size)
        inside[:-1, 0] = full.sum(axis=1, dtype=np.int64)
    before = np.zeros_like(inside)
    np.cumsum(inside[:-1], axis=0, out=before[1:])
    return before
