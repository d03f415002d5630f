"""How many levels stand below each member."""

import numpy as np

from upline.engine.jit import njit
from upline.engine.units import I32

__all__ = ["heights"]


@njit
def _rise(parent: I32, height: I32) -> None:
    for v in range(len(parent) - 1, -1, -1):
        p = parent[v]
        if p >= 0 and height[v] + 1 > height[p]:
            height[p] = height[v] + 1


def heights(parent: I32) -> I32:
    """Levels below each member of a forest in preorder, 0 for those who have nobody; int32[n]."""
    height = np.zeros(len(parent), np.int32)
    _rise(parent, height)
    return height
