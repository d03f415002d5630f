"""Rules beside the bonuses: caps on several of them, trees that the plan computes, donations."""

from typing import Annotated, Literal

import numpy as np
from pydantic import Field, model_validator

from upline.engine.limits import NO_SHARE, Limit
from upline.engine.placement import Matrix, PassUp, Tree
from upline.services.plan.schema_base import most_by_rank
from upline.services.plan.schema_names import Names
from upline.services.plan.schema_types import Amount, BonusRef, Key, Label, PlanModel, RankRef, Rate

__all__ = ["AnyTree", "DonationRule", "LimitRule"]

Given = Literal["sponsor", "enroller", "binary"]


class LimitRule(PlanModel):
    """[[limits]]: what several bonuses may pay together, one member or of the company's volume.

    only_greatest: each member is paid the one that comes to most, and nothing of the others.
    """

    bonuses: Annotated[list[BonusRef], Field(min_length=1)]
    most_per_member: Amount | dict[RankRef, Amount] | None = None
    most_per_owner: Amount | dict[RankRef, Amount] | None = None
    most_of_volume: Rate | None = None
    only_greatest: bool = False

    @model_validator(mode="after")
    def _says_something(self) -> "LimitRule":
        caps = (self.most_per_member, self.most_per_owner, self.most_of_volume)
        if not self.only_greatest and all(cap is None for cap in caps):
            raise ValueError(
                "give most_per_member, most_per_owner, most_of_volume or only_greatest"
            )
        if self.only_greatest and len(set(self.bonuses)) < 2:
            raise ValueError("only_greatest needs two bonuses to choose from")
        return self

    def limits(self, names: Names) -> list[Limit]:
        """The engine's form: the company's share first, then each member's."""
        bonuses = tuple(dict.fromkeys(names.bonuses[code] for code in self.bonuses))
        found = []
        free = np.empty(0, np.int64)
        if self.only_greatest:
            found.append(Limit(bonuses, NO_SHARE, free, greatest=True))
        if self.most_of_volume is not None:
            found.append(Limit(bonuses, self.most_of_volume, free))
        if self.most_per_member is not None:
            found.append(Limit(bonuses, NO_SHARE, most_by_rank(names, self.most_per_member)))
        if self.most_per_owner is not None:
            most = most_by_rank(names, self.most_per_owner)
            found.append(Limit(bonuses, NO_SHARE, most, per_owner=True))
        return found


class MatrixTree(PlanModel):
    """[[trees]] of kind matrix: so many places under everybody, filled breadth first."""

    kind: Literal["matrix"]
    key: Key
    width: Annotated[int, Field(ge=1, le=1000)]
    placed_by: Given = "sponsor"

    def tree(self) -> Tree:
        """The engine's form."""
        return Matrix(self.width, self.placed_by)


class PassUpTree(PlanModel):
    """[[trees]] of kind pass_up: everybody's recruits of these ordinal numbers go to his upline."""

    kind: Literal["pass_up"]
    key: Key
    passes: Annotated[list[Annotated[int, Field(ge=1, le=1000)]], Field(min_length=1)]
    placed_by: Given = "enroller"

    def tree(self) -> Tree:
        """The engine's form."""
        return PassUp(tuple(sorted(set(self.passes))), self.placed_by)


AnyTree = Annotated[MatrixTree | PassUpTree, Field(discriminator="kind")]


class DonationRule(PlanModel):
    """[donation]: members may give away a share or an amount of their checks, at most `most`."""

    name: Label
    most: Annotated[Rate, Field(gt=0, le=1_000_000)] = 1_000_000
