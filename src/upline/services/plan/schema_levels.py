"""Bonuses that walk up from the source, by level or by generation."""

from typing import Annotated, Literal

import numpy as np
from pydantic import Field, model_validator

from upline.engine.bonuses import FastStart, Generations, Infinity, Matching, Unilevel
from upline.engine.bonuses.generations import OWN_RANK
from upline.engine.lineage import Compression
from upline.engine.plan import BonusSpec
from upline.services.plan.schema_base import (
    NO_CAP,
    BonusBase,
    CompressionName,
    LevelRates,
    Names,
    TreeName,
    VolumeName,
    check_holding_rank,
)
from upline.services.plan.schema_types import Amount, BonusRef, PlanModel, RankRef, Rate

__all__ = [
    "FastStartBonus",
    "GenerationsBonus",
    "InfinityBonus",
    "MatchingBonus",
    "UnilevelBonus",
]


class UnilevelBonus(LevelRates):
    """A percentage per level above the source; depth and rates may grow with rank."""

    kind: Literal["unilevel"]
    tree: TreeName = "sponsor"
    volume: VolumeName = "commission"
    compression: CompressionName = "skip_unqualified"
    holding_rank: RankRef | None = None
    unqualified_pays: bool = True

    @model_validator(mode="after")
    def _holding_rank(self) -> "UnilevelBonus":
        check_holding_rank(self.compression, self.holding_rank)
        return self

    def spec(self, names: Names) -> BonusSpec:
        return Unilevel(
            bonus_id=self.id,
            rates=self.table(names),
            gate=self.requires.gate(names),
            tree=self.tree,
            volume=self.volume,
            compression=Compression[self.compression.upper()],
            holding_rank=names.rank(self.holding_rank),
            unqualified_pays=self.unqualified_pays,
        )


class FastStartLevel(PlanModel):
    """One enroller level; `rate` may be a list with one rate per month of the window."""

    rate: Rate | list[Rate]
    cap: Amount | None = None


class FastStartBonus(BonusBase):
    """A percentage of a new member's volume to his enrollers during the first months."""

    kind: Literal["fast_start"]
    months: Annotated[int, Field(ge=1, le=36)]
    levels: Annotated[list[FastStartLevel], Field(min_length=1, max_length=20)]
    tree: TreeName = "enroller"
    volume: VolumeName = "own"
    compression: Literal["none", "skip_unqualified"] = "none"

    @model_validator(mode="after")
    def _one_rate_a_month(self) -> "FastStartBonus":
        for level in self.levels:
            if isinstance(level.rate, list) and len(level.rate) != self.months:
                raise ValueError(f"a list of rates needs one for each of {self.months} months")
        return self

    def spec(self, names: Names) -> BonusSpec:
        rates = np.zeros((self.months, len(self.levels)), np.int64)
        for column, level in enumerate(self.levels):
            rates[:, column] = level.rate
        caps = [NO_CAP if level.cap is None else level.cap for level in self.levels]
        return FastStart(
            bonus_id=self.id,
            rates=rates,
            caps=np.array(caps, np.int64),
            gate=self.requires.gate(names),
            tree=self.tree,
            volume=self.volume,
            compression=Compression[self.compression.upper()],
        )

    def worst_case(self) -> int:
        return sum(
            max(level.rate) if isinstance(level.rate, list) else level.rate for level in self.levels
        )


class MatchingBonus(LevelRates):
    """A percentage of what the downline was paid by earlier bonuses."""

    kind: Literal["matching"]
    on: Annotated[list[BonusRef], Field(min_length=1)]
    tree: TreeName = "enroller"
    compression: CompressionName = "none"
    holding_rank: RankRef | None = None

    @model_validator(mode="after")
    def _holding_rank(self) -> "MatchingBonus":
        check_holding_rank(self.compression, self.holding_rank)
        return self

    def spec(self, names: Names) -> BonusSpec:
        return Matching(
            bonus_id=self.id,
            rates=self.table(names),
            on=tuple(names.bonuses[code] for code in self.on),
            gate=self.requires.gate(names),
            tree=self.tree,
            compression=Compression[self.compression.upper()],
            holding_rank=names.rank(self.holding_rank),
        )

    def worst_case(self) -> int | None:
        return None  # a share of money already paid, not of volume


class GenerationsBonus(LevelRates):
    """A percentage per generation of leaders, at any depth; `rates` are by generation.

    boundary: the rank whose holders part generations, or "own": whoever has the payee's rank.
    """

    kind: Literal["generations"]
    boundary: Literal["own"] | RankRef = "own"
    inclusive: bool = False
    on: list[BonusRef] = []
    tree: TreeName = "sponsor"
    volume: VolumeName = "commission"
    boundary_by: Literal["paid", "highest"] = "paid"
    unqualified_bounds: bool = True

    def spec(self, names: Names) -> BonusSpec:
        return Generations(
            bonus_id=self.id,
            rates=self.table(names),
            gate=self.requires.gate(names),
            boundary=OWN_RANK if self.boundary == "own" else names.rank(self.boundary),
            inclusive=self.inclusive,
            tree=self.tree,
            volume=self.volume,
            on=tuple(names.bonuses[code] for code in self.on),
            highest=self.boundary_by == "highest",
            unqualified_bounds=self.unqualified_bounds,
        )

    def worst_case(self) -> int | None:
        # Only where every payee is a boundary does a generation have one payee.
        single = not self.on and self.boundary == self.requires.rank
        return super().worst_case() if single else None


class InfinityBonus(LevelRates):
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
            gate=self.requires.gate(names),
            tree=self.tree,
            volume=self.volume,
        )
