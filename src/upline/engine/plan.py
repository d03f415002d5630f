"""A compiled plan: what a run needs to know, as small arrays. Names and lines stay outside.

Ranks are held by position 0..K-1 in ascending order, -1 = none; `Ranks.id` gives the plan's ids.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import numpy as np

from upline.engine.arithmetic import Mode, Place
from upline.engine.units import (
    ACTIVE,
    DISTRIBUTOR,
    I16,
    I32,
    I64,
    NO_MINIMUM,
    ON_HOLD,
    RETAIL,
    Bool,
)

__all__ = ["BonusSpec", "Fee", "Plan", "Ranks", "Rounding", "Step", "Volumes"]


@dataclass(frozen=True, slots=True)
class Volumes:
    """Which volume counts where.

    commission: 'pv' or 'cv', the volume that percentages are paid on. active_pv, qualified_pv: own
    PV for `is_active` and `is_qualified`, ten-thousandths. earner_types may be ranked and paid;
    customer_types are customers of their sponsor: their volume counts upward, never for themselves.
    customers_as_own: commission volume of personal customers counts as the sponsor's own.
    reduction_*: commission volume of new members of the first `reduction_months` calendar months is
    cut by `reduction_rate`; rank volume is not.
    """

    commission: str = "cv"
    active_pv: int = 0
    qualified_pv: int = 0
    earner_types: tuple[int, ...] = (DISTRIBUTOR,)
    earning_statuses: tuple[int, ...] = (ACTIVE, ON_HOLD)
    customer_types: tuple[int, ...] = (RETAIL,)
    customers_as_own: bool = True
    reduction_months: int = 0
    reduction_rate: int = 0


@dataclass(frozen=True, slots=True)
class Ranks:
    """K ranks in ascending order; every array has K values, volumes in ten-thousandths.

    A requirement of NO_MINIMUM (or a count of 0) asks for nothing. leg_*: `leg_count` legs of at
    least `leg_volume` whose head has `leg_pv` of his own; legrank_*: legs that hold somebody of at
    least that rank. cap_rate: no single leg, nor the member's own volume, counts for more than this
    share of `capped_ov` toward it. group_from: from this position on PGV leaves out the qualifying
    legs and every organization led by such a rank (K = never).
    """

    id: I16
    min_pv: I64
    min_total_pv: I64
    min_ov: I64
    min_gv: I64
    min_left: I64
    min_right: I64
    capped_ov: I64
    cap_rate: I64
    leg_count: I16
    leg_volume: I64
    leg_pv: I64
    legrank_count: I16
    legrank: I16
    enrolled_count: I32
    enrolled_pv: I64
    group_from: int

    def __len__(self) -> int:
        return len(self.id)

    @classmethod
    def none(cls, count: int = 0) -> "Ranks":
        """`count` ranks that ask for nothing; a plan without ranks has 0."""
        free = np.full(count, NO_MINIMUM, np.int64)
        zero = np.zeros(count, np.int16)
        return cls(
            id=np.arange(count, dtype=np.int16),
            min_pv=free,
            min_total_pv=free,
            min_ov=free,
            min_gv=free,
            min_left=free,
            min_right=free,
            capped_ov=free,
            cap_rate=np.zeros(count, np.int64),
            leg_count=zero,
            leg_volume=free,
            leg_pv=free,
            legrank_count=zero,
            legrank=zero,
            enrolled_count=np.zeros(count, np.int32),
            enrolled_pv=free,
            group_from=count,
        )


@dataclass(frozen=True, slots=True)
class Rounding:
    """Money is rounded at `place` in `mode` to `unit` ten-thousandths (100 = cents)."""

    place: int = Place.LEVEL
    mode: int = Mode.HALF_UP
    unit: int = 100


@dataclass(frozen=True, slots=True)
class Fee:
    """Taken from a check whose commission is at least `from_commission` and above zero.

    capped: never more than the check's commission, so that the fee alone makes no debt.
    """

    ledger_type: int
    amount: int
    from_commission: int = 0
    capped: bool = True


class Step(NamedTuple):
    """One bonus made ready for one snapshot.

    kernel(params, members, entries, sink, start) fills `sink` from position `start` on and returns
    where it stopped: `steps` when it is through, or an earlier position when the sink was full.
    burst: most lines that one position can write. payees: bool[n], who may be paid at all: totals
    are kept for them only.
    """

    kernel: Any
    params: Any
    steps: int
    burst: int
    payees: Bool


class BonusSpec(Protocol):
    """Data of one bonus; each kind is a frozen dataclass in `engine/bonuses/<kind>.py`."""

    @property
    def bonus_id(self) -> int: ...

    @property
    def levels(self) -> int:
        """Number of levels or generations that lines are told apart by; paid_level 1..levels."""
        ...

    def prepare(self, scene: Any) -> Step: ...


@dataclass(frozen=True, slots=True)
class Plan:
    """A complete plan; bonuses are run in the order given.

    limits: (bonus id, the most it may pay of the company's commission volume in millionths);
    beyond it everybody's amounts are cut in proportion.
    """

    key: str
    volumes: Volumes
    ranks: Ranks
    bonuses: tuple[BonusSpec, ...]
    fees: tuple[Fee, ...] = ()
    limits: tuple[tuple[int, int], ...] = ()
    rounding: Rounding = Rounding()
    digest: bytes = b""
