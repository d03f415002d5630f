"""Volumes of a period: own, with customers, commissionable, organization and binary legs.

All arrays have one value per member in snapshot preorder, volumes int64 in ten-thousandths.
"""

from upline.engine.arithmetic import product, round_exact
from upline.engine.jit import njit, njit_allocating
from upline.engine.units import I8, I32, I64, LEFT, Bool

__all__ = [
    "add_customers",
    "add_entries",
    "commissionable",
    "cut",
    "leg_volumes",
    "lesser_legs",
    "level_sums",
    "subtree_sums",
]


@njit
def add_entries(entry_member: I32, values: I64, out: I64) -> None:
    """out[member] += value for every entry; out is int64[n] of zeros."""
    for k in range(len(values)):
        out[entry_member[k]] += values[k]


@njit
def add_customers(sponsor: I32, is_customer: Bool, values: I64, out: I64) -> None:
    """out = values plus the values of the member's own customers (not of customers' customers)."""
    for v in range(len(values)):
        out[v] = values[v]
    for v in range(len(values)):
        if is_customer[v] and sponsor[v] >= 0:
            out[sponsor[v]] += values[v]


@njit
def commissionable(
    sponsor: I32,
    is_customer: Bool,
    is_earner: Bool,
    enrolled: I32,
    own: I64,
    period: int,
    cuts: I64,
    up_to: int,
    as_own: bool,
    out: I64,
) -> None:
    """Volume that percentages other than fast start are paid on.

    A new member's own volume, of which no more than `up_to`, is cut by cuts[k] millionths in the
    k-th calendar month after that of enrolment, while fast start is paid on it; rounded half up to
    a ten-thousandth.
    With `as_own`, customers' volume is moved to their sponsor uncut and their own becomes 0.
    """
    n = len(own)
    for v in range(n):
        out[v] = cut(own[v], period - enrolled[v], cuts, up_to) if is_earner[v] else own[v]
    if as_own:
        for v in range(n):
            if is_customer[v] and sponsor[v] >= 0:
                out[sponsor[v]] += out[v]
                out[v] = 0


@njit
def cut(own: int, age: int, cuts: I64, up_to: int) -> int:
    """What is left of a member's own volume so many months after enrolment."""
    if not 0 <= age < len(cuts):
        return own
    high, low = product(min(own, up_to), cuts[age])
    return own - int(round_exact(high, low, 1, 0))


@njit
def subtree_sums(sponsor: I32, values: I64, out: I64) -> None:
    """out[v] = sum of `values` over v and everybody below; one backward pass over preorder."""
    n = len(values)
    for v in range(n):
        out[v] = values[v]
    for v in range(n - 1, -1, -1):
        p = sponsor[v]
        if p >= 0:
            out[p] += out[v]


@njit_allocating
def level_sums(sponsor: I32, values: I64, levels: int, out: I64) -> None:
    """out[v] = sum of `values` over v and so many levels below; a pass for each level.

    After k passes `step` holds what stands k levels below everybody. A sponsor comes before those
    he sponsors, so what he has is handed up before anything is handed to him.
    """
    step = values.copy()
    out[:] = values
    for _ in range(levels):
        for v in range(len(values)):
            p = sponsor[v]
            if p >= 0:
                out[p] += step[v]
                step[p] += step[v]
            step[v] = 0


@njit
def lesser_legs(sponsor: I32, is_customer: Bool, ov: I64, largest: I64, out: I64) -> None:
    """out[v] = OV of all legs of v but the largest; customers are no legs, and no leg is less than
    nothing. largest, out: int64[n] of zeros."""
    for v in range(len(ov)):
        p = sponsor[v]
        if p >= 0 and not is_customer[v] and ov[v] > 0:
            out[p] += ov[v]
            largest[p] = max(largest[p], ov[v])
    for v in range(len(ov)):
        out[v] -= largest[v]


@njit
def leg_volumes(
    pre: I32, end: I32, position: I8, values: I64, split: I32, sums: I64, left: I64, right: I64
) -> None:
    """Volume of both binary legs, without the member's own; left and right are int64[n].

    A leg is a range of the binary preorder, so it is the difference of two sums up to a place. A
    left leg begins right behind its member, a right one where the left one ends. pre, end,
    position: of the binary tree. split: int32[n + 1], filled by place with the end of the left leg
    that begins there; sums: int64[n + 1], filled with the volume before each place.
    """
    n = len(values)
    for v in range(n):
        k = pre[v]
        split[k] = end[v] if position[v] == LEFT else k
        sums[k + 1] = values[v]
    split[n] = n
    sums[0] = 0
    for k in range(n):
        sums[k + 1] += sums[k]
    for v in range(n):
        begin = pre[v] + 1
        middle = split[begin]
        left[v] = sums[middle] - sums[begin]
        right[v] = sums[end[v]] - sums[middle]
