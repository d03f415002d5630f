"""What all bonus tables share: number, code, name, and what the payee must have."""

from dataclasses import replace
from typing import Annotated, Literal

import numpy as np
from pydantic import Field, model_validator

from upline.engine.limits import NO_SHARE, Limit
from upline.engine.plan import Ask, BonusSpec
from upline.engine.requirements import Enrolled
from upline.engine.scene import Gate
from upline.engine.units import I64, NO_CAP, NO_MINIMUM
from upline.services.plan.schema_names import Names
from upline.services.plan.schema_requirements import Recruits, Requirements
from upline.services.plan.schema_types import (
    Amount,
    PlanModel,
    RankRef,
    Rate,
    TreeRef,
    Volume,
    VolumeRef,
)

__all__ = [
    "NO_CAP",
    "Asked",
    "BonusBase",
    "CompressionName",
    "LevelRates",
    "Requires",
    "TreeName",
    "VolumeName",
    "check_holding_rank",
    "most_by_rank",
]

CompressionName = Literal["none", "skip_unqualified", "skip_below_rank", "level_aware"]
TreeName = TreeRef
VolumeName = VolumeRef


class Frontline(PlanModel):
    """`count` frontline organizations of at least `volume` OV."""

    count: Annotated[int, Field(ge=1, le=100)]
    volume: Volume


class Asked(Requirements):
    """What somebody must have in the period; nothing given asks for nothing.

    within: periods since enrolment, that of enrolment included. best_rank: the best rank ever
    achieved, however long ago.
    """

    pv: Volume | None = None
    total_pv: Volume | None = None
    ov: Volume | None = None
    gv: Volume | None = None
    rank: RankRef | None = None
    rank_at_most: RankRef | None = None
    best_rank: RankRef | None = None
    autoship_pv: Volume | None = None
    legs: Frontline | None = None
    enrolled: Recruits | None = None
    within: Annotated[int, Field(ge=1, le=1200)] | None = None

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
            min_best=names.rank(self.best_rank),
            max_rank=32767 if self.rank_at_most is None else names.rank(self.rank_at_most),
            asks=(*self.asks(names), *self._recruits()),
            min_autoship_pv=least(self.autoship_pv),
            legs=(self.legs.count, self.legs.volume) if self.legs else (0, 0),
            within=self.within or 0,
        )

    def _recruits(self) -> tuple[Ask, ...]:
        return (Enrolled(self.enrolled.count, self.enrolled.pv),) if self.enrolled else ()


class Requires(Asked):
    """What the payee must have, and for how long.

    streak: periods in a row, this one included, in which the rest is met. first_periods: paid only
    in so many periods from the first in which all of it was met.
    """

    streak: Annotated[int, Field(ge=2, le=1200)] | None = None
    first_periods: Annotated[int, Field(ge=1, le=1200)] | None = None


class BonusBase(PlanModel):
    """What every bonus has: a stable number, a code for programs and a name for people.

    most_of_volume: the most it may pay of the company's commission volume; beyond it everybody's
    amounts are cut in proportion. most_per_member: the most one member is paid of it in a period,
    by rank if it is a table; most_per_owner: the same for all positions of an owner together, cut
    in proportion; most_per_lifetime: in all periods together. points_only: what it comes to is
    points that other bonuses go by, and paid to nobody.
    """

    id: Annotated[int, Field(ge=1, le=32767)]
    code: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=40)]
    name: Annotated[str, Field(min_length=1, max_length=80)]
    requires: Requires = Requires()
    most_of_volume: Rate | None = None
    most_per_member: Amount | dict[RankRef, Amount] | None = None
    most_per_owner: Amount | dict[RankRef, Amount] | None = None
    most_per_lifetime: Amount | None = None
    points_only: bool = False

    @model_validator(mode="after")
    def _points_are_not_capped(self) -> "BonusBase":
        caps = ("most_of_volume", "most_per_member", "most_per_owner", "most_per_lifetime")
        if self.points_only and any(getattr(self, name) is not None for name in caps):
            raise ValueError("points_only: points are not paid, so there is nothing to cap")
        return self

    def gate(self, names: Names) -> Gate:
        """What the payee must have, as the engine asks for it."""
        asked = self.requires
        return replace(
            asked.gate(names),
            streak=asked.streak or 0,
            first_periods=asked.first_periods or 0,
            bonus_id=self.id,
        )

    def limits(self, names: Names) -> list[Limit]:
        """The engine's form of this bonus's own caps."""
        mine, free = (self.id,), np.empty(0, np.int64)
        found = []
        if self.most_per_member is not None:
            found.append(Limit(mine, NO_SHARE, most_by_rank(names, self.most_per_member)))
        if self.most_per_owner is not None:
            most = most_by_rank(names, self.most_per_owner)
            found.append(Limit(mine, NO_SHARE, most, per_owner=True))
        if self.most_per_lifetime is not None:
            most = most_by_rank(names, self.most_per_lifetime)
            found.append(Limit(mine, NO_SHARE, most, lifetime=True))
        if self.most_of_volume is not None:
            found.append(Limit(mine, self.most_of_volume, free))
        return found

    def spec(self, names: Names) -> BonusSpec:
        """Engine data of this bonus."""
        raise NotImplementedError

    def worst_case(self) -> int | None:
        """Most that one unit of commission volume can cost, in millionths; None if not a share."""
        return None


def most_by_rank(names: Names, most: int | dict[str, int]) -> I64:
    """One cap for everybody, or by rank: those below the first rank given have none."""
    if isinstance(most, int):
        return np.full(len(names.ranks) + 1, most, np.int64)
    return np.array(names.spread(most, NO_CAP), np.int64)


class LevelRates(BonusBase):
    """Rates by level or generation. `levels` limits how deep a rank reaches, `rates_by_rank` gives
    a rank rates of its own; both hold for higher ranks until another is given."""

    rates: Annotated[list[Rate], Field(min_length=1, max_length=100)]
    levels: dict[RankRef, Annotated[int, Field(ge=0, le=100)]] = {}
    rates_by_rank: dict[RankRef, list[Rate]] = {}

    @model_validator(mode="after")
    def _consistent(self) -> "LevelRates":
        given = len(self.by_level())
        if any(depth > given for depth in self.levels.values()):
            raise ValueError(f"levels go deeper than the {given} rates given")
        if any(len(rates) > given for rates in self.rates_by_rank.values()):
            raise ValueError(f"rates_by_rank go deeper than the {given} rates given")
        return self

    def by_level(self) -> list[int]:
        """What each level is paid where a rank has no rates of its own."""
        return list(self.rates)

    def table(self, names: Names) -> I64:
        """Rates by rank position + 1 and level, 0 where the rank does not reach."""
        size = len(self.by_level())
        table = np.zeros((len(names.ranks) + 1, size), np.int64)
        depths = names.spread(self.levels) if self.levels else [size] * len(table)
        rates = self.by_level()
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
