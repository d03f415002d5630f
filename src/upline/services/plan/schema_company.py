"""Rules beside the bonuses: caps on several of them, trees that the plan computes, donations."""

from typing import Annotated, Literal

import numpy as np
from pydantic import Field, model_validator

from upline.engine.limits import NO_SHARE, Limit
from upline.engine.placement import Matrix, PassUp, Tree
from upline.services.plan.schema_base import Names, most_by_rank
from upline.services.plan.schema_types import Amount, BonusRef, Key, Label, PlanModel, RankRef, Rate

__all__ = ["AnyTree", "DonationRule", "LimitRule"]

Given = Literal["sponsor", "enroller", "binary"]


class LimitRule(PlanModel):
    """[[limits]]: what several bonuses may pay together, one member or of the company's volume."""

    bonuses: Annotated[list[BonusRef], Field(min_length=1)]
    most_per_member: Amount | dict[RankRef, Amount] | None = None
    most_of_volume: Rate | None = None

    @model_validator(mode="after")
    def _says_something(self) -> "LimitRule":
        if self.most_per_member is None and self.most_of_volume is None:
            raise ValueError("give most_per_member or most_of_volume")
        return self

    def limit(self, names: Names) -> Limit:
        """The engine's form."""
        return Limit(
            bonus_ids=tuple(dict.fromkeys(names.bonuses[code] for code in self.bonuses)),
            share=NO_SHARE if self.most_of_volume is None else self.most_of_volume,
            most=np.empty(0, np.int64)
            if self.most_per_member is None
            else most_by_rank(names, self.most_per_member),
        )


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
