"""What volumes were in earlier periods, for plans that add them up over several."""

from dataclasses import dataclass, field

import numpy as np

from upline.engine.columns import settle
from upline.engine.tree import positions_of
from upline.engine.units import I16, I32, I64

__all__ = ["SumColumns", "summed"]


def _none() -> I64:
    return np.empty(0, np.int64)


@dataclass(frozen=True, slots=True)
class SumColumns:
    """Volumes of earlier periods that sums reach back to; `place` is that in the plan's sums."""

    customer_id: I64 = field(default_factory=_none)
    place: I16 = field(default_factory=lambda: np.empty(0, np.int16))
    amount: I64 = field(default_factory=_none)

    def __post_init__(self) -> None:
        settle(self)


def summed(rows: SumColumns, sums: int, ids: I64, place: I32) -> I64:
    """What each sum has from earlier periods; int64[sums, n]. Members who are gone are left out.

    ids: sorted customer ids; place: their positions.
    """
    out = np.zeros((sums, len(ids)), np.int64)
    at = positions_of(ids, rows.customer_id)
    known = (at >= 0) & (rows.place < sums)
    np.add.at(out, (rows.place[known].astype(np.int64), place[at[known]]), rows.amount[known])
    return out
