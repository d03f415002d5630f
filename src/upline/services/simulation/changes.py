"""What is changed in a simulation, worked into the inputs of a period before it is calculated."""

from dataclasses import dataclass, fields, replace
from typing import Any, TypeVar

import numpy as np

from upline.core.errors import FieldInvalid
from upline.engine.carry import LotColumns
from upline.engine.columns import EntryColumns, MemberColumns
from upline.engine.extras import ExtraColumns, HistoryColumns
from upline.engine.memory import MemoryColumns
from upline.engine.result import Result
from upline.engine.snapshot import Snapshot
from upline.services.commission.loading import Loaded
from upline.services.plan import PlanDocument

Array = np.ndarray[Any, Any]
Rows = TypeVar("Rows", EntryColumns, HistoryColumns)


@dataclass(frozen=True, slots=True)
class Order:
    """An order somebody might have placed; volumes in ten-thousandths."""

    customer_id: int
    pv: int
    cv: int
    order_type: int = 1


@dataclass(frozen=True, slots=True)
class Change:
    """What is different: the plan, sponsors by member, orders more in the first period."""

    plan: PlanDocument | None = None
    moves: tuple[tuple[int, int], ...] = ()
    orders: tuple[Order, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """One calculation of a period."""

    snapshot: Snapshot
    result: Result


def place_moves(loaded: Loaded, change: Change) -> Loaded:
    """Members under their other sponsors; raises FieldInvalid for members there are none of."""
    members = loaded.members
    sponsor_id = members.sponsor_id.copy()
    for member, sponsor in change.moves:
        _require_known(members, sponsor, "move")
        sponsor_id[_require_known(members, member, "move")] = sponsor
    return replace(loaded, members=replace(members, sponsor_id=sponsor_id))


def place_orders(loaded: Loaded, change: Change) -> Loaded:
    """The orders as entries numbered after all there are; raises FieldInvalid as place_moves."""
    orders = change.orders
    for order in orders:
        _require_known(loaded.members, order.customer_id, "order")
    first = int(loaded.entries.entry_id.max(initial=0)) + 1
    more = EntryColumns(
        entry_id=np.arange(first, first + len(orders)),
        customer_id=np.array([order.customer_id for order in orders], np.int64),
        order_type=np.array([order.order_type for order in orders], np.int8),
        pv=np.array([order.pv for order in orders], np.int64),
        cv=np.array([order.cv for order in orders], np.int64),
        retail_margin_base=np.zeros(len(orders), np.int64),
    )
    return replace(loaded, entries=_joined(loaded.entries, more))


def carry_on(loaded: Loaded, before: dict[int, Outcome]) -> Loaded:
    """Ranks, carry and what bonuses remember, taken from the simulated periods before.

    before: by period; the latest hands on, the others are history.
    """
    if not before:
        return loaded
    last = before[max(before)]
    ids, result = last.snapshot.customer_id, last.result
    members = loaded.members

    def brought(values: Array, otherwise: Array) -> Array:
        order = np.argsort(ids)
        at = np.minimum(np.searchsorted(ids[order], members.customer_id), len(ids) - 1)
        is_known = ids[order][at] == members.customer_id
        return np.where(is_known, values[order][at], otherwise)

    if len(ids):
        members = replace(
            members,
            previous_rank=brought(result.paid_rank, members.previous_rank),
            max_rank=brought(result.max_rank, members.max_rank),
            carry_left=brought(result.carry_left_out, members.carry_left),
            carry_right=brought(result.carry_right_out, members.carry_right),
        )
    return replace(loaded, members=members, extras=_remembered(loaded.extras, before, last))


def _remembered(extras: ExtraColumns, before: dict[int, Outcome], last: Outcome) -> ExtraColumns:
    ids, memories, lots = last.snapshot.customer_id, last.result.memories, last.result.lots
    kept = ~np.isin(extras.history.period_id, list(before))
    history = HistoryColumns(
        **{one.name: getattr(extras.history, one.name)[kept] for one in fields(HistoryColumns)}
    )
    for period_id, outcome in before.items():
        if extras.periods:
            history = _joined(history, _past(period_id, outcome))
    return replace(
        extras,
        history=history,
        memories=MemoryColumns(ids[memories.member], *memories[1:]),
        lots=LotColumns(ids[lots.member], *lots[1:]),
    )


def _past(period_id: int, outcome: Outcome) -> HistoryColumns:
    ids, result = outcome.snapshot.customer_id, outcome.result
    periods = np.full(len(ids), period_id, np.int32)
    return HistoryColumns(ids, periods, result.rank, result.paid_rank, result.pv)


def _joined(one: Rows, other: Rows) -> Rows:
    """The rows of both."""
    return type(one)(
        **{
            each.name: np.concatenate((getattr(one, each.name), getattr(other, each.name)))
            for each in fields(one)
        }
    )


def _require_known(members: MemberColumns, customer_id: int, field: str) -> int:
    """Where a member stands among the rows."""
    found = np.flatnonzero(members.customer_id == customer_id)
    if not len(found):
        raise FieldInvalid(field, f"There is no member {customer_id} in the period.")
    return int(found[0])
