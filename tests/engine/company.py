"""Rows to engine columns, so that tests can write companies as lists of plain values."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

import numpy as np

from upline.engine import AdjustmentColumns, EntryColumns, MemberColumns, Snapshot, build
from upline.engine.extras import ExtraColumns
from upline.engine.units import month_id

__all__ = ["entry_columns", "member_columns", "snapshot_of", "units"]


def units(value: Any) -> int:
    """A decimal as ten-thousandths."""
    scaled = Decimal(str(value)) * 10_000
    assert scaled == int(scaled)
    return int(scaled)


def _period(row: Mapping[str, Any]) -> int:
    if "enrolled_period" in row:
        return int(row["enrolled_period"])
    enrolled = row.get("enrolled_on")
    return 1 if enrolled is None else month_id(enrolled.year, enrolled.month)


def member_columns(rows: Iterable[Mapping[str, Any]]) -> MemberColumns:
    """Members; only customer_id must be given, the rest has defaults of a plain distributor."""
    rows = list(rows)

    def column(name: str, default: int) -> list[int]:
        return [int(row.get(name, default)) for row in rows]

    return MemberColumns(
        customer_id=column("customer_id", 0),
        customer_type=column("type", 2),
        status=column("status", 1),
        enrolled_period=[_period(row) for row in rows],
        sponsor_id=column("sponsor_id", 0),
        enroller_id=[int(row.get("enroller_id", row.get("sponsor_id", 0))) for row in rows],
        binary_parent_id=column("binary_parent_id", 0),
        binary_position=column("binary_position", 0),
        max_rank=column("max_rank", -1),
        previous_rank=column("previous_rank", -1),
        carry_left=[units(row.get("carry_left", 0)) for row in rows],
        carry_right=[units(row.get("carry_right", 0)) for row in rows],
    )


def entry_columns(rows: Iterable[Mapping[str, Any]]) -> EntryColumns:
    """Orders as entries; cv is pv unless given."""
    rows = list(rows)
    return EntryColumns(
        entry_id=[int(row["order_id"]) for row in rows],
        customer_id=[int(row["customer_id"]) for row in rows],
        order_type=[int(row.get("order_type", 1)) for row in rows],
        pv=[units(row["pv"]) for row in rows],
        cv=[units(row.get("cv", row["pv"])) for row in rows],
        retail_margin_base=[units(row.get("retail_margin_base", 0)) for row in rows],
    )


def snapshot_of(
    members: Iterable[Mapping[str, Any]],
    orders: Iterable[Mapping[str, Any]],
    period: int = 405,
    adjustments: Iterable[tuple[int, int, int, int]] = (),
    extras: ExtraColumns | None = None,
) -> Snapshot:
    """A snapshot of plain rows; adjustments are (id, customer, ledger type, amount in units)."""
    table = np.array(list(adjustments), np.int64).reshape(-1, 4)
    return build(
        period,
        member_columns(members),
        entry_columns(orders),
        AdjustmentColumns(table[:, 0], table[:, 1], table[:, 2], table[:, 3]),
        extras,
    )
