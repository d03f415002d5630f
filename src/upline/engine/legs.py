"""Volume of both legs in the binary tree."""

from dataclasses import dataclass

import numpy as np

from upline.engine.snapshot import Snapshot
from upline.engine.units import I64, Bool
from upline.engine.volumes import leg_volumes

__all__ = ["LegFigures", "leg_totals"]


@dataclass(frozen=True, slots=True)
class LegFigures:
    """What a binary bonus took in, paid for and let go of each leg; int64[2, n], left first, 1e-4.

    carry-in + new = paid + flushed + carry-out. Flushed is all that is gone unpaid: flushed,
    expired, beyond a cap.
    """

    new: I64
    paid: I64
    flushed: I64


def leg_totals(s: Snapshot, is_customer: Bool, values: I64) -> tuple[I64, I64]:
    """Left and right leg volume of the period, int64[n] each, for member volumes int64[n].

    Customers who stand outside of the binary tree count where their sponsor stands; members who
    stand outside count nowhere.
    """
    n = len(s)
    placed = s.binary_position != 0
    if not placed.any():
        return np.zeros(n, np.int64), np.zeros(n, np.int64)
    inside = placed.copy()
    inside[s.binary_parent[placed]] = True
    counted = np.where(inside, values, 0)
    outside = is_customer & ~inside & (s.sponsor >= 0)
    np.add.at(counted, s.sponsor[outside], values[outside])
    left, right = np.empty(n, np.int64), np.empty(n, np.int64)
    split, sums = np.empty(n + 1, np.int32), np.empty(n + 1, np.int64)
    leg_volumes(s.binary_pre, s.binary_end, s.binary_position, counted, split, sums, left, right)
    return left, right
