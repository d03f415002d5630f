"""Sums up to each block of members, by key: what a range adds up to is a difference of two."""

import numpy as np

from upline.engine.jit import njit
from upline.engine.units import I32, I64

__all__ = ["sums_before"]


@njit
def _add(size: int, key: I32, values: I64, out: I64) -> None:
    """out[b, k] = sum of `values` of the members of block b whose key is k; out is of zeros."""
    for v in range(len(values)):
        out[v // size, key[v]] += values[v]


def sums_before(size: int, key: I32, keys: int, values: I64) -> I64:
    """Sum by key of all members before each block of `size`; int64[blocks, keys], exact.

    One block more than is full, so that every range [start, stop) of n members has its two rows:
    start // size and stop // size.
    """
    inside = np.zeros((len(values) // size + 1, keys), np.int64)
    _add(size, key, values, inside)
    before = np.zeros_like(inside)
    np.cumsum(inside[:-1], axis=0, out=before[1:])
    return before
