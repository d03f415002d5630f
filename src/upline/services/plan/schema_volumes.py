"""[volumes] and [exchange]: what counts as volume, and in what money it is given and paid out."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from upline.services.plan.schema_types import (
    CustomerType,
    EntryRef,
    KindRef,
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
}


Share = Annotated[Rate, Field(le=1_000_000)]


class NewMemberReduction(PlanModel):
    """Commission volume of new members is cut in their first months; rank volume is not.

    rate: one, or one for each month; up_to: what a member has beyond it is not cut.
    """

    months: Annotated[int, Field(ge=1, le=36)]
    rate: Share | Annotated[list[Share], Field(min_length=1)]
    up_to: Volume | None = None

    @model_validator(mode="after")
    def _one_a_month(self) -> "NewMemberReduction":
        if isinstance(self.rate, list) and len(self.rate) != self.months:
            raise ValueError(f"a list of rates needs one for each of {self.months} months")
        return self

    @property
    def rates(self) -> tuple[int, ...]:
        """One rate for each month."""
        return (self.rate,) * self.months if isinstance(self.rate, int) else tuple(self.rate)


class TeamVolume(PlanModel):
    """A kind of volume of a member and of so many levels of the sponsor tree below him."""

    levels: Annotated[int, Field(ge=1, le=100)]
    of: KindRef = "pv"


class Lapse(PlanModel):
    """Who bought less than `pv` himself in the latest `periods` periods, this one included, and
    enrolled before them, is dropped: neither ranked nor paid."""

    periods: Annotated[int, Field(ge=2, le=60)]
    pv: Annotated[Volume, Field(gt=0)]


class VolumeRules(PlanModel):
    """[volumes]: what is paid on, who is a member, who is a customer of a member.

    kinds: volumes that orders carry beside PV and CV; teams: names of their own for volume that
    reaches only so far down. Activity looks at the PV of the latest
    *_periods periods, this one included.
    """

    commission: KindRef = "cv"
    kinds: Annotated[list[Kind], Field(max_length=8)] = []
    teams: Annotated[dict[TeamName, TeamVolume], Field(max_length=8)] = {}
    active_pv: Volume = 0
    active_periods: Periods = 1
    qualified_pv: Volume = 0
    qualified_periods: Periods = 1
    members: Annotated[list[CustomerType], Field(min_length=1)] = ["distributor"]
    customers: list[CustomerType] = ["preferred", "retail"]
    earning_statuses: Annotated[list[Status], Field(min_length=1)] = ["active", "on_hold"]
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
        if known := (TAKEN | set(self.kinds)) & set(self.teams):
            raise ValueError(f"teams: {', '.join(sorted(known))} is a volume already")
        return self


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
