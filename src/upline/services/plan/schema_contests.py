"""[[contests]]: what gives points, who takes part, who wins, and what tells ties apart."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field, model_validator

from upline.engine.contests import (
    NO_LIMIT,
    Contest,
    Coupons,
    Enrolments,
    Growth,
    Line,
    RanksHeld,
    RanksReached,
    Ratio,
    Ties,
    VolumeBought,
)
from upline.engine.units import NO_MINIMUM, NONE
from upline.services.plan.schema_types import (
    CUSTOMER_TYPES,
    ORDER_TYPES,
    CustomerType,
    KindRef,
    OrderType,
    PlanModel,
    RankRef,
    Rate,
    Volume,
)

__all__ = ["ContestTable"]

Points = Annotated[Volume, Field(gt=0)]
Per = Annotated[Volume, Field(gt=0)]
Types = Annotated[list[CustomerType], Field(min_length=1)]
_LINE_VOLUMES = ("pv", "total_pv", "ov", "gv")


def _codes(types: list[CustomerType]) -> tuple[int, ...]:
    return tuple(sorted({CUSTOMER_TYPES[name] for name in types}))


class EnrolmentPoints(PlanModel):
    """Points to the enroller for every newcomer of some types, with own PV if asked for.

    A list gives points in the period of enrolment, in the next one, and so on.
    """

    kind: Literal["enrolment"]
    each: Points | Annotated[list[Volume], Field(min_length=1, max_length=60)]
    types: Types = ["distributor"]
    pv: Volume | None = None

    def rule(self, _ranks: dict[str, int]) -> Enrolments:
        each = tuple(self.each) if isinstance(self.each, list) else (self.each,)
        return Enrolments(each, _codes(self.types), NO_MINIMUM if self.pv is None else self.pv)


class VolumePoints(PlanModel):
    """Points for every full `per` of volume, bought by oneself or by the personally enrolled."""

    kind: Literal["volume"]
    each: Points
    per: Per
    volume: KindRef = "pv"
    of: Literal["own", "enrolled"] = "own"
    order_types: list[OrderType] = []
    most: Points | None = None

    def rule(self, _ranks: dict[str, int]) -> VolumeBought:
        return VolumeBought(
            each=self.each,
            per=self.per,
            volume=self.volume,
            order_types=tuple(sorted({ORDER_TYPES[name] for name in self.order_types})),
            of_enrolled=self.of == "enrolled",
            most=NO_LIMIT if self.most is None else self.most,
        )


class RankPoints(PlanModel):
    """Points for every rank never held before: the same for each, or by rank.

    times: for the rank held instead, in the first so many periods of the contest in which it is.
    """

    kind: Literal["rank"]
    each: Points | None = None
    ranks: dict[RankRef, Points] = {}
    times: Annotated[int, Field(ge=1, le=1200)] | None = None

    @model_validator(mode="after")
    def _one_of(self) -> "RankPoints":
        if (self.each is None) == (not self.ranks):
            raise ValueError("give either each or ranks")
        return self

    def rule(self, ranks: dict[str, int]) -> RanksReached | RanksHeld:
        points = tuple(self.ranks.get(key, 0) if self.each is None else self.each for key in ranks)
        ids = tuple(ranks.values())
        return (
            RanksReached(points, ids) if self.times is None else RanksHeld(points, ids, self.times)
        )


class GrowthPoints(PlanModel):
    """Points for every full `per` of volume more than in the period before."""

    kind: Literal["growth"]
    each: Points
    per: Per
    volume: Literal["pv", "cv", "total_pv", "ov", "gv"] = "ov"
    most: Points | None = None

    def rule(self, _ranks: dict[str, int]) -> Growth:
        return Growth(
            self.each, self.per, self.volume, NO_LIMIT if self.most is None else self.most
        )


class CouponPoints(PlanModel):
    """A point for every coupon used: as many as the period's other points allow and there are."""

    kind: Literal["coupons"]
    volume: KindRef

    def rule(self, _ranks: dict[str, int]) -> Coupons:
        return Coupons(self.volume)


AnyPoints = Annotated[
    EnrolmentPoints | VolumePoints | RankPoints | GrowthPoints | CouponPoints,
    Field(discriminator="kind"),
]


class RatioRule(PlanModel):
    """Of those enrolled in the period: at least `least` of type `of` for each of type `to`."""

    of: Types
    to: Types
    least: Rate


class Entrance(PlanModel):
    """What a member must have in the period; nothing given asks for nothing."""

    pv: Volume | None = None
    total_pv: Volume | None = None
    ov: Volume | None = None
    gv: Volume | None = None
    rank: RankRef | None = None
    enrolments: Annotated[int, Field(ge=1, le=100_000)] | None = None
    ratio: RatioRule | None = None

    def line(self, ranks: dict[str, int], points: int = NO_MINIMUM) -> Line:
        """The engine's form."""
        asked = {name: getattr(self, name) for name in _LINE_VOLUMES}
        ratio = self.ratio
        return Line(
            points=points,
            volumes=tuple((name, least) for name, least in asked.items() if least is not None),
            rank=NONE if self.rank is None else list(ranks).index(self.rank),
            enrolments=self.enrolments or 0,
            ratio=Ratio(_codes(ratio.of), _codes(ratio.to), ratio.least) if ratio else None,
        )


class QualifyingLine(Entrance):
    """What a member must have to win, points among it."""

    points: Volume | None = None


class ContestTable(PlanModel):
    """[[contests]]: a period belongs to it when its first day does; days not given do not bound it.

    adds_up: the points of all its periods count together; otherwise each begins at nothing.
    """

    id: Annotated[int, Field(ge=1, le=32767)]
    key: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=40)]
    name: Annotated[str, Field(min_length=1, max_length=80)]
    starts: date | None = None
    ends: date | None = None
    adds_up: bool = False
    ties: Literal["shared", "last_sale", "enrolled"] = "shared"
    requires: Entrance = Entrance()
    qualifies: QualifyingLine = QualifyingLine()
    points: Annotated[list[AnyPoints], Field(min_length=1, max_length=20)]

    @model_validator(mode="after")
    def _bounded(self) -> "ContestTable":
        if self.starts and self.ends and self.ends < self.starts:
            raise ValueError("ends before it starts")
        if self.adds_up and self.starts is None:
            raise ValueError("a contest that adds up must say when it starts")
        return self

    def holds(self, day: date) -> bool:
        """Whether a period that begins on `day` belongs to the contest."""
        return (self.starts is None or self.starts <= day) and (
            self.ends is None or day <= self.ends
        )

    def contest(self, ranks: dict[str, int]) -> Contest:
        """The engine's form; `ranks` are the plan's keys and ids, lowest first."""
        least = NO_MINIMUM if self.qualifies.points is None else self.qualifies.points
        return Contest(
            contest_id=self.id,
            sources=tuple(rule.rule(ranks) for rule in self.points),
            requires=self.requires.line(ranks),
            qualifies=self.qualifies.line(ranks, least),
            ties=Ties[self.ties.upper()],
            adds_up=self.adds_up,
        )
