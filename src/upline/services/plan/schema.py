"""The tables of a plan file. Numbers are exact; every table refuses keys that it does not know."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, model_validator

from upline.services.plan.schema_bonuses import AnyBonus
from upline.services.plan.schema_types import (
    Amount,
    CustomerType,
    Money,
    PlanModel,
    RankRef,
    Rate,
    Status,
    Volume,
)

__all__ = ["PlanSchema", "Rank"]

Key = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=40)]
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
Label = Annotated[str, Field(min_length=1, max_length=80)]


class Meta(PlanModel):
    """[plan]: what it is called and the currency its money is in."""

    key: Key
    name: Label
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] = "USD"
    note: Annotated[str, Field(max_length=2000)] = ""


class Calendar(PlanModel):
    """[calendar]: the period, and when it is paid.

    month: on `pay_day` of the following month. week: `lag_days` after the week closed. A pay day
    on a weekend moves to the working day before or after it.
    """

    period: Literal["month", "week"] = "month"
    pay_day: Annotated[int, Field(ge=1, le=28)] = 15
    week_starts: Weekday = "saturday"
    lag_days: Annotated[int, Field(ge=0, le=60)] = 7
    weekend: Literal["before", "after", "none"] = "none"

    def pay_date(self, last_day: date) -> date:
        """Day on which a period that ends on `last_day` is paid."""
        if self.period == "week":
            day = last_day + timedelta(days=self.lag_days)
        else:
            following = last_day.replace(day=1) + timedelta(days=32)
            day = following.replace(day=self.pay_day)
        beyond = day.weekday() - 4  # 1 on Saturday, 2 on Sunday
        if beyond > 0 and self.weekend == "before":
            day -= timedelta(days=beyond)
        elif beyond > 0 and self.weekend == "after":
            day += timedelta(days=3 - beyond)
        return day


class NewMemberReduction(PlanModel):
    """Commission volume of new members is cut in their first months; rank volume is not."""

    months: Annotated[int, Field(ge=1, le=36)]
    rate: Annotated[Rate, Field(le=1_000_000)]


class VolumeRules(PlanModel):
    """[volumes]: what is paid on, who is a member, who is a customer of a member."""

    commission: Literal["pv", "cv"] = "cv"
    active_pv: Volume = 0
    qualified_pv: Volume = 0
    members: Annotated[list[CustomerType], Field(min_length=1)] = ["distributor"]
    customers: list[CustomerType] = ["preferred", "retail"]
    earning_statuses: Annotated[list[Status], Field(min_length=1)] = ["active", "on_hold"]
    customers_as_own: bool = True
    new_member_reduction: NewMemberReduction | None = None

    @model_validator(mode="after")
    def _apart(self) -> "VolumeRules":
        both = set(self.members) & set(self.customers)
        if both:
            raise ValueError(f"{', '.join(sorted(both))}: both a member and a customer")
        return self


class Legs(PlanModel):
    """`count` legs of at least `volume` OV whose head has `pv` of his own."""

    count: Annotated[int, Field(ge=1, le=100)]
    volume: Volume
    pv: Volume | None = None


class RankedLegs(PlanModel):
    """`count` legs that each hold somebody of at least `rank`."""

    count: Annotated[int, Field(ge=1, le=100)]
    rank: RankRef


class Enrolled(PlanModel):
    """`count` personally enrolled members with at least `pv`."""

    count: Annotated[int, Field(ge=1, le=1000)]
    pv: Volume = 0


class CappedVolume(PlanModel):
    """`volume` of OV of which no leg, nor the member himself, counts for more than `leg_share`."""

    volume: Volume
    leg_share: Annotated[Rate, Field(le=1_000_000)]


class Rank(PlanModel):
    """[[ranks]], lowest first. What is not given is not asked for."""

    id: Annotated[int, Field(ge=0, le=999)]
    key: Key
    name: Label
    pv: Volume | None = None
    total_pv: Volume | None = None
    ov: Volume | None = None
    gv: Volume | None = None
    left: Volume | None = None
    right: Volume | None = None
    legs: Legs | None = None
    ranked_legs: RankedLegs | None = None
    enrolled: Enrolled | None = None
    capped_ov: CappedVolume | None = None


class GroupVolume(PlanModel):
    """[group_volume]: from this rank on PGV leaves out qualifying legs and ranked organizations."""

    from_rank: RankRef


class FeeRule(PlanModel):
    """[[fees]]: taken from a check that has commission."""

    name: Label
    ledger_type: Annotated[int, Field(ge=1, le=32767)]
    amount: Amount
    from_commission: Amount = 0
    capped: bool = True


class RoundingRule(PlanModel):
    """[rounding]: where and how money is rounded, and to how many decimals."""

    place: Literal["line", "level", "bonus", "check"] = "level"
    mode: Literal["half_up", "half_even", "half_down", "down", "up", "floor", "ceiling"] = "half_up"
    decimals: Annotated[int, Field(ge=0, le=4)] = 2


class PayoutFee(PlanModel):
    """A fee for one way of being paid."""

    method: Key
    amount: Money


class Payout(PlanModel):
    """[payout]: below the minimum money stays on account; `fee` is the cost of any payment, `fees`
    what single methods cost instead. Outside of the engine, so plain decimals."""

    minimum: Money = Decimal(0)
    fee: Money = Decimal(0)
    hold_days: Annotated[int, Field(ge=0, le=365)] = 0
    fees: list[PayoutFee] = []


class PointsStep(PlanModel):
    """From this consecutive month on, this share of the order's PV is given as points."""

    from_month: Annotated[int, Field(ge=1, le=1200)]
    rate: Rate


class PointsTable(PlanModel):
    """[[points]]: loyalty points on autoship orders; the latest table in force applies.

    A month without an order ends the row of consecutive months, but for one that may be skipped
    within `skip_within_months`. Whoever cancels the last autoship may lose what is left.
    """

    key: Key
    name: Label
    effective: date
    steps: Annotated[list[PointsStep], Field(min_length=1)]
    minimum_pv: Volume = 0
    expire_months: Annotated[int, Field(ge=1, le=1200)] | None = None
    redeem_from_month: Annotated[int, Field(ge=1, le=1200)] = 1
    redeem_monthly_limit: Volume | None = None
    skip_within_months: Annotated[int, Field(ge=2, le=1200)] | None = None
    lost_on_cancel: bool = False

    @model_validator(mode="after")
    def _ascending(self) -> "PointsTable":
        months = [step.from_month for step in self.steps]
        if months != sorted(set(months)) or months[0] != 1:
            raise ValueError("steps must start at month 1 and ascend")
        return self


class PlanSchema(PlanModel):
    """A whole plan file."""

    plan: Meta
    calendar: Calendar = Calendar()
    volumes: VolumeRules = VolumeRules()
    ranks: Annotated[list[Rank], Field(max_length=100)] = []
    group_volume: GroupVolume | None = None
    bonuses: Annotated[list[AnyBonus], Field(max_length=100)] = []
    fees: list[FeeRule] = []
    rounding: RoundingRule = RoundingRule()
    payout: Payout = Payout()
    points: list[PointsTable] = []
