"""Part of a kind of volume: entries of some types, of some buyers, or of the days after enrolment.

Worked out for plans that name a part or count in days; others do not come by here.
"""

import numpy as np

from upline.engine.arithmetic import product, round_exact
from upline.engine.jit import njit
from upline.engine.measures import among
from upline.engine.plan import Part
from upline.engine.snapshot import Snapshot
from upline.engine.units import I16, I64, Bool
from upline.engine.volumes import add_entries

__all__ = ["part_values", "reduced", "window_volumes"]


def part_values(s: Snapshot, part: Part, values: I64) -> I64:
    """`values` of the entries that belong to the part, 0 for all others; int64[entries]."""
    chosen = np.ones(len(values), np.bool_)
    if part.order_types:
        chosen &= among(s.entry_type, part.order_types)
    if part.buyers:
        chosen &= among(s.customer_type, part.buyers)[s.entry_member]
    if part.by_age:
        age = entry_ages(s, by_hour=part.by_hour)
        chosen &= (age >= part.from_age) & (age < part.to_age)
    return np.where(chosen, values, 0)


def window_volumes(s: Snapshot, ends: tuple[int, ...], by_hour: bool, values: I64) -> I64:
    """Own volume in each window after enrolment; int64[windows, n].

    ends: days after enrolment, or hours, that the windows end before, ascending; the first begins
    with 0.
    """
    out = np.zeros((len(ends), len(s)), np.int64)
    age = entry_ages(s, by_hour=by_hour)
    window = np.searchsorted(np.array(ends), age, side="right")
    for k in range(len(ends)):
        chosen = (window == k) & (age >= 0)
        add_entries(s.entry_member[chosen], values[chosen], out[k])
    return out


def reduced(own: I64, windows: I64, new: Bool, cuts: tuple[int, ...], up_to: int) -> I64:
    """Own volume less the cut of each window; no more than `up_to` of a member's volume is cut.

    new: bool[n], whose volume is cut at all.
    """
    out = own.copy()
    _cut(windows, new, np.array(cuts, np.int64), up_to, out)
    return out


def entry_ages(s: Snapshot, *, by_hour: bool = False) -> I16:
    """Days since enrolment of every entry, or full hours."""
    ages = s.extras.entry_hour if by_hour else s.extras.entry_age
    if len(ages) != len(s.entry_id):
        raise ValueError("a plan that counts days or hours needs the age of every entry")
    return ages


@njit
def _cut(windows: I64, new: Bool, cuts: I64, up_to: int, out: I64) -> None:
    for v in range(len(out)):
        if not new[v]:
            continue
        left = up_to
        for k in range(len(cuts)):
            counted = min(windows[k, v], left)
            high, low = product(counted, cuts[k])
            out[v] -= round_exact(high, low, 1, 0)
            left -= max(counted, 0)
