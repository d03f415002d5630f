"""What ranks and bonuses may ask beside volumes and ranks: time, standing, people well placed."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from upline.engine import requirements as engine
from upline.engine.plan import Ask
from upline.services.plan.schema_names import Names
from upline.services.plan.schema_types import (
    CUSTOMER_TYPES,
    CustomerType,
    MeasureRef,
    PlanModel,
    RankRef,
    Rate,
    Volume,
)

__all__ = ["Recruits", "Requirements"]

Periods = Annotated[int, Field(ge=1, le=60)]


class EnrolledLegs(PlanModel):
    """`count` sponsor legs that each hold at least `each` personally enrolled members of `pv`."""

    count: Annotated[int, Field(ge=1, le=100)]
    each: Annotated[int, Field(ge=1, le=1000)] = 1
    pv: Volume = 0


class EnrolledSides(PlanModel):
    """Personally enrolled members of at least `pv` that must stand in each binary leg."""

    left: Annotated[int, Field(ge=0, le=1000)] = 1
    right: Annotated[int, Field(ge=0, le=1000)] = 1
    pv: Volume = 0


class Held(PlanModel):
    """At least `rank` in each of the `periods` periods before this one."""

    rank: RankRef
    periods: Periods
    by: Literal["achieved", "paid"] = "achieved"


class RollingVolume(PlanModel):
    """Own PV of the latest `periods` periods, this one included."""

    volume: Volume
    periods: Annotated[int, Field(ge=2, le=60)]


class Customers(PlanModel):
    """`count` personal customers who bought at least `pv`, of some types or of any."""

    count: Annotated[int, Field(ge=1, le=10_000)]
    pv: Volume = 0
    types: list[CustomerType] = []


class CustomerRatio(PlanModel):
    """Of the personally enrolled who bought at least `pv`: at least `least` of type `of` for each
    of type `to`."""

    of: Annotated[list[CustomerType], Field(min_length=1)]
    to: Annotated[list[CustomerType], Field(min_length=1)]
    least: Rate
    pv: Volume = 0


class OwnerVolume(PlanModel):
    """Own PV of all positions of an owner in the latest `periods` periods, this one included."""

    one: Volume
    several: Volume
    periods: Annotated[int, Field(ge=1, le=60)] = 1


class Conditions(PlanModel):
    """Told before anybody has a rank, so that ranks and bonuses may ask alike.

    volumes: at least so much by name, of any kind the plan has.
    """

    volumes: dict[MeasureRef, Volume] = {}
    rolling_pv: RollingVolume | None = None
    sides: EnrolledSides | None = None
    enrolled_legs: EnrolledLegs | None = None
    held: Held | None = None
    customers: Customers | None = None
    customer_ratio: CustomerRatio | None = None
    owner_pv: OwnerVolume | None = None

    def asks(self, names: Names) -> tuple[Ask, ...]:
        """The engine's form, cheap ones first."""
        asked: list[Ask] = [engine.Least(name, least) for name, least in self.volumes.items()]
        if self.rolling_pv is not None:
            asked.append(engine.Rolling(self.rolling_pv.volume, self.rolling_pv.periods))
        if self.held is not None:
            ids = names.ids[names.rank(self.held.rank) :]
            asked.append(engine.Held(ids, self.held.periods, self.held.by == "paid"))
        if self.customers is not None:
            wanted = self.customers
            asked.append(engine.Customers(wanted.count, wanted.pv, _codes(wanted.types)))
        if self.customer_ratio is not None:
            ratio = self.customer_ratio
            types = _codes(ratio.of), _codes(ratio.to)
            asked.append(engine.CustomerRatio(*types, ratio.least, ratio.pv))
        if self.owner_pv is not None:
            owned = self.owner_pv
            asked.append(engine.OwnerVolume(owned.one, owned.several, owned.periods))
        if self.sides is not None:
            asked.append(engine.Sides(self.sides.left, self.sides.right, self.sides.pv))
        if self.enrolled_legs is not None:
            legs = self.enrolled_legs
            asked.append(engine.EnrolledLegs(legs.count, legs.each, legs.pv))
        return tuple(asked)


class Recruits(PlanModel):
    """`count` personally enrolled members with at least `pv`, wherever they stand."""

    count: Annotated[int, Field(ge=1, le=1000)]
    pv: Volume = 0


class Alternative(Conditions):
    """One way among several to meet a requirement."""

    pv: Volume | None = None
    total_pv: Volume | None = None
    ov: Volume | None = None
    enrolled: Recruits | None = None

    @model_validator(mode="after")
    def _asks_something(self) -> "Alternative":
        if not self.model_fields_set:
            raise ValueError("asks for nothing: everybody meets it")
        return self

    def asks(self, names: "Names") -> tuple[Ask, ...]:
        given = {name: getattr(self, name) for name in ("pv", "total_pv", "ov")}
        asked: list[Ask] = [
            engine.Least(name, least) for name, least in given.items() if least is not None
        ]
        if self.enrolled is not None:
            asked.append(engine.Enrolled(self.enrolled.count, self.enrolled.pv))
        return (*asked, *super().asks(names))


class Requirements(Conditions):
    """The same, and any one of several alternatives."""

    any_of: Annotated[list[Alternative], Field(max_length=20)] = []

    @model_validator(mode="after")
    def _a_choice(self) -> "Requirements":
        if len(self.any_of) == 1:
            raise ValueError("any_of needs two alternatives")
        return self

    def asks(self, names: "Names") -> tuple[Ask, ...]:
        if not self.any_of:
            return super().asks(names)
        alternatives = tuple(one.asks(names) for one in self.any_of)
        return (*super().asks(names), engine.AnyOf(alternatives))


def _codes(types: list[CustomerType]) -> tuple[int, ...]:
    return tuple(sorted({CUSTOMER_TYPES[name] for name in types}))
