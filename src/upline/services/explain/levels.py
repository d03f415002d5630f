"""Which level each member on a way holds for a bonus, and how far a rank reaches."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from upline.engine.units import I64
from upline.services.explain.conditions import Standing
from upline.services.plan import PlanDocument
from upline.services.plan.compiler import names_of
from upline.services.plan.schema_base import BonusBase, LevelRates
from upline.services.plan.schema_levels import FastStartBonus


@dataclass(frozen=True, slots=True)
class Reach:
    """Rates by rank position + 1 and level, in millionths; 0 is not paid."""

    rates: I64

    def depth(self, rank: int) -> int:
        """The deepest level a rank is paid on, 0 for none."""
        paid = self.rates[rank + 1].nonzero()[0]
        return int(paid[-1]) + 1 if len(paid) else 0

    def rate(self, rank: int, level: int) -> int:
        """What a rank is paid of a level."""
        row = self.rates[rank + 1]
        return int(row[level - 1]) if level <= len(row) else 0


def reach_of(bonus: BonusBase, plan: PlanDocument) -> Reach | None:
    """How deep each rank is paid by a bonus; None for one that goes by something else."""
    if isinstance(bonus, LevelRates):
        return Reach(bonus.table(names_of(plan.content)))
    if isinstance(bonus, FastStartBonus):
        best = [max(one.rate) if isinstance(one.rate, list) else one.rate for one in bonus.levels]
        return Reach(np.tile(np.array(best, np.int64), (len(plan.ranks) + 1, 1)))
    return None


def count_levels(
    bonus: BonusBase, reach: Reach, members: Sequence[tuple[Standing, bool]]
) -> list[int | None]:
    """The level each of `members` holds, nearest to the source first; None for whoever is passed.

    members: with whether each may be paid the bonus.
    """
    compression = getattr(bonus, "compression", "none")
    holding: str = getattr(bonus, "holding_rank", None) or ""
    levels: list[int | None] = []
    level = 1
    for standing, is_able in members:
        match compression:
            case "none":
                holds = True
            case "skip_below_rank":
                holds = is_able and standing.rank >= standing.place(holding)
            case "level_aware":
                holds = is_able and reach.depth(standing.rank) >= level
            case _:
                holds = is_able
        levels.append(level if holds else None)
        level += holds
    return levels
