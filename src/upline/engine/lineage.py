"""Walking upward with compression, in O(levels) per source however many members are passed over.

For each member the nearest ancestor that can hold a given level is found once, parents first, so a
chain of a million inactive members costs no more than an active one.
"""

from enum import IntEnum

import numpy as np

from upline.engine.jit import njit
from upline.engine.units import I16, I32, Bool

__all__ = ["Compression", "hops", "lineage_levels", "nearest"]


class Compression(IntEnum):
    """What becomes of the level of an ancestor who cannot be paid.

    NONE: he keeps it and the money is not paid. SKIP_UNQUALIFIED: he holds no level.
    SKIP_BELOW_RANK: whoever is below the plan's holding rank (or may not be paid) holds no level.
    LEVEL_AWARE: whoever cannot take this very level is passed, and it is offered to the next.
    """

    NONE = 0
    SKIP_UNQUALIFIED = 1
    SKIP_BELOW_RANK = 2
    LEVEL_AWARE = 3


@njit
def _hop(parent: I32, order: I32, reach: I16, out: I32) -> None:
    """out[v, l] = nearest proper ancestor whose reach is above l, -1 if none.

    parent, order: int32[n] with parents first; reach: int16[n]; out: int32[n, columns].
    """
    columns = out.shape[1]
    for k in range(len(order)):
        v = order[k]
        p = parent[v]
        for column in range(columns):
            if p < 0:
                out[v, column] = -1
            elif reach[p] > column:
                out[v, column] = p
            else:
                out[v, column] = out[p, column]


def hops(parent: I32, order: I32, compression: int, able: Bool, depth: I16, holds: Bool) -> I32:
    """Where the next paid level goes: int32[n, columns], to be read at min(level, columns) - 1.

    able: who may be paid; depth: deepest level each may take; holds: who keeps a level under
    SKIP_BELOW_RANK. One column, but for LEVEL_AWARE one per level.
    """
    if compression == Compression.NONE:
        return parent.reshape(-1, 1)
    if compression == Compression.LEVEL_AWARE:
        reach = np.where(able, depth, 0).astype(np.int16)
        columns = max(1, int(depth.max(initial=0)))
    else:
        keeps = able if compression == Compression.SKIP_UNQUALIFIED else able & holds
        reach, columns = keeps.astype(np.int16), 1
    return nearest(parent, order, reach, columns)


def nearest(parent: I32, order: I32, reach: I16, columns: int) -> I32:
    """out[v, c] = nearest proper ancestor whose reach is above c, -1 if none; int32[n, columns]."""
    out = np.empty((len(parent), columns), np.int32)
    _hop(parent, order, reach, out)
    return out


@njit
def _levels(parent: I32, order: I32, level: I32) -> None:
    for k in range(len(order)):
        v = order[k]
        level[v] = level[parent[v]] + 1 if parent[v] >= 0 else 0


def lineage_levels(parent: I32, order: I32) -> I32:
    """Depth of everybody in a lineage; int32[n], roots 0."""
    level = np.empty(len(parent), np.int32)
    _levels(parent, order, level)
    return level
