"""The binary bonus: how legs are matched, what is paid, and what becomes of the rest."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import AfterValidator, Field, ValidationInfo, field_validator, model_validator

from upline.engine.bonuses import Binary
from upline.engine.bonuses.binary_carry import AfterPay, Overflow, Unqualified
from upline.engine.bonuses.binary_pairs import UNLIMITED, Matching, Method, OverCap
from upline.engine.bonuses.binary_settle import Caps
from upline.engine.plan import BonusSpec
from upline.engine.units import I64, NO_MINIMUM
from upline.services.plan.schema_base import Asked, BonusBase
from upline.services.plan.schema_leaders import Bracket
from upline.services.plan.schema_names import Names
from upline.services.plan.schema_types import (
    Amount,
    KindRef,
    PlanModel,
    RankRef,
    Rate,
    Volume,
    VolumeRef,
)

__all__ = ["BinaryBonus"]

Count = Annotated[int, Field(ge=1, le=1_000_000_000)]
Ratio = Annotated[int, Field(ge=2, le=100)]
Rule = Literal["keep", "flush", "flush_weak", "keep_old"]
DAYS = {"period": 0, "week": 7, "day": 1}


class Tier(PlanModel):
    """When both legs reach `volume`, it is taken off both and `amount` is paid."""

    volume: Annotated[Volume, Field(gt=0)]
    amount: Amount


def _ascending(steps: list[Any]) -> list[Any]:
    volumes = [step.volume for step in steps]
    if volumes != sorted(set(volumes)):
        raise ValueError("must ascend by volume")
    return steps


class Pair(PlanModel):
    """A cycle takes `strong` off the stronger leg and `weak` off the other."""

    strong: Annotated[Volume, Field(gt=0)]
    weak: Annotated[Volume, Field(gt=0)]
    pay: Amount = 0
    pay_by_rank: dict[RankRef, Amount] = {}

    @model_validator(mode="after")
    def _strong(self) -> "Pair":
        if self.strong < self.weak:
            raise ValueError("strong must be at least weak")
        return self

    def pays(self, names: Names) -> I64:
        """Money per cycle, by rank position + 1."""
        return np.array(names.spread(self.pay_by_rank, self.pay), np.int64)


class LopsidedPair(Pair):
    """What a cycle is while the stronger leg has at least `ratio` times the weaker."""

    ratio: Ratio = 2


class PayStep(PlanModel):
    """From this volume on, this much a cycle."""

    volume: Volume
    pay: Amount


class PayByVolume(PlanModel):
    """What a cycle pays by the size of one of the member's volumes; nothing below the first."""

    by: VolumeRef
    steps: Annotated[list[PayStep], Field(min_length=1, max_length=50), AfterValidator(_ascending)]


class RatesByVolume(PlanModel):
    """The rate by the size of one of the member's volumes; nothing below the first."""

    by: VolumeRef
    steps: Annotated[list[Bracket], Field(min_length=1, max_length=50), AfterValidator(_ascending)]


class Cycle(Pair):
    """`first`: the first cycle that a member ever makes, when it is of another kind. strong_leg: is
    found before every cycle, or once a settlement (after the first cycle, if that is another)."""

    strong_leg: Literal["each_cycle", "once"] = "each_cycle"
    pay_by_volume: PayByVolume | None = None
    first: Pair | None = None
    lopsided: LopsidedPair | None = None

    @model_validator(mode="after")
    def _one_scale(self) -> "Cycle":
        ranked = [pair for pair in (self, self.first, self.lopsided) if pair and pair.pay_by_rank]
        if self.pay_by_volume and (ranked or self.pay):
            raise ValueError("pay goes either by volume or by rank")
        return self


class LopsidedRate(PlanModel):
    """While the stronger leg has at least `ratio` times the weaker, this rate is paid, and so much
    is taken off the stronger leg."""

    ratio: Ratio = 2
    rate: Rate


class SecondVolume(PlanModel):
    """A volume of another kind, of which every cycle needs `volume` on both legs."""

    counted: KindRef
    volume: Annotated[Volume, Field(gt=0)]


class OwnOverflow(PlanModel):
    """Volume `of` oneself, one's customers or both above `over` counts in a leg of one's own."""

    of: Literal["own", "customers", "both"] = "own"
    over: Volume = 0
    to: Literal["left", "right", "lesser", "balance"] = "lesser"


class Sides(PlanModel):
    """Personally enrolled members of at least `pv` that must stand in each leg."""

    left: Annotated[int, Field(ge=0, le=1000)] = 1
    right: Annotated[int, Field(ge=0, le=1000)] = 1
    pv: Volume = 0


class BinaryBonus(BonusBase):
    """Exactly one of `rate`, `tiers`, `steps` and `cycle` says how legs are matched.

    max_*: of one settlement (see `every`); period_*, lifetime_*: of all settlements of the period,
    of all periods. Whoever fails `active` falls under `inactive`, else whoever fails `requires` or
    `sides` under `unqualified`.
    """

    kind: Literal["binary"]
    counted: KindRef = "pv"
    rate: Rate | None = None
    rates_by_rank: dict[RankRef, Rate] = {}
    rates_by_volume: RatesByVolume | None = None
    balance: bool = False
    lopsided: LopsidedRate | None = None
    tiers: Annotated[list[Tier], AfterValidator(_ascending)] = []
    steps: Annotated[list[Tier], Field(max_length=100)] = []
    cycle: Cycle | None = None
    second: SecondVolume | None = None
    minimum: Volume = 0
    leg_limit: Volume | None = None
    carry_limit: Volume | None = None
    carry_periods: Annotated[int, Field(ge=1, le=1200)] | None = None
    every: Literal["period", "week", "day"] = "period"
    max_cycles: Count | None = None
    max_cycles_by_rank: dict[RankRef, Count] = {}
    max_amount: Amount | None = None
    max_amount_by_rank: dict[RankRef, Amount] = {}
    period_cycles: Count | None = None
    period_amount: Amount | None = None
    lifetime_cycles: Count | None = None
    lifetime_amount: Amount | None = None
    over_cap: Literal["carry", "forfeit", "flush"] = "carry"
    after_pay: Literal["net_off", "flush_weak", "flush"] = "net_off"
    unqualified: Rule = "keep"
    active: Asked | None = None
    inactive: Rule = "flush"
    sides: Sides | None = None
    overflow: OwnOverflow | None = None

    @field_validator("rates_by_rank", "rates_by_volume", "balance", "lopsided")
    @classmethod
    def _of_rates(cls, value: Any, info: ValidationInfo) -> Any:
        if value and info.data.get("rate") is None:
            raise ValueError("says something about a rate, and there is none")
        return value

    @field_validator(
        "second", "max_cycles", "max_cycles_by_rank", "period_cycles", "lifetime_cycles"
    )
    @classmethod
    def _of_cycles(cls, value: Any, info: ValidationInfo) -> Any:
        counted = info.data.get("cycle") is not None
        if value and not counted and (info.field_name == "second" or not info.data.get("steps")):
            raise ValueError("says something about cycles, and there is no cycle")
        return value

    @field_validator("second")
    @classmethod
    def _another_kind(cls, value: SecondVolume, info: ValidationInfo) -> SecondVolume:
        if value and value.counted == info.data.get("counted"):
            raise ValueError("needs another kind of volume than counted")
        return value

    @field_validator("period_cycles", "period_amount")
    @classmethod
    def _of_settlements(cls, value: int | None, info: ValidationInfo) -> int | None:
        if value is not None and info.data.get("every") == "period":
            raise ValueError("is what max_ is for, unless every is 'day' or 'week'")
        return value

    @field_validator("inactive")
    @classmethod
    def _of_the_inactive(cls, value: Rule, info: ValidationInfo) -> Rule:
        if info.data.get("active") is None:
            raise ValueError("needs active: what a member must have")
        return value

    @model_validator(mode="after")
    def _one_method(self) -> "BinaryBonus":
        given = [self.rate is not None, self.tiers, self.steps, self.cycle is not None]
        if sum(map(bool, given)) != 1:
            raise ValueError("give exactly one of rate, tiers, steps and cycle")
        if self.rates_by_rank and self.rates_by_volume:
            raise ValueError("rates go either by rank or by volume")
        return self

    def spec(self, names: Names) -> BonusSpec:
        overflow, graded = self.overflow, self._graded()
        return Binary(
            bonus_id=self.id,
            matching=self._matching(names),
            caps=self._caps(names),
            gate=self.gate(names),
            active=self.active.gate(names) if self.active else None,
            counted=self.counted,
            second=self.second.counted if self.second else "",
            second_each=self.second.volume if self.second else 0,
            after_pay=AfterPay[self.after_pay.upper()],
            unqualified=Unqualified[self.unqualified.upper()],
            inactive=Unqualified[self.inactive.upper()],
            side_left=self.sides.left if self.sides else 0,
            side_right=self.sides.right if self.sides else 0,
            side_pv=self.sides.pv if self.sides else NO_MINIMUM,
            most_age=self.carry_periods,
            overflow=Overflow[overflow.to.upper()] if overflow else Overflow.NONE,
            overflow_over=overflow.over if overflow else 0,
            overflow_own=overflow is not None and overflow.of != "customers",
            overflow_customers=overflow is not None and overflow.of != "own",
            days=DAYS[self.every],
            by=graded.by if graded else "",
            floors=_column([step.volume for step in graded.steps] if graded else []),
        )

    def _graded(self) -> PayByVolume | RatesByVolume | None:
        """What says rates or pay by volume."""
        return self.cycle.pay_by_volume if self.cycle else self.rates_by_volume

    def _matching(self, names: Names) -> Matching:
        method = Method.PERCENT
        if self.tiers:
            method = Method.BLOCKS
        elif self.steps:
            method = Method.STEPS
        elif self.cycle:
            method = Method.CYCLES
        cycle = self.cycle or Cycle(strong=1, weak=1)
        uneven = cycle.lopsided or LopsidedPair(strong=1, weak=1)
        lopsided = self.lopsided or cycle.lopsided
        first = cycle.first or Pair(strong=1, weak=1)
        tiers = [(tier.volume, tier.amount) for tier in self.tiers or self.steps]
        rates = _column(names.spread(self.rates_by_rank, self.rate or 0))
        pays, rows = cycle.pays(names), len(names.ranks) + 1
        if self.rates_by_volume:
            rates = _column([0, *(step.rate for step in self.rates_by_volume.steps)])
        if cycle.pay_by_volume:
            pays = _column([0, *(step.pay for step in cycle.pay_by_volume.steps)])
            rows = len(pays)
        return Matching(
            method=int(method),
            rates=rates,
            pays=pays,
            tiers=np.array(tiers, np.int64).reshape(-1, 2),
            strong=cycle.strong,
            weak=cycle.weak,
            least=self.minimum,
            most_leg=_limit(self.leg_limit),
            balance=self.balance,
            ratio=lopsided.ratio if lopsided else 0,
            uneven_rate=self.lopsided.rate if self.lopsided else 0,
            uneven_strong=uneven.strong,
            uneven_weak=uneven.weak,
            uneven_pays=np.resize(uneven.pays(names), rows),
            first_strong=first.strong if cycle.first else 0,
            first_weak=first.weak if cycle.first else 0,
            first_pays=np.resize(first.pays(names), rows),
            decided_once=cycle.strong_leg == "once",
            over_cap=OverCap[self.over_cap.upper()],
        )

    def _caps(self, names: Names) -> Caps:
        cycles = names.spread(self.max_cycles_by_rank, _limit(self.max_cycles))
        money = names.spread(self.max_amount_by_rank, _limit(self.max_amount))
        return Caps(
            cycles=_column(cycles),
            money=_column(money),
            period_cycles=_limit(self.period_cycles),
            period_money=_limit(self.period_amount),
            life_cycles=_limit(self.lifetime_cycles),
            life_money=_limit(self.lifetime_amount),
            carry=_limit(self.carry_limit),
        )


def _limit(value: int | None) -> int:
    return UNLIMITED if value is None else value


def _column(values: Sequence[int]) -> I64:
    return np.array(values, np.int64)
