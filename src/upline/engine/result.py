"""What a run gives back, as arrays in snapshot preorder; ids are looked up in the snapshot."""

from dataclasses import dataclass, field
from typing import NamedTuple

from upline.engine.carry import Lots
from upline.engine.exchange import LocalChecks
from upline.engine.items import Checks, Items
from upline.engine.legs import LegFigures
from upline.engine.memory import Memories
from upline.engine.snapshot import Issue
from upline.engine.units import I16, I32, I64, Bool

__all__ = ["Lines", "Result"]


class Lines(NamedTuple):
    """One per payment, enough to explain it; grouped by bonus, then by source in preorder.

    The columns are views of one array of rows (strided, not contiguous).

    payee, source: int32 member positions; entry_id: int64, 0 when the line sums a member's volume;
    level: steps from source to payee; paid_level: level whose rate was used; base 1e-4;
    rate 1e-6; amount: int64 1e-4, informational unless the plan rounds per line.
    """

    bonus_id: I16
    payee: I32
    source: I32
    entry_id: I64
    level: I16
    paid_level: I16
    base: I64
    rate: I64
    amount: I64


@dataclass(frozen=True, slots=True)
class Result:
    """n members in snapshot preorder; volumes and money int64 1e-4; ranks are the plan's ids.

    rank: achieved in the period; paid_rank: the one paid as; max_rank: best ever, this period
    included; -1 none. ov_less_N: OV without the N largest legs. Customers show ov, gv and
    ov_less_N of 0. leg_figures: None without a binary bonus; lots: dated carry-out.
    """

    period_id: int
    pv: I64
    cv: I64
    total_pv: I64
    gv: I64
    ov: I64
    ov_less_2: I64
    ov_less_3: I64
    ov_less_4: I64
    ov_less_5: I64
    ov_less_6: I64
    left: I64
    right: I64
    carry_left_out: I64
    carry_right_out: I64
    rank: I16
    paid_rank: I16
    max_rank: I16
    is_active: Bool
    is_qualified: Bool
    lines: Lines
    items: Items
    checks: Checks
    memories: Memories
    leg_figures: LegFigures | None
    lots: Lots
    local: LocalChecks
    issues: tuple[Issue, ...]
    digest: bytes = field(default=b"")
