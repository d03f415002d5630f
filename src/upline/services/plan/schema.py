"""The tables of a plan file. Numbers are exact; every table refuses keys that it does not know."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, model_validator

from upline.services.plan.schema_bonuses import AnyBonus
from upline.services.plan.schema_company import AnyTree, DonationRule, LimitRule
from upline.services.plan.schema_contests import ContestTable
from upline.services.plan.schema_organization import OrganizationRules
from upline.services.plan.schema_ranks import GroupVolume, Rank, RankRules
from upline.services.plan.schema_types import (
    Amount,
    Key,
    Label,
    Money,
    PlanModel,
    Rate,
    RoundingMode,
    Volume,
)
from upline.services.plan.schema_volumes import ExchangeRule, VolumeRules

__all__ = ["PlanSchema"]

SATURDAY = 5
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]


class Meta(PlanModel):
    """[plan]: what it is called and the currency its money is in."""

    key: Key
    name: Label
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] = "USD"
    note: Annotated[str, Field(max_length=2000)] = ""


class Calendar(PlanModel):
    """[calendar]: the period, and when it is paid.

    month: on `pay_day` of the following month. week: `lag_days` after the week closed. A pay day
    on a weekend or holiday moves to the working day before or after it.
    late: where volume counts that comes for a period which is closed: in the one that is open, or
    in its own, whose restatement then pays the difference.
    """

    period: Literal["month", "week"] = "month"
    late: Literal["open_period", "restate"] = "open_period"
    pay_day: Annotated[int, Field(ge=1, le=28)] = 15
    week_starts: Weekday = "saturday"
    lag_days: Annotated[int, Field(ge=0, le=60)] = 7
    weekend: Literal["before", "after", "none"] = "none"
    holidays: Annotated[list[date], Field(max_length=1000)] = []

    @model_validator(mode="after")
    def _moves(self) -> "Calendar":
        if self.holidays and self.weekend == "none":
            raise ValueError("holidays move no pay day unless weekend is 'before' or 'after'")
        return self

    def pay_date(self, last_day: date) -> date:
        """Day on which a period that ends on `last_day` is paid."""
        if self.period == "week":
            day = last_day + timedelta(days=self.lag_days)
        else:
            following = last_day.replace(day=1) + timedelta(days=32)
            day = following.replace(day=self.pay_day)
        if self.weekend == "none":
            return day
        step = timedelta(days=-1 if self.weekend == "before" else 1)
        while day.weekday() >= SATURDAY or day in self.holidays:
            day += step
        return day


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
    mode: RoundingMode = "half_up"
    decimals: Annotated[int, Field(ge=0, le=4)] = 2


class PayoutFee(PlanModel):
    """A fee for one way of being paid."""

    method: Key
    amount: Money


class Payout(PlanModel):
    """[payout]: below the minimum money stays on account; `fee` is the cost of any payment, `fees`
    what single methods cost instead, `minimums` those of single currencies in their own money.
    Outside of the engine, so plain decimals."""

    minimum: Money = Decimal(0)
    minimums: dict[Annotated[str, Field(pattern=r"^[A-Z]{3}$")], Money] = {}
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
    rank_rules: RankRules = RankRules()
    group_volume: GroupVolume | None = None
    organization: OrganizationRules = OrganizationRules()
    bonuses: Annotated[list[AnyBonus], Field(max_length=100)] = []
    limits: Annotated[list[LimitRule], Field(max_length=100)] = []
    trees: Annotated[list[AnyTree], Field(max_length=20)] = []
    fees: list[FeeRule] = []
    donation: DonationRule | None = None
    rounding: RoundingRule = RoundingRule()
    exchange: ExchangeRule | None = None
    payout: Payout = Payout()
    points: list[PointsTable] = []
    contests: Annotated[list[ContestTable], Field(max_length=50)] = []
