"""Bonuses on groups and on the company: differential, pools and rank bonuses."""

from typing import Annotated, Literal

import numpy as np
from pydantic import Field, model_validator

from upline.engine.bonuses import Band, Differential, Growth, Part, Pool, RankBonus
from upline.engine.lineage import Compression
from upline.engine.plan import BonusSpec
from upline.services.plan.schema_base import Asked, BonusBase, VolumeName
from upline.services.plan.schema_names import Names
from upline.services.plan.schema_types import (
    ORDER_TYPES,
    Amount,
    BonusRef,
    OrderType,
    PlanModel,
    RankRef,
    Rate,
    Volume,
)

__all__ = ["Bracket", "DifferentialBonus", "PoolBonus", "RankAmountBonus"]


BOUGHT = ("commission", "own", "pv", "cv")  # what of a group is the sum of its members'


class Bracket(PlanModel):
    """From this volume on, this rate."""

    volume: Volume
    rate: Rate


class DifferentialBonus(BonusBase):
    """A percentage by the size of the group, less what each leg's own bracket gives."""

    kind: Literal["differential"]
    brackets: Annotated[list[Bracket], Field(min_length=1, max_length=100)]
    by: VolumeName = "ov"
    volume: VolumeName = "commission"
    kept: list[OrderType] = []
    pays: Literal["group", "own"] = "group"

    @model_validator(mode="after")
    def _ascending(self) -> "DifferentialBonus":
        floors = [bracket.volume for bracket in self.brackets]
        if floors != sorted(set(floors)):
            raise ValueError("brackets must ascend by volume")
        if self.pays == "group" and self.volume not in BOUGHT:
            raise ValueError(f"with pays = 'group', volume must be one of {', '.join(BOUGHT)}")
        return self

    def spec(self, names: Names) -> BonusSpec:
        return Differential(
            bonus_id=self.id,
            floors=np.array([bracket.volume for bracket in self.brackets], np.int64),
            rates=np.array([bracket.rate for bracket in self.brackets], np.int64),
            gate=self.gate(names),
            by=self.by,
            volume=self.volume,
            kept_types=tuple(sorted(ORDER_TYPES[name] for name in set(self.kept))),
            legs_paid=self.pays == "group",
        )

    def worst_case(self) -> int | None:
        if self.volume not in BOUGHT:
            return None  # of the same volume, at every height
        return max(bracket.rate for bracket in self.brackets)


class BandRule(PlanModel):
    """The next so many places, or so large a part of all places, share this part of the pot."""

    places: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    fraction: Annotated[Rate, Field(gt=0, le=1_000_000)] | None = None
    rate: Annotated[Rate, Field(le=1_000_000)]

    @model_validator(mode="after")
    def _one_size(self) -> "BandRule":
        if (self.places is None) == (self.fraction is None):
            raise ValueError("needs either places or a fraction of all places")
        return self


class PoolPart(PlanModel):
    """How a part of the pool is divided; `share` is relative to the other parts.

    by leaders: `ranks` says the shares of the payee and of each leader below him, who counts for no
    more than the payee himself. by earned: money of the bonuses `on`. growth: only what is more
    than in the period before ("previous"), or so many periods before (`growth_over`), or than ever
    before ("best"). bands go by places, from
    the best down: by the part's own volume, and then each band is divided equally; or by
    `places_by`, as they are now or were in the period before, and each band is divided by `by`.
    """

    share: Annotated[int, Field(ge=1, le=1000)] = 1
    by: VolumeName | Literal["rank", "leaders", "levels", "earned"]
    ranks: dict[RankRef, Annotated[int, Field(ge=0, le=1_000_000)]] = {}
    points: list[Annotated[int, Field(ge=0, le=1_000_000)]] = []
    per: Volume | None = None
    on: list[BonusRef] = []
    growth: Literal["none", "previous", "best"] = "none"
    growth_over: Annotated[int, Field(ge=1, le=60)] = 1
    generations: Annotated[int, Field(ge=1, le=1000)] | None = None
    bands: Annotated[list[BandRule], Field(max_length=100)] = []
    places_by: VolumeName | Literal["earned"] | None = None
    places_in: Literal["this", "previous"] = "this"

    @model_validator(mode="after")
    def _fitting(self) -> "PoolPart":
        if bool(self.ranks) != (self.by in ("rank", "leaders")):
            raise ValueError("ranks and by = 'rank' or 'leaders' need each other")
        if bool(self.on) != ("earned" in (self.by, self.places_by)):
            raise ValueError("on and by = 'earned' need each other")
        if self.generations is not None and self.by != "leaders":
            raise ValueError("generations need by = 'leaders'")
        if self.growth != "none" and self.by in ("rank", "leaders", "levels"):
            raise ValueError("only volumes and earnings grow")
        if self.growth_over > 1 and self.growth != "previous":
            raise ValueError("growth_over needs growth = 'previous'")
        if bool(self.points) != (self.by == "levels"):
            raise ValueError("points and by = 'levels' need each other")
        if sum(band.rate for band in self.bands) > 1_000_000:
            raise ValueError("bands give more than 100 % of the part")
        self._fitting_bands()
        return self

    def _fitting_bands(self) -> None:
        if not self.bands and (self.places_by or self.places_in == "previous"):
            raise ValueError("places_by and places_in need bands")
        if len({band.places is None for band in self.bands}) > 1:
            raise ValueError("bands are either all of places or all of a fraction")
        if sum(band.fraction or 0 for band in self.bands) > 1_000_000:
            raise ValueError("bands have more than 100 % of the places")

    def part(self, names: Names) -> Part:
        """The engine's form."""
        return Part(
            share=self.share,
            by=self.by,
            ranks=np.array(names.spread(self.ranks), np.int64),
            points=np.array(self.points, np.int64),
            per=self.per or 0,
            on=tuple(names.bonuses[code] for code in self.on),
            growth=Growth[self.growth.upper()],
            growth_over=self.growth_over,
            generations=self.generations or 0,
            bands=tuple(
                Band(band.places or 0, band.fraction or 0, band.rate) for band in self.bands
            ),
            places_by=self.places_by or "",
            places_before=self.places_in == "previous",
        )


class PoolBonus(BonusBase):
    """A share of the company's volume, or a fixed amount, divided among those who qualify."""

    kind: Literal["pool"]
    rate: Annotated[Rate, Field(le=1_000_000)] = 0
    amount: Amount = 0
    volume: VolumeName = "commission"
    parts: Annotated[list[PoolPart], Field(min_length=1, max_length=20)]
    sources: Asked = Asked()
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
            gate=self.gate(names),
            sources=self.sources.gate(names),
            volume=self.volume,
            most_rate=self.most,
            compression=Compression[self.compression.upper()],
        )

    def worst_case(self) -> int | None:
        return self.rate if self.amount == 0 else None


class Multiplier(PlanModel):
    """From so many periods in a row on, so much of the amount."""

    from_period: Annotated[int, Field(ge=1, le=1200)]
    rate: Rate


class StreakAmount(PlanModel):
    """Once a rank has been held for so many periods in a row, this amount on top."""

    periods: Annotated[int, Field(ge=1, le=1200)]
    amount: Amount


class RankAmountBonus(BonusBase):
    """A fixed amount for a rank: once when it is first reached, or in every period.

    hold: further periods in a row for which the rank must be held before it is paid; times: how
    often it is paid at most. multipliers and streaks go by periods in a row. skipped: what of ranks
    that are reached together with a higher one.
    """

    kind: Literal["rank"]
    amounts: Annotated[dict[RankRef, Amount], Field(min_length=1)]
    paid: Literal["once", "every_period"] = "once"
    hold: Annotated[int, Field(ge=0, le=1200)] = 0
    times: Annotated[int, Field(ge=1, le=1200)] | None = None
    skipped: Literal["paid", "lost"] = "paid"
    multipliers: Annotated[list[Multiplier], Field(max_length=50)] = []
    streaks: Annotated[list[StreakAmount], Field(max_length=50)] = []

    @model_validator(mode="after")
    def _fitting(self) -> "RankAmountBonus":
        if self.paid == "once" and (self.times is not None or self.multipliers):
            raise ValueError("times and multipliers need paid = 'every_period'")
        if self.paid == "every_period" and self.skipped == "lost":
            raise ValueError("skipped needs paid = 'once': else the rank held is paid alone")
        for name, key in (("multipliers", "from_period"), ("streaks", "periods")):
            given = [getattr(step, key) for step in getattr(self, name)]
            if given != sorted(set(given)):
                raise ValueError(f"{name} must ascend")
        return self

    def spec(self, names: Names) -> BonusSpec:
        given = names.spread(self.amounts)[1:]
        once = [self.amounts.get(key, 0) for key in names.ranks]
        return RankBonus(
            bonus_id=self.id,
            amounts=np.array(once if self.paid == "once" else given, np.int64),
            gate=self.gate(names),
            once=self.paid == "once",
            hold=self.hold,
            times=self.times or 0,
            multipliers=tuple((step.from_period, step.rate) for step in self.multipliers),
            steps=tuple((step.periods, step.amount) for step in self.streaks),
            highest=self.skipped == "lost",
        )
