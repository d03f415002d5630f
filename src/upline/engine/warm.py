"""Compile a plan's kernels ahead of time: at install or start, never inside a request."""

import numpy as np

from upline.engine.columns import AdjustmentColumns, EntryColumns, MemberColumns
from upline.engine.plan import Plan
from upline.engine.run import run
from upline.engine.snapshot import build

__all__ = ["warm"]


def warm(plan: Plan) -> None:
    """Run the plan on a company of four, so that every kernel it uses is compiled and cached.

    Seconds the first time on a machine, a tenth of a second from then on.
    """
    none = np.zeros(4, np.int64)
    members = MemberColumns(
        customer_id=np.arange(1, 5),
        customer_type=np.array([2, 2, 2, 3], np.int8),
        status=np.ones(4, np.int8),
        enrolled_period=np.array([1, 1, 2, 1], np.int32),
        sponsor_id=np.array([0, 1, 1, 2]),
        enroller_id=np.array([0, 1, 2, 2]),
        binary_parent_id=np.array([0, 1, 1, 0]),
        binary_position=np.array([0, 1, 2, 0], np.int8),
        max_rank=np.full(4, -1, np.int16),
        previous_rank=np.full(4, -1, np.int16),
        carry_left=none,
        carry_right=none,
    )
    volume = np.full(3, 1_000_000)
    entries = EntryColumns(
        entry_id=np.arange(1, 4),
        customer_id=np.array([2, 3, 4]),
        order_type=np.array([1, 4, 5], np.int8),
        pv=volume,
        cv=volume,
        retail_margin_base=volume,
    )
    run(plan, build(2, members, entries, AdjustmentColumns.empty()))
