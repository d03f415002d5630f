"""What members give away of their checks: a share of the commission, an amount, or both."""

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from upline.engine.arithmetic import product, round_exact
from upline.engine.columns import settle
from upline.engine.items import ItemBatch
from upline.engine.jit import njit
from upline.engine.plan import Rounding
from upline.engine.tree import positions_of
from upline.engine.units import I16, I32, I64

__all__ = ["DonationColumns", "Donations", "donation_items", "pledged"]


def _none() -> I64:
    return np.empty(0, np.int64)


@dataclass(frozen=True, slots=True)
class DonationColumns:
    """Pledges in any order: a share (1e-6) of the commission and an amount (1e-4)."""

    customer_id: I64 = field(default_factory=_none)
    rate: I64 = field(default_factory=_none)
    amount: I64 = field(default_factory=_none)

    def __post_init__(self) -> None:
        settle(self)


class Donations(NamedTuple):
    """Pledges by member position, each member once; rate 1e-6 of the commission, amount 1e-4."""

    member: I32
    rate: I64
    amount: I64


def pledged(columns: DonationColumns, ids: I64, place: I32) -> Donations:
    """Pledges in preorder; members who are gone are left out.

    ids: sorted customer ids; place: their positions. Of two pledges of a member the smaller stays.
    """
    at = positions_of(ids, columns.customer_id)
    member = np.zeros(len(at), np.int32)
    member[at >= 0] = place[at[at >= 0]]
    order = np.lexsort((columns.amount, columns.rate, member))
    order = order[at[order] >= 0]
    fresh = np.ones(len(order), np.bool_)
    fresh[1:] = member[order][1:] != member[order][:-1]
    order = order[fresh]
    return Donations(member[order], columns.rate[order], columns.amount[order])


def donation_items(
    given: Donations, commission: I64, left: I64, rounding: Rounding, most_rate: int
) -> ItemBatch:
    """Donations, never more than `left` on the check nor than `most_rate` of its commission.

    commission, left: int64[n], what bonuses paid and what the check comes to before donating.
    """
    payee = given.member
    amount = np.empty(len(payee), np.int64)
    _amounts(
        given.rate,
        given.amount,
        commission[payee],
        left[payee],
        most_rate,
        int(rounding.unit),
        int(rounding.mode),
        amount,
    )
    kept = amount > 0
    payee, amount = payee[kept], amount[kept]
    zero = np.zeros(len(payee), np.int64)
    level: I16 = zero.astype(np.int16)
    return ItemBatch(payee, level, commission[payee], zero, -amount)


@njit
def _amounts(
    rate: I64,
    fixed: I64,
    commission: I64,
    left: I64,
    most_rate: int,
    unit: int,
    mode: int,
    out: I64,
) -> None:
    for k in range(len(rate)):
        high, low = product(commission[k], rate[k])
        wanted = round_exact(high, low, unit, mode) + fixed[k]
        high, low = product(commission[k], most_rate)
        out[k] = min(wanted, left[k], round_exact(high, low, unit, 3))
