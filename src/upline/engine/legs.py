"""Volume of both legs in the binary tree."""

from dataclasses import dataclass

import numpy as np

from upline.engine.jit import njit
from upline.engine.snapshot import Snapshot
from upline.engine.units import I8, I32, I64, Bool
from upline.engine.volumes import leg_volumes

__all__ = ["LegFigures", "counted_volumes", "leg_sums", "leg_totals"]


@dataclass(frozen=True, slots=True)
class LegFigures:
    """What a binary bonus took in, paid for and let go of each leg; int64[2, n], left first, 1e-4.

    carry-in + new = paid + flushed + carry-out. Flushed is all that is gone unpaid: flushed,
    expired, beyond a cap.
    """

    new: I64
    paid: I64
    flushed: I64


@njit
def _count(
    position: I8,
    parent: I32,
    sponsor: I32,
    is_customer: Bool,
    values: I64,
    inside: Bool,
    counted: I64,
) -> None:
    """What counts where each member stands; inside: bool[n] of False, filled."""
    for v in range(len(values)):
        if position[v] != 0:
            inside[v] = True
            inside[parent[v]] = True
    for v in range(len(values)):
        counted[v] = values[v] if inside[v] else 0
    for v in range(len(values)):
        if is_customer[v] and not inside[v] and sponsor[v] >= 0:
            counted[sponsor[v]] += values[v]


def leg_totals(s: Snapshot, is_customer: Bool, values: I64) -> tuple[I64, I64]:
    """Left and right leg volume of the period, int64[n] each, for member volumes int64[n].

    Customers who stand outside of the binary tree count where their sponsor stands; members who
    stand outside count nowhere.
    """
    if not s.binary_position.any():
        return np.zeros(len(s), np.int64), np.zeros(len(s), np.int64)
    return leg_sums(s, counted_volumes(s, is_customer, values))


def counted_volumes(s: Snapshot, is_customer: Bool, values: I64) -> I64:
    """What counts where each member stands in the binary tree; int64[n]."""
    inside, counted = np.zeros(len(s), np.bool_), np.empty(len(s), np.int64)
    _count(s.binary_position, s.binary_parent, s.sponsor, is_customer, values, inside, counted)
    return counted


def leg_sums(s: Snapshot, counted: I64) -> tuple[I64, I64]:
    """What counts on the left and on the right below each member; int64[n] each."""
    n = len(s)
    left, right = np.empty(n, np.int64), np.empty(n, np.int64)
    split, sums = np.empty(n + 1, np.int32), np.empty(n + 1, np.int64)
    leg_volumes(s.binary_pre, s.binary_end, s.binary_position, counted, split, sums, left, right)
    return left, right
