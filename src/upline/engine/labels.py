"""Preorder as labels with room between them, so that a newcomer is labelled without moving others.

A member opens at one label and closes at a later one; whoever stands below opens and closes in
between. Fresh labels put member v of the preorder at v * GAP, so that the k-th member after another
one is found without counting; those who end with v share the room up to v + 1 for their closings.
"""

from typing import NamedTuple

import numpy as np

from upline.engine.units import I32, I64

__all__ = ["GAP", "Labels", "fresh"]

# Room for chains of millions that end together, and for 2^31 members in 63 bits.
GAP = 1 << 32


class Labels(NamedTuple):
    """int64[n] each: a is above m when open[a] < open[m] < close[a]."""

    open: I64
    close: I64


def fresh(pre: I32, end: I32, level: I32) -> Labels:
    """Labels of a forest of members in any order; int32[n] each.

    Member v and those below hold the places [pre[v], end[v]) of its preorder.
    """
    n = len(pre)
    level_at = np.zeros(n + 1, np.int32)
    level_at[pre] = level
    closings = level_at[:-1] - level_at[1:] + 1  # how many end with each place
    last = end - 1
    turn = (level_at[last] - level + 1).astype(np.int64)  # the deepest close first
    close = last * np.int64(GAP) + turn * GAP // (closings[last] + 1)
    return Labels(pre * np.int64(GAP), close)
