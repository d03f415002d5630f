"""Inputs of a run as struct-of-arrays, rows in any order; lists are taken too and cast here."""

from dataclasses import dataclass, fields
from typing import Any, get_args

import numpy as np

from upline.engine.units import I8, I16, I32, I64

__all__ = ["AdjustmentColumns", "EntryColumns", "MemberColumns", "settle"]


def settle(columns: Any) -> None:
    """Cast every field to its declared dtype; refuse columns of different lengths."""
    length = None
    for field in fields(columns):
        dtype = get_args(get_args(field.type)[1])[0]
        column = np.ascontiguousarray(getattr(columns, field.name), dtype=dtype)
        length = len(column) if length is None else length
        if column.ndim != 1 or len(column) != length:
            raise ValueError(f"{type(columns).__name__}.{field.name}: expected {length} values")
        object.__setattr__(columns, field.name, column)


@dataclass(frozen=True, slots=True)
class MemberColumns:
    """One row per customer of the company, retail and preferred customers included.

    Parents are customer ids, 0 for none. Ranks are rank ids of the plan, -1 for none. Carry is the
    binary volume brought in from the previous period, in ten-thousandths.
    """

    customer_id: I64
    customer_type: I8
    status: I8
    enrolled_period: I32
    sponsor_id: I64
    enroller_id: I64
    binary_parent_id: I64
    binary_position: I8
    max_rank: I16
    previous_rank: I16
    carry_left: I64
    carry_right: I64

    def __post_init__(self) -> None:
        settle(self)

    def __len__(self) -> int:
        return len(self.customer_id)


@dataclass(frozen=True, slots=True)
class EntryColumns:
    """Volume entries of the period, one or more per order; refunds are negative entries.

    `retail_margin_base` is the amount that a retail percentage applies to.
    """

    entry_id: I64
    customer_id: I64
    order_type: I8
    pv: I64
    cv: I64
    retail_margin_base: I64

    def __post_init__(self) -> None:
        settle(self)

    def __len__(self) -> int:
        return len(self.entry_id)

    @classmethod
    def empty(cls) -> "EntryColumns":
        """A period without a single order."""
        none = np.empty(0, np.int64)
        return cls(none, none, none.astype(np.int8), none, none, none)


@dataclass(frozen=True, slots=True)
class AdjustmentColumns:
    """Amounts that the ledger brings onto checks, outside of any bonus."""

    adjustment_id: I64
    customer_id: I64
    ledger_type: I16
    amount: I64

    def __post_init__(self) -> None:
        settle(self)

    def __len__(self) -> int:
        return len(self.adjustment_id)

    @classmethod
    def empty(cls) -> "AdjustmentColumns":
        """Nothing to add and nothing to take."""
        none = np.empty(0, np.int64)
        return cls(none, none, none.astype(np.int16), none)
