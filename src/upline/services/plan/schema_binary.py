"""The binary bonus: how legs are matched, what is paid, and what becomes of the rest."""

from typing import Annotated, Literal

import numpy as np
from pydantic import Field, model_validator

from upline.engine.bonuses import Binary
from upline.engine.bonuses.binary import AfterPay, Method, OverCap, Unqualified
from upline.engine.plan import BonusSpec
from upline.engine.units import NO_MINIMUM
from upline.services.plan.schema_base import NO_CAP, BonusBase, Names
from upline.services.plan.schema_types import Amount, PlanModel, RankRef, Rate, Volume

__all__ = ["BinaryBonus"]


class Tier(PlanModel):
    """When both legs reach `volume`, it is taken off both and `amount` is paid."""

    volume: Annotated[Volume, Field(ge=1)]
    amount: Amount


class Cycle(PlanModel):
    """One cycle takes `strong` off the stronger leg and `weak` off the other."""

    strong: Annotated[Volume, Field(ge=1)]
    weak: Annotated[Volume, Field(ge=1)]
    pay: Amount = 0
    pay_by_rank: dict[RankRef, Amount] = {}

    @model_validator(mode="after")
    def _strong(self) -> "Cycle":
        if self.strong < self.weak:
            raise ValueError("strong must be at least weak")
        return self


class Sides(PlanModel):
    """Personally enrolled members of at least `pv` that must stand in each leg."""

    left: Annotated[int, Field(ge=0, le=1000)] = 1
    right: Annotated[int, Field(ge=0, le=1000)] = 1
    pv: Volume = 0


class BinaryBonus(BonusBase):
    """Exactly one of `rate`, `tiers` and `cycle` says how legs are matched."""

    kind: Literal["binary"]
    rate: Rate | None = None
    rates_by_rank: dict[RankRef, Rate] = {}
    tiers: list[Tier] = []
    cycle: Cycle | None = None
    counted: Literal["pv", "cv"] = "pv"
    minimum: Volume = 0
    leg_limit: Volume | None = None
    carry_limit: Volume | None = None
    max_cycles: Annotated[int, Field(ge=1)] | None = None
    max_amount: Amount | None = None
    after_pay: Literal["net_off", "flush_weak", "flush"] = "net_off"
    over_cap: Literal["carry", "forfeit", "flush"] = "carry"
    unqualified: Literal["keep", "flush", "flush_weak", "keep_old"] = "keep"
    sides: Sides | None = None

    @model_validator(mode="after")
    def _one_method(self) -> "BinaryBonus":
        given = [self.rate is not None, bool(self.tiers), self.cycle is not None]
        if sum(given) != 1:
            raise ValueError("give exactly one of rate, tiers and cycle")
        volumes = [tier.volume for tier in self.tiers]
        if volumes != sorted(set(volumes)):
            raise ValueError("tiers must ascend by volume")
        if self.rates_by_rank and self.rate is None:
            raise ValueError("rates_by_rank needs a rate")
        if self.max_cycles is not None and self.cycle is None:
            raise ValueError("max_cycles needs a cycle")
        return self

    def spec(self, names: Names) -> BonusSpec:
        def limit(value: int | None) -> int:
            return NO_CAP if value is None else value

        method = Method.PERCENT
        if self.tiers:
            method = Method.BLOCKS
        cycle = Cycle(strong=1, weak=1)
        if self.cycle is not None:
            method, cycle = Method.CYCLES, self.cycle
        tiers = [(tier.volume, tier.amount) for tier in self.tiers]
        return Binary(
            bonus_id=self.id,
            method=method,
            gate=self.requires.gate(names),
            rates=np.array(names.spread(self.rates_by_rank, self.rate or 0), np.int64),
            pays=np.array(names.spread(cycle.pay_by_rank, cycle.pay), np.int64),
            tiers=np.array(tiers, np.int64).reshape(-1, 2),
            strong=cycle.strong,
            weak=cycle.weak,
            counted=self.counted,
            least=self.minimum,
            most_leg=limit(self.leg_limit),
            most_cycles=limit(self.max_cycles),
            most_money=limit(self.max_amount),
            most_carry=limit(self.carry_limit),
            after_pay=AfterPay[self.after_pay.upper()],
            over_cap=OverCap[self.over_cap.upper()],
            unqualified=Unqualified[self.unqualified.upper()],
            side_left=self.sides.left if self.sides else 0,
            side_right=self.sides.right if self.sides else 0,
            side_pv=self.sides.pv if self.sides else NO_MINIMUM,
        )
