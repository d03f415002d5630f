"""A compiled plan: what a run needs to know, as small arrays. Names and lines stay outside.

Ranks are held by position 0..K-1 in ascending order, -1 = none; `Ranks.id` gives the plan's ids.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import numpy as np

from upline.engine.arithmetic import Mode, Place
from upline.engine.units import (
    ACTIVE,
    DISTRIBUTOR,
    I8,
    I16,
    I32,
    I64,
    NO_CAP,
    NO_MINIMUM,
    ON_HOLD,
    RETAIL,
    Bool,
)

__all__ = [
    "ANY_AGE",
    "Ask",
    "Blend",
    "BonusSpec",
    "Exchange",
    "Fee",
    "Part",
    "Plan",
    "Ranks",
    "Rounding",
    "Step",
    "Volumes",
]

ANY_AGE = 32767


class Part(NamedTuple):
    """Those entries of a kind of volume that are of some order types, bought by customers of some
    types (none given: of all), from `from_age` on and before `to_age` days after enrolment, or
    hours."""

    name: str
    of: str
    order_types: tuple[int, ...] = ()
    buyers: tuple[int, ...] = ()
    from_age: int = 0
    to_age: int = ANY_AGE
    by_hour: bool = False

    @property
    def by_age(self) -> bool:
        """Whether it goes by the time since enrolment."""
        return self.from_age > 0 or self.to_age < ANY_AGE


@dataclass(frozen=True, slots=True)
class Volumes:
    """Which volume counts where.

    commission: 'pv', 'cv' or one of `kinds`, the volume that percentages are paid on. kinds: names
    of further volumes that entries carry. active_pv, qualified_pv: own PV of the latest *_periods
    periods, this one included, for `is_active` and `is_qualified`, ten-thousandths.
    earner_types may be ranked and paid; customer_types are customers of their sponsor: their volume
    counts upward, never for themselves. customers_as_own: commission volume of personal customers
    counts as the sponsor's own.
    reduction_rates: by how much commission volume of new members is cut in each of their first
    calendar months, or in each window that ends before reduction_windows[k] days after enrolment
    (hours if by_hour), of no more volume than reduction_up_to; rank volume is not cut. parts: kinds
    of volume of their own that are part of another. teams: (name, kind of volume, levels), volume
    of a member and of so many sponsor levels below. sums: (name, volume, periods), what it was in
    so many periods, this one included, 0 = in all since the plan has the name. lapse_periods:
    whoever bought less than lapse_pv himself in so many periods is dropped: neither ranked nor
    paid; 0 = nobody.
    """

    commission: str = "cv"
    kinds: tuple[str, ...] = ()
    active_pv: int = 0
    active_periods: int = 1
    qualified_pv: int = 0
    qualified_periods: int = 1
    earner_types: tuple[int, ...] = (DISTRIBUTOR,)
    earning_statuses: tuple[int, ...] = (ACTIVE, ON_HOLD)
    customer_types: tuple[int, ...] = (RETAIL,)
    customers_as_own: bool = True
    reduction_rates: tuple[int, ...] = ()
    reduction_up_to: int = NO_CAP
    reduction_windows: tuple[int, ...] = ()
    reduction_by_hour: bool = False
    parts: tuple[Part, ...] = ()
    teams: tuple[tuple[str, str, int], ...] = ()
    sums: tuple[tuple[str, str, int], ...] = ()
    lapse_periods: int = 0
    lapse_pv: int = 0


class Ask(Protocol):
    """A requirement that can be told before anybody has a rank; `engine/requirements.py`."""

    @property
    def history(self) -> int:
        """How many earlier periods it looks back at."""
        ...

    def met(self, facts: Any) -> Bool:
        """Who meets it; bool[n]. facts: `measures.Measures`."""
        ...


@dataclass(frozen=True, slots=True)
class Ranks:
    """K ranks in ascending order; every array has K values, volumes in ten-thousandths.

    A requirement of NO_MINIMUM (or a count of 0) asks for nothing. leg_*: `leg_count` legs of at
    least `leg_volume` whose head has `leg_pv` of his own; legrank_*: legs that hold somebody of at
    least that rank. cap_by: no single leg counts for more toward `capped_ov` than `cap_rate` of it
    (TARGET), than `cap_rate` of the member's whole OV (SUM), or than `cap_most` (AMOUNT); with
    cap_own neither does the member's own volume. asks: whatever can be told before anybody has a
    rank (see `requirements`). grace: periods that a rank is kept after it was last achieved.

    group_from: from this position on group volume differs from OV (-1 = for everybody, K = never):
    it leaves out every organization led by a rank of `led_from` on and, with legs_out, the legs
    that the rank was reached by. by_paid: ranks of members below count as they are paid, with grace
    and force, not as they were achieved. forced_exactly: a forced rank may also lower.
    """

    id: I16
    min_pv: I64
    min_total_pv: I64
    min_ov: I64
    min_gv: I64
    min_left: I64
    min_right: I64
    capped_ov: I64
    cap_by: I8
    cap_rate: I64
    cap_most: I64
    cap_own: Bool
    leg_count: I16
    leg_volume: I64
    leg_pv: I64
    legrank_count: I16
    legrank: I16
    asks: tuple[tuple[Ask, ...], ...]
    grace: I16
    group_from: int
    led_from: int
    legs_out: bool = True
    by_paid: bool = False
    forced_exactly: bool = False

    def __len__(self) -> int:
        return len(self.id)

    @property
    def history(self) -> int:
        """How many earlier periods the requirements and grace look back at."""
        asked = [ask.history for asks in self.asks for ask in asks]
        return int(max([0, *asked, *self.grace.tolist()]))

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
            cap_by=np.zeros(count, np.int8),
            cap_rate=np.zeros(count, np.int64),
            cap_most=np.zeros(count, np.int64),
            cap_own=np.ones(count, np.bool_),
            leg_count=zero,
            leg_volume=free,
            leg_pv=free,
            legrank_count=zero,
            legrank=zero,
            asks=((),) * count,
            grace=zero,
            group_from=count,
            led_from=count,
        )


@dataclass(frozen=True, slots=True)
class Blend:
    """above: millionths of the group's volume that must be in other currencies than the member's.
    volume: the kind that counts. group: 'sponsor' or 'binary', the tree of which everybody below is
    the group. home_rate: how much commission a unit of home volume is worth, millionths."""

    above: int
    volume: str
    group: str
    home_rate: int


@dataclass(frozen=True, slots=True)
class Exchange:
    """What is given in the money of the order, and in what money checks are paid.

    currency: the plan's own. volumes: names of entry volumes ('margin' = retail margin) that are
    given in local money: rounded in `mode` to `unit` ten-thousandths, entry by entry or, with
    per_member, so that a member's entries sum to his rounded total. pays_local: checks are paid in
    the member's currency, rounded likewise by pay_*. blend: at which rate whose group bought
    elsewhere.
    """

    currency: str
    volumes: tuple[str, ...]
    per_member: bool = False
    unit: int = 100
    mode: int = Mode.HALF_UP
    pays_local: bool = True
    pay_unit: int = 100
    pay_mode: int = Mode.HALF_UP
    blend: Blend | None = None


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

    walks: the tree, where the lines of a source follow from `facts` of him and of those above him
    in that tree, and from his `own` ones and entries; None where anybody else may change them. Hops
    need not be among the facts, as they follow from these. by_entry: positions are entries. plain:
    lines pay base times rate and nothing else, and never a rate of 0. ways: gives the parameters
    with the ways up from all members of an order, parents first; whoever is above one of them is
    one of them, too.
    """

    kernel: Any
    params: Any
    steps: int
    burst: int
    payees: Bool
    walks: str | None = None
    facts: tuple[Any, ...] = ()
    own: tuple[Any, ...] = ()
    by_entry: bool = False
    plain: bool = False
    ways: Callable[[I32], Any] | None = None

    def upward(self, order: I32) -> "Step":
        """Ready for sources that are in an order of the tree walked, as are all above them."""
        return self if self.ways is None else self._replace(params=self.ways(order))


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

    trees: computed trees (see `placement`) by the name that bonuses use. limits: caps on one or
    several bonuses (see `limits`). unpaid: ids of bonuses that only count points for others.
    donation_most: the most of a check's commission that its owner may give away, in millionths; 0 =
    nothing.
    """

    key: str
    volumes: Volumes
    ranks: Ranks
    bonuses: tuple[BonusSpec, ...]
    fees: tuple[Fee, ...] = ()
    trees: tuple[tuple[str, Any], ...] = ()
    limits: tuple[Any, ...] = ()
    unpaid: tuple[int, ...] = ()
    donation_most: int = 0
    rounding: Rounding = Rounding()
    exchange: Exchange | None = None
    digest: bytes = b""

    @property
    def asks(self) -> tuple[Ask, ...]:
        """Whatever ranks and bonuses ask for beside volumes and ranks."""
        kinds = ("gate", "sources", "counted", "active")
        gates = [getattr(bonus, kind, None) for bonus in self.bonuses for kind in kinds]
        asked = [ask for gate in gates for ask in getattr(gate, "asks", ())]
        return (*asked, *(ask for asks in self.ranks.asks for ask in asks))

    @property
    def by_age(self) -> tuple[bool, bool]:
        """Whether a run needs to know how many days after enrolment each entry is; how many
        hours."""
        rules = self.volumes
        given = [bonus for bonus in self.bonuses if getattr(bonus, "windows", ())]
        asked = {bool(getattr(bonus, "by_hour", False)) for bonus in given}
        asked |= {part.by_hour for part in rules.parts if part.by_age}
        asked |= {rules.reduction_by_hour} if rules.reduction_windows else set()
        return False in asked, True in asked

    @property
    def history(self) -> int:
        """How many earlier periods a run has to read."""
        rules = self.volumes
        bonuses = [getattr(bonus, "history", 0) for bonus in self.bonuses]
        asked = [ask.history for ask in self.asks]
        recent = max(rules.active_periods, rules.qualified_periods, rules.lapse_periods) - 1
        return int(max([recent, self.ranks.history, *bonuses, *asked]))
