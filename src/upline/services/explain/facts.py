"""What a run kept of members: the figures that a plan's requirements are compared with."""

from dataclasses import dataclass
from decimal import Decimal

from upline.services.explain.people import People


@dataclass(frozen=True, slots=True)
class Legs:
    """Both binary legs before matching, carry included, and what was paid for of the lesser one."""

    left: Decimal
    right: Decimal
    paid: Decimal


@dataclass(frozen=True, slots=True)
class Facts:
    """A member in a run; `rank_id` is what he is paid as, `enrolled_month` a period's number."""

    customer_id: int
    name: str
    customer_type_id: int
    status_id: int
    enrolled_month: int
    pv: Decimal
    cv: Decimal
    total_pv: Decimal
    ov: Decimal
    gv: Decimal
    rank_id: int
    max_rank_id: int
    legs: Legs


@dataclass(frozen=True, slots=True)
class Past:
    """A member in one of the periods before."""

    pv: Decimal
    rank_id: int
    paid_rank_id: int


@dataclass(frozen=True, slots=True)
class Kept:
    """What a bonus remembers of a member: periods in a row, the first that counted (0: none)."""

    streak: int
    first_period: int


@dataclass(frozen=True, slots=True)
class Measures:
    """What some requirements count beside the figures of a run; only what is asked.

    By member; with the volume counted by, the period or the bonus.
    """

    autoship_pv: dict[int, Decimal]
    legs: dict[tuple[int, int], int]
    recruits: dict[tuple[int, int], int]
    past: dict[tuple[int, int], Past]
    kept: dict[tuple[int, int], Kept]
    people: People
