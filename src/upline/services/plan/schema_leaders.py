"""Bonuses on groups and on the company: differential, pools and rank bonuses."""

from typing import Annotated, Literal

import numpy as np
from pydantic import Field, model_validator

from upline.engine.bonuses import Differential, Part, Pool, RankBonus
from upline.engine.lineage import Compression
from upline.engine.plan import BonusSpec
from upline.services.plan.schema_base import BonusBase, Names, Requires, VolumeName
from upline.services.plan.schema_types import (
    ORDER_TYPES,
    Amount,
    OrderType,
    PlanModel,
    RankRef,
    Rate,
    Volume,
)

__all__ = ["DifferentialBonus", "PoolBonus", "RankAmountBonus"]


class Bracket(PlanModel):
    """From this volume on, this rate."""

    volume: Volume
    rate: Rate


class DifferentialBonus(BonusBase):
    """A percentage by the size of the group, less what each leg's own bracket gives."""

    kind: Literal["differential"]
    brackets: Annotated[list[Bracket], Field(min_length=1, max_length=100)]
    by: VolumeName = "ov"
    volume: Literal["commission", "own", "pv", "cv"] = "commission"
    kept: list[OrderType] = []
    pays: Literal["group", "own"] = "group"

    @model_validator(mode="after")
    def _ascending(self) -> "DifferentialBonus":
        floors = [bracket.volume for bracket in self.brackets]
        if floors != sorted(set(floors)):
            raise ValueError("brackets must ascend by volume")
        return self

    def spec(self, names: Names) -> BonusSpec:
        return Differential(
            bonus_id=self.id,
            floors=np.array([bracket.volume for bracket in self.brackets], np.int64),
            rates=np.array([bracket.rate for bracket in self.brackets], np.int64),
            gate=self.requires.gate(names),
            by=self.by,
            volume=self.volume,
            kept_types=tuple(sorted(ORDER_TYPES[name] for name in set(self.kept))),
            legs_paid=self.pays == "group",
        )

    def worst_case(self) -> int:
        return max(bracket.rate for bracket in self.brackets)


class Band(PlanModel):
    """So many places share this part of the pot equally."""

    places: Annotated[int, Field(ge=1, le=1_000_000)]
    rate: Annotated[Rate, Field(le=1_000_000)]


class PoolPart(PlanModel):
    """How a part of the pool is divided; `share` is relative to the other parts."""

    share: Annotated[int, Field(ge=1, le=1000)] = 1
    by: Literal["rank", "levels"] | VolumeName
    ranks: dict[RankRef, Annotated[int, Field(ge=0, le=1_000_000)]] = {}
    points: list[Annotated[int, Field(ge=0, le=1_000_000)]] = []
    per: Volume | None = None
    bands: list[Band] = []

    @model_validator(mode="after")
    def _fitting(self) -> "PoolPart":
        if bool(self.ranks) != (self.by == "rank"):
            raise ValueError("ranks and by = 'rank' need each other")
        if bool(self.points) != (self.by == "levels"):
            raise ValueError("points and by = 'levels' need each other")
        if sum(band.rate for band in self.bands) > 1_000_000:
            raise ValueError("bands give more than 100 % of the part")
        return self

    def part(self, names: Names) -> Part:
        """The engine's form."""
        return Part(
            share=self.share,
            by=self.by,
            ranks=np.array(names.spread(self.ranks), np.int64),
            points=np.array(self.points, np.int64),
            per=self.per or 0,
            bands=tuple((band.places, band.rate) for band in self.bands),
        )


class PoolBonus(BonusBase):
    """A share of the company's volume, or a fixed amount, divided among those who qualify."""

    kind: Literal["pool"]
    rate: Annotated[Rate, Field(le=1_000_000)] = 0
    amount: Amount = 0
    volume: VolumeName = "commission"
    parts: Annotated[list[PoolPart], Field(min_length=1, max_length=20)]
    sources: Requires = Requires()
    most: Annotated[Rate, Field(le=1_000_000)] = 1_000_000
    compression: Literal["none", "skip_unqualified"] = "none"

    @model_validator(mode="after")
    def _not_empty(self) -> "PoolBonus":
        if self.rate == 0 and self.amount == 0:
            raise ValueError("a pool needs a rate or an amount")
        return self

    def spec(self, names: Names) -> BonusSpec:
        return Pool(
            bonus_id=self.id,
            rate=self.rate,
            amount=self.amount,
            parts=tuple(part.part(names) for part in self.parts),
            gate=self.requires.gate(names),
            sources=self.sources.gate(names),
            volume=self.volume,
            most_rate=self.most,
            compression=Compression[self.compression.upper()],
        )

    def worst_case(self) -> int | None:
        return self.rate if self.amount == 0 else None


class RankAmountBonus(BonusBase):
    """A fixed amount for a rank: once when it is first reached, or in every period."""

    kind: Literal["rank"]
    amounts: Annotated[dict[RankRef, Amount], Field(min_length=1)]
    paid: Literal["once", "every_period"] = "once"

    def spec(self, names: Names) -> BonusSpec:
        amounts = [self.amounts.get(key, 0) for key in names.ranks]
        return RankBonus(
            bonus_id=self.id,
            amounts=np.array(amounts, np.int64),
            gate=self.requires.gate(names),
            once=self.paid == "once",
        )
