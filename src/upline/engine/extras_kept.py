"""Extras of a company held in memory, once members came or moved and entries were posted.

What is known of members goes with them; newcomers have none of it but what is given.
"""

from dataclasses import replace
from typing import Any

import numpy as np

from upline.engine import memory
from upline.engine.carry import Positions
from upline.engine.donations import Donations
from upline.engine.extras import ENTRY_EXTRAS, Extras
from upline.engine.units import I16, I32, NONE

__all__ = ["entries_kept", "living_in", "standing_kept"]


def entries_kept(old: Extras, new: Extras) -> Extras:
    """`new` with what `old` knows of entries."""
    kept = {name: getattr(old, name) for name in (*ENTRY_EXTRAS, "period_days", "rates")}
    return replace(new, **kept)


def standing_kept(old: Extras, new: Extras, origin: I32 | None) -> Extras:
    """`new` with the past, the forced ranks, the memories, the donations, the owners and the
    currencies of `old`; newcomers have none.

    origin: int32[n], the position that each member had, those who came numbered on; None while
    everybody stays where he is.
    """

    def moved(values: Any, missing: int) -> Any:
        if origin is None or not values.size:
            return values
        came = [(0, 0)] * (values.ndim - 1) + [(0, len(origin) - values.shape[-1])]
        return np.ascontiguousarray(np.pad(values, came, constant_values=missing)[..., origin])

    new = replace(new, member_currency=moved(old.member_currency, NONE))
    memories, given, owned = old.memories, old.donations, old.positions
    if origin is not None and (len(memories.member) or len(given.member) or len(owned.member)):
        after = np.empty_like(origin)
        after[origin] = np.arange(len(origin), dtype=np.int32)
        memories = memory.moved(memories, after)
        given = Donations._make(_in_preorder(given._replace(member=after[given.member])))
        owner = np.where(owned.owner >= 0, after[owned.owner], NONE).astype(np.int32)
        owned = owned._replace(member=after[owned.member], owner=owner)
        owned = Positions._make(_in_preorder(owned))
    new = replace(new, memories=memories, donations=given, positions=owned)
    new = replace(new, past_sums=moved(old.past_sums, 0))
    if not old.past_pv.size:
        return replace(new, forced=moved(old.forced, NONE))
    return replace(
        new,
        past_rank=moved(old.past_rank, NONE),
        past_paid_rank=moved(old.past_paid_rank, NONE),
        past_pv=moved(old.past_pv, 0),
        forced=moved(old.forced, NONE),
    )


def living_in(extras: Extras, members: int, given: I32, rows: I32, currency: I16) -> Extras:
    """Once it is known what money `given` members are paid in: those at `rows` in a currency each,
    the others in the plan's own."""
    if not len(extras.member_currency) and not len(rows):
        return extras
    line = np.full(members, NONE, np.int16)
    if len(extras.member_currency):
        line[:] = extras.member_currency
    line[given] = NONE
    line[rows] = currency
    return replace(extras, member_currency=line)


def _in_preorder(rows: Donations | Positions) -> list[Any]:
    order = np.argsort(rows.member)
    return [column[order] for column in rows]
