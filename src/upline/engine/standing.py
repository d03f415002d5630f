"""The rank a member is paid as: what was achieved, what grace keeps, what an administrator gave.

All three are told apart. Grace looks at ranks that were achieved, so that a forced rank leaves
nothing behind when it ends; a forced rank never counts as achieved.
"""

import numpy as np

from upline.engine.plan import Ranks
from upline.engine.requirements import rank_positions
from upline.engine.snapshot import Snapshot
from upline.engine.units import I16, NONE, Bool

__all__ = ["HIGHEST", "paid_as", "standing_bounds"]

HIGHEST = 32767


def standing_bounds(ranks: Ranks, s: Snapshot, rankable: Bool) -> tuple[I16, I16]:
    """Lowest and highest rank that each member is paid as, positions, int16[n] each.

    Where both are in conflict the highest has the last word. Both are empty where neither grace nor
    force has a say.
    """
    forced = s.extras.forced
    if not len(forced) and not ranks.grace.any():
        return np.empty(0, np.int16), np.empty(0, np.int16)
    low = _kept(ranks, s)
    high = np.full(len(s), HIGHEST, np.int16)
    if len(forced):
        given = rank_positions(ranks.id, forced)
        low = np.maximum(low, given)
        if ranks.forced_exactly:
            high = np.where(given >= 0, given, high)
    low[~rankable] = NONE
    return low.astype(np.int16), high.astype(np.int16)


def paid_as(achieved: I16, bounds: tuple[I16, I16]) -> I16:
    """The rank paid as, int16[n]; what was achieved where there are no bounds."""
    low, high = bounds
    return np.clip(achieved, low, high) if len(low) else achieved


def _kept(ranks: Ranks, s: Snapshot) -> I16:
    """The highest rank that was achieved no longer ago than its grace; int16[n]."""
    kept = np.full(len(s), NONE, np.int16)
    past = rank_positions(ranks.id, s.extras.past_rank)
    for rank in np.flatnonzero(ranks.grace):
        recent = past[: ranks.grace[rank]].max(axis=0, initial=NONE)
        kept[recent >= rank] = rank
    return kept
