"""What all bonus tables share: number, code, name, and what the payee must have."""

from typing import Annotated, Literal

import numpy as np
from pydantic import Field, model_validator

from upline.engine.plan import BonusSpec
from upline.engine.scene import Gate
from upline.engine.units import I64, NO_MINIMUM, NONE
from upline.services.plan.schema_types import PlanModel, RankRef, Rate, Volume

__all__ = [
    "NO_CAP",
    "BonusBase",
    "CompressionName",
    "LevelRates",
    "Names",
    "Requires",
    "TreeName",
    "VolumeName",
    "check_holding_rank",
]

CompressionName = Literal["none", "skip_unqualified", "skip_below_rank", "level_aware"]
TreeName = Literal["sponsor", "enroller", "binary"]
VolumeName = Literal["commission", "own", "pv", "cv", "total_pv", "ov", "gv"]
NO_CAP = 1 << 61


class Names:
    """Positions of ranks and ids of bonuses by the names that the plan uses."""

    def __init__(self, ranks: list[str], bonuses: dict[str, int]) -> None:
        self.ranks = {key: position for position, key in enumerate(ranks)}
        self.bonuses = bonuses

    def rank(self, key: str | None) -> int:
        """Position of a rank, -1 for none given."""
        return NONE if key is None else self.ranks[key]

    def spread(self, values: dict[str, int], start: int = 0) -> list[int]:
        """One value per rank: given ones apply upward until the next; `start` before the first.

        The first element belongs to members without any rank.
        """
        out = [start]
        for key in self.ranks:
            out.append(values.get(key, out[-1]))
        return out


class Requires(PlanModel):
    """What the payee must have in the period; nothing given asks for nothing."""

    pv: Volume | None = None
    total_pv: Volume | None = None
    ov: Volume | None = None
    gv: Volume | None = None
    rank: RankRef | None = None
    rank_at_most: RankRef | None = None

    def gate(self, names: Names) -> Gate:
        """The engine's form."""

        def least(value: int | None) -> int:
            return NO_MINIMUM if value is None else value

        return Gate(
            min_pv=least(self.pv),
            min_total_pv=least(self.total_pv),
            min_ov=least(self.ov),
            min_gv=least(self.gv),
            min_rank=names.rank(self.rank),
            max_rank=32767 if self.rank_at_most is None else names.rank(self.rank_at_most),
        )


class BonusBase(PlanModel):
    """What every bonus has: a stable number, a code for programs and a name for people.

    most_of_volume: the most it may pay of the company's commission volume; beyond it everybody's
    amounts are cut in proportion.
    """

    id: Annotated[int, Field(ge=1, le=32767)]
    code: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=40)]
    name: Annotated[str, Field(min_length=1, max_length=80)]
    requires: Requires = Requires()
    most_of_volume: Rate | None = None

    def spec(self, names: Names) -> BonusSpec:
        """Engine data of this bonus."""
        raise NotImplementedError

    def worst_case(self) -> int | None:
        """Most that one unit of commission volume can cost, in millionths; None if not a share."""
        return None


class LevelRates(BonusBase):
    """Rates by level or generation. `levels` limits how deep a rank reaches, `rates_by_rank` gives
    a rank rates of its own; both hold for higher ranks until another is given."""

    rates: Annotated[list[Rate], Field(min_length=1, max_length=100)]
    levels: dict[RankRef, Annotated[int, Field(ge=0, le=100)]] = {}
    rates_by_rank: dict[RankRef, list[Rate]] = {}

    @model_validator(mode="after")
    def _consistent(self) -> "LevelRates":
        if any(depth > len(self.rates) for depth in self.levels.values()):
            raise ValueError(f"levels go deeper than the {len(self.rates)} rates given")
        if any(len(rates) > len(self.rates) for rates in self.rates_by_rank.values()):
            raise ValueError(f"rates_by_rank go deeper than the {len(self.rates)} rates given")
        return self

    def table(self, names: Names) -> I64:
        """Rates by rank position + 1 and level, 0 where the rank does not reach."""
        size = len(self.rates)
        table = np.zeros((len(names.ranks) + 1, size), np.int64)
        depths = names.spread(self.levels) if self.levels else [size] * len(table)
        rates = list(self.rates)
        for row, (key, depth) in enumerate(zip([None, *names.ranks], depths, strict=True)):
            if key is not None and key in self.rates_by_rank:
                given = self.rates_by_rank[key]
                rates = [*given, *([0] * (size - len(given)))]
            table[row, :depth] = rates[:depth]
        return table

    def worst_case(self) -> int | None:
        rows = [self.rates, *self.rates_by_rank.values()]
        return sum(
            max(row[level] for row in rows if level < len(row)) for level in range(len(self.rates))
        )


def check_holding_rank(compression: str, holding_rank: str | None) -> None:
    """Only the one compression that goes by a rank names one."""
    if (holding_rank is not None) != (compression == "skip_below_rank"):
        raise ValueError("holding_rank and compression 'skip_below_rank' need each other")
