"""Bonuses on lines of leaders, on filled matrices and on packages."""

from typing import Annotated, Literal

import numpy as np
from pydantic import Field, model_validator

from upline.engine.bonuses import Breakaway, Coded, Completion, OwnRate, Stairstep, Structure
from upline.engine.plan import BonusSpec
from upline.services.plan.schema_base import Asked, BonusBase, TreeName, VolumeName
from upline.services.plan.schema_leaders import Bracket
from upline.services.plan.schema_names import Names
from upline.services.plan.schema_types import ORDER_TYPES, Amount, OrderType, RankRef, Rate, Volume

__all__ = [
    "BreakawayBonus",
    "CodedBonus",
    "CompletionBonus",
    "StairstepBonus",
    "StructureBonus",
]


class StairstepBonus(BonusBase):
    """What is between the payee's rate and the highest paid below him.

    rates: by rank; or brackets of the volume `by`. own: what the source's own rate means for his
    own volume. same_rank: for those above who have the same rate as the one paid last. minimum: the
    least that a higher rate is paid. unqualified: whether somebody's part goes to the next above.
    from_level: on volume of this level and deeper only; nearer: whether rates of those who stand
    nearer are left out of the difference or not.
    """

    kind: Literal["stairstep"]
    rates: dict[RankRef, Rate] = {}
    brackets: Annotated[list[Bracket], Field(max_length=100)] = []
    by: VolumeName = "ov"
    own: Literal["ignored", "kept", "paid"] = "ignored"
    same_rank: Annotated[list[Rate], Field(max_length=20)] = []
    minimum: Rate = 0
    unqualified: Literal["passes", "loses"] = "passes"
    from_level: Annotated[int, Field(ge=1, le=1000)] = 1
    nearer: Literal["ignored", "deducted"] = "ignored"
    tree: TreeName = "sponsor"
    volume: VolumeName = "commission"

    @model_validator(mode="after")
    def _one_table(self) -> "StairstepBonus":
        if bool(self.rates) == bool(self.brackets):
            raise ValueError("give either rates or brackets")
        floors = [bracket.volume for bracket in self.brackets]
        if floors != sorted(set(floors)):
            raise ValueError("brackets must ascend by volume")
        return self

    def spec(self, names: Names) -> BonusSpec:
        return Stairstep(
            bonus_id=self.id,
            gate=self.gate(names),
            by_rank=np.array(names.spread(self.rates), np.int64),
            by=self.by if self.brackets else "",
            floors=np.array([bracket.volume for bracket in self.brackets], np.int64),
            rates=np.array([bracket.rate for bracket in self.brackets], np.int64),
            same=np.array(self.same_rank, np.int64),
            minimum=self.minimum,
            own=OwnRate[self.own.upper()],
            blocks=self.unqualified == "loses",
            from_level=self.from_level,
            near_counts=self.nearer == "deducted",
            tree=self.tree,
            volume=self.volume,
        )

    def worst_case(self) -> int | None:
        if self.minimum:
            return None  # as many times as there are rates on the way
        given = [*self.rates.values(), *(bracket.rate for bracket in self.brackets)]
        return max(given) + len(set(given)) * sum(self.same_rank)


class BreakawayBonus(BonusBase):
    """A leader's override on the groups of leaders below, with a floor guaranteed upward."""

    kind: Literal["breakaway"]
    leader: RankRef
    rate: Rate
    floor: Amount = 0
    tree: TreeName = "sponsor"
    volume: VolumeName = "commission"

    def spec(self, names: Names) -> BonusSpec:
        return Breakaway(
            bonus_id=self.id,
            gate=self.gate(names),
            leader=names.rank(self.leader),
            rate=self.rate,
            floor=self.floor,
            tree=self.tree,
            volume=self.volume,
        )

    def worst_case(self) -> int:
        return self.rate


class CompletionBonus(BonusBase):
    """An amount for every level of the payee's tree that is full."""

    kind: Literal["completion"]
    tree: TreeName
    width: Annotated[int, Field(ge=1, le=1000)]
    amounts: Annotated[list[Amount], Field(min_length=1, max_length=30)]
    counted: Asked = Asked()
    paid: Literal["once", "every_period"] = "once"

    def spec(self, names: Names) -> BonusSpec:
        return Completion(
            bonus_id=self.id,
            amounts=np.array(self.amounts, np.int64),
            width=self.width,
            gate=self.gate(names),
            counted=self.counted.gate(names),
            tree=self.tree,
            once=self.paid == "once",
        )


class StructureBonus(BonusBase):
    """A fixed amount for a team of teams: `count` frontline members, each of whom has `count`, …

    amounts: by how many steps deep the team is built; only the highest is paid. repeats: further
    frontline members count for another team, once all steps are built.
    """

    kind: Literal["structure"]
    count: Annotated[int, Field(ge=1, le=1000)]
    amounts: Annotated[list[Amount], Field(min_length=1, max_length=30)]
    counted: Asked = Asked()
    tree: TreeName = "sponsor"
    repeats: bool = False

    def spec(self, names: Names) -> BonusSpec:
        return Structure(
            bonus_id=self.id,
            amounts=np.array(self.amounts, np.int64),
            count=self.count,
            gate=self.gate(names),
            counted=self.counted.gate(names),
            tree=self.tree,
            repeats=self.repeats,
        )


class CodedBonus(BonusBase):
    """Whoever buys a package is coded to the first upline who holds one as large.

    packages: PV of one order, ascending; rates: of the holder's volume in every period; amounts: in
    the period in which the package is bought.
    """

    kind: Literal["coded"]
    packages: Annotated[list[Annotated[Volume, Field(gt=0)]], Field(min_length=1, max_length=50)]
    rates: list[Rate] = []
    amounts: list[Amount] = []
    order_types: Annotated[list[OrderType], Field(min_length=1)] = ["starter_kit", "premium_kit"]
    tree: TreeName = "enroller"
    volume: VolumeName = "own"

    @model_validator(mode="after")
    def _one_each(self) -> "CodedBonus":
        if self.packages != sorted(set(self.packages)):
            raise ValueError("packages must ascend")
        if not self.rates and not self.amounts:
            raise ValueError("give rates or amounts")
        for name in ("rates", "amounts"):
            given = getattr(self, name)
            if given and len(given) != len(self.packages):
                raise ValueError(f"{name}: one for each of {len(self.packages)} packages")
        return self

    def spec(self, names: Names) -> BonusSpec:
        nothing = [0] * len(self.packages)
        return Coded(
            bonus_id=self.id,
            packages=np.array(self.packages, np.int64),
            rates=np.array(self.rates or nothing, np.int64),
            amounts=np.array(self.amounts or nothing, np.int64),
            order_types=tuple(sorted(ORDER_TYPES[name] for name in set(self.order_types))),
            gate=self.gate(names),
            tree=self.tree,
            volume=self.volume,
        )

    def worst_case(self) -> int | None:
        return max(self.rates) if self.rates and not self.amounts else None
