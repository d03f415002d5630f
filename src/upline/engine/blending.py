"""What checks are paid at where most of a group's volume is from other countries.

What home volume is worth is paid at the member's own rate first. The rest is paid at the average of
the rates of the other currencies, weighted by their volume: what a unit of the plan's money pays in
each of them, taken to the member's by the rates at which money comes in.
"""

from typing import NamedTuple

import numpy as np

from upline.engine.arithmetic import product, round_exact
from upline.engine.extras import Rates
from upline.engine.legs import leg_totals
from upline.engine.plan import Blend
from upline.engine.snapshot import Snapshot
from upline.engine.units import I16, I64, NONE, RATE, Bool
from upline.engine.volumes import add_entries, subtree_sums

__all__ = ["Blended", "blended"]


class Blended(NamedTuple):
    """Of one check: the rate on the whole of it, 1e-6, and what is paid, 1e-4 local money."""

    rate: int
    net: int


def blended(
    blend: Blend,
    s: Snapshot,
    is_customer: Bool,
    entries: I64,
    own: int,
    checks: list[tuple[int, int, int]],
    rounding: tuple[int, int],
) -> list[Blended | None]:
    """Of each check (member, currency, net), None where it is paid at the member's own rate.

    entries: volume of every entry; own: place of the plan's currency among the rates; rounding:
    unit and mode. Whatever has no rate has no weight.
    """
    below = _volumes(blend, s, is_customer, entries, own)
    return [
        _one(
            blend,
            s.extras.rates,
            {code: int(volumes[member]) for code, volumes in below.items()},
            currency,
            net,
            rounding,
        )
        for member, currency, net in checks
    ]


def _volumes(
    blend: Blend, s: Snapshot, is_customer: Bool, entries: I64, own: int
) -> dict[int, I64]:
    """Volume below every member by currency, none of it less than nothing; int64[n] each."""
    spent: I16 = s.extras.entry_currency
    spent = np.where(spent == NONE, own, spent) if len(spent) else np.full(len(entries), own)
    out = {}
    for currency in np.unique(spent).tolist():
        chosen, mine, sums = (
            spent == currency,
            np.zeros(len(s), np.int64),
            np.empty(len(s), np.int64),
        )
        add_entries(s.entry_member[chosen], entries[chosen], mine)
        if blend.group == "binary":
            left, right = leg_totals(s, is_customer, mine)
            sums = left + right
        else:
            subtree_sums(s.sponsor, mine, sums)
            sums -= mine
        out[currency] = np.maximum(sums, 0)
    return out


def _one(
    blend: Blend,
    rates: Rates,
    volumes: dict[int, int],
    home: int,
    net: int,
    rounding: tuple[int, int],
) -> Blended | None:
    total, at_home = sum(volumes.values()), volumes.get(home, 0)
    if net <= 0 or (total - at_home) * RATE <= total * blend.above:
        return None
    into, out = rates.into.tolist(), rates.out.tolist()
    paid = [k for k, volume in volumes.items() if k != home and volume and out[k]]
    weight = sum(volumes[k] for k in paid) * into[home]
    first = min(net, product(at_home, blend.home_rate)[0])
    if not weight or first == net:
        return None
    # Integers of any size: first at the member's rate, the rest at the average, in 1e-4 / 1e6.
    top = sum(volumes[k] * into[k] * out[k] for k in paid) * (net - first)
    top += first * out[home] * weight
    whole, rest = divmod(top, weight * RATE)
    low = rest // weight | (rest % weight > 0)  # what is more than a tie is none
    rate = (2 * top + weight * net) // (2 * weight * net)
    return Blended(rate, int(round_exact(whole, low, *rounding)))
