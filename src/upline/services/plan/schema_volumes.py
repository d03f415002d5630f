"""[volumes] and [exchange]: what counts as volume, and in what money it is given and paid out."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from upline.engine.plan import ANY_AGE, Blend, Part
from upline.services.plan.schema_early import EarlyWindows
from upline.services.plan.schema_types import (
    CUSTOMER_TYPES,
    ORDER_TYPES,
    CustomerType,
    EntryRef,
    KindRef,
    MeasureRef,
    OrderType,
    PlanModel,
    Rate,
    RoundingMode,
    Status,
    Volume,
)

__all__ = ["ExchangeRule", "VolumeRules"]

Kind = Annotated[str, Field(pattern=r"^[a-z][a-z0-9]*$", max_length=16)]
TeamName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9]*$", max_length=16)]
Periods = Annotated[int, Field(ge=1, le=60)]
Age = Annotated[int, Field(ge=1, le=1200)]
Decimals = Annotated[int, Field(ge=0, le=4)]
TAKEN = {
    "pv",
    "cv",
    "ov",
    "gv",
    "own",
    "commission",
    "margin",
    "left",
    "right",
    "customers",
    "active",
    "lesser_leg",
    "lesser_legs",
}


KEPT = ("pv", "cv", "total_pv", "ov")  # what is kept of every period
Share = Annotated[Rate, Field(le=1_000_000)]


class NewMemberReduction(EarlyWindows):
    """Commission volume of new members is cut in their first months, or in windows of days or hours
    as fast start has them; rank volume is not.

    rate: one, or one for each month or window; up_to: what a member has beyond it is not cut.
    """

    rate: Share | Annotated[list[Share], Field(min_length=1)]
    up_to: Volume | None = None

    @model_validator(mode="after")
    def _one_a_window(self) -> "NewMemberReduction":
        if isinstance(self.rate, list):
            self.check_rates(self.rate)
        return self

    @property
    def rates(self) -> tuple[int, ...]:
        """One rate for each month or window."""
        rate = self.rate
        return (rate,) * self.window_count if isinstance(rate, int) else tuple(rate)


class PartVolume(PlanModel):
    """Part of a kind of volume, with a name of its own: that on orders of some types, bought by
    customers of some types, from `after_days` on or within `first_days` of enrolment, or by the
    hour."""

    of: KindRef = "pv"
    order_types: list[OrderType] = []
    buyers: list[CustomerType] = []
    after_days: Age | None = None
    first_days: Age | None = None
    after_hours: Age | None = None
    first_hours: Age | None = None

    @model_validator(mode="after")
    def _less_than_all(self) -> "PartVolume":
        after, first, unit = self._ages()
        if not self.order_types and not self.buyers and after is None and first is None:
            raise ValueError("is all of it: name order_types, buyers, first_days or after_days")
        if after is not None and first is not None and first <= after:
            raise ValueError(f"is nothing: first_{unit} must be more than after_{unit}")
        by_day = (self.after_days, self.first_days) != (None, None)
        if by_day and unit == "hours":
            raise ValueError("goes either by days or by hours")
        return self

    def _ages(self) -> tuple[int | None, int | None, str]:
        """From when on and until when it counts, and in what unit."""
        if self.after_hours is None and self.first_hours is None:
            return self.after_days, self.first_days, "days"
        return self.after_hours, self.first_hours, "hours"

    def part(self, name: str) -> Part:
        """The engine's form."""
        after, first, unit = self._ages()
        return Part(
            name,
            self.of,
            tuple(sorted({ORDER_TYPES[one] for one in self.order_types})),
            tuple(sorted({CUSTOMER_TYPES[one] for one in self.buyers})),
            from_age=after or 0,
            to_age=first or ANY_AGE,
            by_hour=unit == "hours",
        )


class TeamVolume(PlanModel):
    """A kind of volume of a member and of so many levels of the sponsor tree below him."""

    levels: Annotated[int, Field(ge=1, le=100)]
    of: KindRef = "pv"


class SumVolume(PlanModel):
    """A volume over several periods, this one included; over all of them, if none are given."""

    of: MeasureRef = "ov"
    periods: Annotated[int, Field(ge=2, le=60)] | None = None

    @model_validator(mode="after")
    def _kept(self) -> "SumVolume":
        if self.periods is not None and self.of not in KEPT:
            raise ValueError(f"over so many periods, of must be one of {', '.join(KEPT)}")
        return self


class Lapse(PlanModel):
    """Who bought less than `pv` himself in the latest `periods` periods, this one included, and
    enrolled before them, is dropped: neither ranked nor paid."""

    periods: Annotated[int, Field(ge=2, le=60)]
    pv: Annotated[Volume, Field(gt=0)]


class VolumeRules(PlanModel):
    """[volumes]: what is paid on, who is a member, who is a customer of a member.

    kinds: volumes that orders carry beside PV and CV; parts: names of their own for part of one;
    teams: names of their own for volume that reaches only so far down; sums: for a volume over
    several periods. spread_periods: an order's volume counts in equal parts in so many periods, its
    own first, and so does that of a return. Activity looks at the PV of the latest *_periods
    periods, this one included.
    """

    commission: KindRef = "cv"
    kinds: Annotated[list[Kind], Field(max_length=8)] = []
    parts: Annotated[dict[Kind, PartVolume], Field(max_length=16)] = {}
    teams: Annotated[dict[TeamName, TeamVolume], Field(max_length=8)] = {}
    sums: Annotated[dict[TeamName, SumVolume], Field(max_length=8)] = {}
    active_pv: Volume = 0
    active_periods: Periods = 1
    qualified_pv: Volume = 0
    qualified_periods: Periods = 1
    members: Annotated[list[CustomerType], Field(min_length=1)] = ["distributor"]
    customers: list[CustomerType] = ["preferred", "retail"]
    earning_statuses: Annotated[list[Status], Field(min_length=1)] = ["active", "on_hold"]
    spread_periods: Annotated[int, Field(ge=1, le=60)] = 1
    lapse: Lapse | None = None
    customers_as_own: bool = True
    new_member_reduction: NewMemberReduction | None = None

    @model_validator(mode="after")
    def _apart(self) -> "VolumeRules":
        both = set(self.members) & set(self.customers)
        if both:
            raise ValueError(f"{', '.join(sorted(both))}: both a member and a customer")
        if TAKEN & set(self.kinds) or len(set(self.kinds)) < len(self.kinds):
            raise ValueError(f"kinds must be new names, each once: {', '.join(self.kinds)}")
        if known := (TAKEN | set(self.kinds)) & set(self.parts):
            raise ValueError(f"parts: {', '.join(sorted(known))} is a volume already")
        if known := (TAKEN | set(self.kinds) | set(self.parts)) & set(self.teams):
            raise ValueError(f"teams: {', '.join(sorted(known))} is a volume already")
        if known := (TAKEN | {*self.kinds, *self.parts, *self.teams}) & set(self.sums):
            raise ValueError(f"sums: {', '.join(sorted(known))} is a volume already")
        for name, one in self.sums.items():
            if one.of in self.sums:
                raise ValueError(f"sums.{name}: {one.of} is a sum itself")
        for name, part in self.parts.items():
            if part.of in self.parts:
                raise ValueError(f"parts.{name}: {part.of} is a part itself")
        return self


class BlendRule(PlanModel):
    """[exchange.blended]: what checks are paid at where more than the share `above` of the group's
    `volume` is in other currencies than the member's.

    The group is everybody below in the tree. A unit of home volume is worth `home_rate` of the
    plan's money, which is paid at the member's own rate first.
    """

    above: Annotated[Rate, Field(lt=1_000_000)] = 500_000
    volume: KindRef = "pv"
    group: Literal["sponsor", "binary"] = "sponsor"
    home_rate: Rate = 1_000_000

    def blend(self) -> Blend:
        """The engine's form."""
        return Blend(self.above, self.volume, self.group, self.home_rate)


class ExchangeRule(PlanModel):
    """[exchange]: rates are fixed for a period and stand in the database, not in the plan.

    volumes: given in the money of the order ("margin" is the retail margin). Plan volume is rounded
    order by order, or so that a member's orders sum to his rounded total.
    """

    volumes: list[EntryRef] = []
    rounded: Literal["order", "member"] = "order"
    decimals: Decimals = 2
    mode: RoundingMode = "half_up"
    pay: Literal["member", "plan"] = "member"
    pay_decimals: Decimals = 2
    pay_mode: RoundingMode = "half_up"
    blended: BlendRule | None = None

    @model_validator(mode="after")
    def _paid_out(self) -> "ExchangeRule":
        if self.blended is not None and self.pay == "plan":
            raise ValueError("blended: checks that stay in the plan's currency have no rate")
        return self
