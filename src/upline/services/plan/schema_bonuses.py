"""Every bonus kind that a plan may use, told apart by `kind`."""

from typing import Annotated

from pydantic import Field

from upline.services.plan.schema_binary import BinaryBonus
from upline.services.plan.schema_groups import (
    BreakawayBonus,
    CodedBonus,
    CompletionBonus,
    StairstepBonus,
    StructureBonus,
)
from upline.services.plan.schema_leaders import DifferentialBonus, PoolBonus, RankAmountBonus
from upline.services.plan.schema_levels import (
    FastStartBonus,
    GenerationsBonus,
    InfinityBonus,
    MatchingBonus,
    UnilevelBonus,
)
from upline.services.plan.schema_sales import RetailBonus, StarterKitBonus

__all__ = ["AnyBonus"]

AnyBonus = Annotated[
    UnilevelBonus
    | FastStartBonus
    | RetailBonus
    | StarterKitBonus
    | MatchingBonus
    | GenerationsBonus
    | InfinityBonus
    | DifferentialBonus
    | StairstepBonus
    | BreakawayBonus
    | CompletionBonus
    | StructureBonus
    | CodedBonus
    | PoolBonus
    | RankAmountBonus
    | BinaryBonus,
    Field(discriminator="kind"),
]
