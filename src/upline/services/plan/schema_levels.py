"""Bonuses that walk up from the source, by level or by generation."""

from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Field, ValidationInfo, model_validator

from upline.engine.bonuses import FastStart, Generations, Infinity, Matching, Unilevel
from upline.engine.bonuses.generations import OWN_RANK
from upline.engine.bonuses.unilevel import NO_STOP, Scale, Unqualified
from upline.engine.lineage import Compression
from upline.engine.plan import BonusSpec
from upline.engine.scene import Gate
from upline.services.plan.schema_base import (
    NO_CAP,
    Asked,
    BonusBase,
    CompressionName,
    LevelRates,
    TreeName,
    VolumeName,
    check_holding_rank,
)
from upline.services.plan.schema_early import EarlyWindows
from upline.services.plan.schema_names import Names
from upline.services.plan.schema_types import (
    CUSTOMER_TYPES,
    Amount,
    BonusRef,
    CustomerType,
    PlanModel,
    RankRef,
    Rate,
    Volume,
)

__all__ = [
    "FastStartBonus",
    "GenerationsBonus",
    "InfinityBonus",
    "MatchingBonus",
    "UnilevelBonus",
]

UNQUALIFIED = {
    True: Unqualified.PAYS,
    False: Unqualified.LOSES,
    "as_upline": Unqualified.AS_UPLINE,
}


class ScaleStep(PlanModel):
    """From this volume on, this share of the rates."""

    volume: Volume
    rate: Rate


class ScaleRule(PlanModel):
    """The payee's rates grow with one of his volumes; below the first step nothing is paid."""

    by: VolumeName
    steps: Annotated[list[ScaleStep], Field(min_length=1, max_length=50)]

    def scale(self) -> Scale:
        """The engine's form."""
        return Scale(
            by=self.by,
            floors=np.array([step.volume for step in self.steps], np.int64),
            rates=np.array([step.rate for step in self.steps], np.int64),
        )


class SourceRule(PlanModel):
    """For bonuses on what somebody below bought or earned: what he must have for it to count."""

    sources: Asked | None = None

    def sources_gate(self, names: Names) -> Gate | None:
        """The engine's form."""
        return self.sources.gate(names) if self.sources else None


class ScaledRates(SourceRule, LevelRates):
    """Level rates that may be scaled by a volume of the payee."""

    scale: ScaleRule | None = None

    @model_validator(mode="after")
    def _scale_fits(self) -> "ScaledRates":
        if self.scale is None:
            return self
        floors = [step.volume for step in self.scale.steps]
        if floors != sorted(set(floors)):
            raise ValueError("the steps of a scale must ascend by volume")
        rates = [*self.rates, *(rate for row in self.rates_by_rank.values() for rate in row)]
        if any(rate * step.rate % 1_000_000 for rate in rates for step in self.scale.steps):
            raise ValueError("a scaled rate would have more than six decimals")
        return self

    def worst_case(self) -> int | None:
        plain = super().worst_case()
        if self.scale is None or plain is None:
            return plain
        return plain * max(step.rate for step in self.scale.steps) // 1_000_000


class UnilevelBonus(ScaledRates):
    """A percentage per level above the source; depth and rates may grow with rank.

    `amounts` instead of `rates`: money by level for every active member. unqualified_pays: whether
    volume of somebody unqualified is paid on, or as if the next above had bought it. stops_at:
    level pay ends at the first of that rank (or "own": of the payee's rank), who is paid himself.
    most_per_source: what one source's volume pays in all, the nearest first.
    """

    kind: Literal["unilevel"]
    rates: Annotated[list[Rate], Field(max_length=100)] = []
    amounts: Annotated[list[Amount], Field(max_length=100)] = []
    stops_at: Literal["own"] | RankRef | None = None
    stop_pays: bool = False
    tree: TreeName = "sponsor"
    volume: VolumeName = "commission"
    compression: CompressionName = "skip_unqualified"
    holding_rank: RankRef | None = None
    unqualified_pays: bool | Literal["as_upline"] = True
    most_per_source: Annotated[Rate, Field(gt=0)] | None = None

    @model_validator(mode="after")
    def _holding_rank(self) -> "UnilevelBonus":
        check_holding_rank(self.compression, self.holding_rank)
        return self

    @model_validator(mode="before")
    @classmethod
    def _amounts(cls, given: Any) -> Any:
        """Amounts are rates on a volume of 1 for every active member."""
        if not isinstance(given, dict) or "amounts" not in given:
            return given
        if given.get("rates") or "volume" in given or "scale" in given:
            raise ValueError("amounts stand instead of rates, volume and scale")
        return {**given, "volume": "active"}

    @model_validator(mode="after")
    def _something(self) -> "UnilevelBonus":
        if not self.rates and not self.amounts:
            raise ValueError("give rates or amounts")
        if self.amounts and self.most_per_source is not None:
            raise ValueError("most_per_source is a share of volume: amounts are paid on none")
        return self

    def by_level(self) -> list[int]:
        return [amount * 100 for amount in self.amounts] or self.rates

    def worst_case(self) -> int | None:
        if self.amounts:
            return None
        plain = super().worst_case()
        most = self.most_per_source
        return plain if plain is None or most is None else min(plain, most)

    def spec(self, names: Names) -> BonusSpec:
        stops_at = NO_STOP
        if self.stops_at is not None:
            stops_at = OWN_RANK if self.stops_at == "own" else names.rank(self.stops_at)
        return Unilevel(
            bonus_id=self.id,
            rates=self.table(names),
            stops_at=stops_at,
            stop_pays=self.stop_pays,
            scale=self.scale.scale() if self.scale else None,
            gate=self.gate(names),
            tree=self.tree,
            volume=self.volume,
            compression=Compression[self.compression.upper()],
            holding_rank=names.rank(self.holding_rank),
            unqualified=UNQUALIFIED[self.unqualified_pays],
            most=NO_CAP if self.most_per_source is None else self.most_per_source,
            sources=self.sources_gate(names),
        )


class FastStartLevel(PlanModel):
    """One enroller level; `rate` may be a list with one rate per month or window."""

    rate: Rate | list[Rate]
    cap: Amount | None = None


class FastStartBonus(EarlyWindows, SourceRule, BonusBase):
    """A percentage of a new member's volume to his enrollers during the first months, or in as
    many windows of `days` or `hours` as there are: [30, 60] are the first thirty days and the next
    thirty. buyers: new customers of these types are paid on, not new members."""

    kind: Literal["fast_start"]
    levels: Annotated[list[FastStartLevel], Field(min_length=1, max_length=20)]
    buyers: list[CustomerType] = []
    tree: TreeName = "enroller"
    volume: VolumeName = "own"
    compression: Literal["none", "skip_unqualified"] = "none"

    @model_validator(mode="after")
    def _one_rate_a_window(self, info: ValidationInfo) -> "FastStartBonus":
        for level in self.levels:
            if isinstance(level.rate, list):
                self.check_rates(level.rate)
        counted = ("own", *(info.context or {}).get("kind of volume", ()))
        if self.months is None and self.volume not in counted:
            unit = "hours" if self.by_hour else "days"
            raise ValueError(f"with {unit}, volume must be one of {', '.join(counted)}")
        return self

    def spec(self, names: Names) -> BonusSpec:
        rates = np.zeros((self.window_count, len(self.levels)), np.int64)
        for column, level in enumerate(self.levels):
            rates[:, column] = level.rate
        caps = [NO_CAP if level.cap is None else level.cap for level in self.levels]
        return FastStart(
            bonus_id=self.id,
            rates=rates,
            caps=np.array(caps, np.int64),
            gate=self.gate(names),
            tree=self.tree,
            volume=self.volume,
            compression=Compression[self.compression.upper()],
            sources=self.sources_gate(names),
            buyers=tuple(sorted({CUSTOMER_TYPES[name] for name in self.buyers})),
            windows=self.window_ends,
            by_hour=self.by_hour,
        )

    def worst_case(self) -> int:
        return sum(
            max(level.rate) if isinstance(level.rate, list) else level.rate for level in self.levels
        )


class MatchingBonus(ScaledRates):
    """A percentage of what the downline was paid by earlier bonuses.

    bank: for so many periods from his enrolment what somebody earns is kept until he meets
    `sources`, and matched then; what he earned until the end of them is dropped if he never does.
    """

    kind: Literal["matching"]
    on: Annotated[list[BonusRef], Field(min_length=1)]
    bank: Annotated[int, Field(ge=1, le=120)] | None = None
    tree: TreeName = "enroller"
    compression: CompressionName = "none"
    holding_rank: RankRef | None = None

    @model_validator(mode="after")
    def _holding_rank(self) -> "MatchingBonus":
        check_holding_rank(self.compression, self.holding_rank)
        if self.bank is not None and self.sources is None:
            raise ValueError("bank needs sources: what is waited for")
        return self

    def spec(self, names: Names) -> BonusSpec:
        return Matching(
            bonus_id=self.id,
            rates=self.table(names),
            on=tuple(names.bonuses[code] for code in self.on),
            bank=self.bank or 0,
            gate=self.gate(names),
            tree=self.tree,
            compression=Compression[self.compression.upper()],
            holding_rank=names.rank(self.holding_rank),
            scale=self.scale.scale() if self.scale else None,
            sources=self.sources_gate(names),
        )

    def worst_case(self) -> int | None:
        return None  # a share of money already paid, not of volume

    def most_of_money(self) -> int:
        """Most that one unit of that money can cost, in millionths."""
        return super().worst_case() or 0


class GenerationsBonus(ScaledRates):
    """A percentage per generation of leaders, at any depth; `rates` are by generation.

    boundary: the rank whose holders part generations, or "own": whoever has the payee's rank.
    inclusive: a boundary member's volume belongs to the generation he ends; "purchases": his own
    orders do, those of his customers belong to the next one. empty_counts: whether a leader without
    any volume in his generation uses up a number.
    """

    kind: Literal["generations"]
    boundary: Literal["own"] | RankRef = "own"
    inclusive: bool | Literal["purchases"] = False
    on: list[BonusRef] = []
    tree: TreeName = "sponsor"
    volume: VolumeName = "commission"
    boundary_by: Literal["paid", "highest"] = "paid"
    unqualified_bounds: bool = True
    empty_counts: bool = True

    @model_validator(mode="after")
    def _fixed(self) -> "GenerationsBonus":
        if not self.empty_counts and self.boundary == "own":
            raise ValueError("empty_counts = false needs a rank as boundary")
        return self

    def spec(self, names: Names) -> BonusSpec:
        return Generations(
            bonus_id=self.id,
            rates=self.table(names),
            gate=self.gate(names),
            boundary=OWN_RANK if self.boundary == "own" else names.rank(self.boundary),
            inclusive=self.inclusive is True,
            split=self.inclusive == "purchases",
            empty_counts=self.empty_counts,
            scale=self.scale.scale() if self.scale else None,
            tree=self.tree,
            volume=self.volume,
            on=tuple(names.bonuses[code] for code in self.on),
            highest=self.boundary_by == "highest",
            unqualified_bounds=self.unqualified_bounds,
            sources=self.sources_gate(names),
        )

    def worst_case(self) -> int | None:
        # Only where every payee is a boundary does a generation have one payee.
        single = not self.on and self.boundary == self.requires.rank
        return super().worst_case() if single else None


class InfinityBonus(SourceRule, LevelRates):
    """A percentage on everything from a level down, to the nearest leaders above; `rates` are for
    the first, second … leader."""

    kind: Literal["infinity"]
    from_level: Annotated[int, Field(ge=1, le=1000)]
    tree: TreeName = "sponsor"
    volume: VolumeName = "commission"

    def spec(self, names: Names) -> BonusSpec:
        return Infinity(
            bonus_id=self.id,
            rates=self.table(names),
            from_level=self.from_level,
            gate=self.gate(names),
            tree=self.tree,
            volume=self.volume,
            sources=self.sources_gate(names),
        )
