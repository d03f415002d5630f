"""Bonuses that cannot be meant: levels nobody earns, tables nothing reads, clashing conditions."""

from collections.abc import Iterator

import numpy as np

from upline.services.plan.check_ranks import outgrown
from upline.services.plan.document import PlanDocument
from upline.services.plan.locate import Path
from upline.services.plan.problems import Problem
from upline.services.plan.schema_base import BonusBase, LevelRates
from upline.services.plan.schema_groups import BreakawayBonus
from upline.services.plan.schema_leaders import PoolBonus, RankAmountBonus
from upline.services.plan.schema_names import Names

__all__ = ["check_bonuses", "check_trees"]

WHOLE = 1_000_000  # 100 % in millionths


def check_bonuses(document: PlanDocument, names: Names) -> Iterator[Problem]:
    """Every finding about a single bonus."""
    for index, bonus in enumerate(document.bonuses):
        here: Path = ("bonuses", index)
        lowest, highest = _paid_ranks(bonus, names)
        if lowest > highest:
            yield document.problem(
                (*here, "requires"), "nobody can earn this: rank is above rank_at_most"
            )
            continue
        yield from _conditions(document, here, bonus)
        yield from _tables(document, here, bonus, names)
        yield from _rates(document, here, bonus)
        rows = slice(lowest + 1, highest + 2)
        if isinstance(bonus, LevelRates):
            yield from _levels(document, here, bonus, bonus.table(names)[rows].max(axis=0))
        if isinstance(bonus, PoolBonus):
            for place, part in enumerate(bonus.parts):
                shares = np.array(names.spread(part.ranks))[rows]
                if part.ranks and shares.max(initial=0) == 0:
                    yield document.problem((*here, "parts", place, "ranks"), "nobody has a share")
        if isinstance(bonus, BreakawayBonus) and highest < names.rank(bonus.leader):
            yield document.problem((*here, "leader"), "nobody can earn this: leaders rank higher")


def check_trees(document: PlanDocument) -> Iterator[Problem]:
    """Computed trees that no bonus walks."""
    walked = {getattr(bonus, "tree", "") for bonus in document.bonuses}
    for index, tree in enumerate(document.content.trees):
        if tree.key not in walked:
            yield document.problem(("trees", index), f"unused: no bonus walks {tree.key!r}")


def _paid_ranks(bonus: BonusBase, names: Names) -> tuple[int, int]:
    """Positions of the lowest and the highest rank that may be paid; -1 is no rank."""
    asked = bonus.requires
    highest = len(names.ranks) - 1 if asked.rank_at_most is None else names.rank(asked.rank_at_most)
    return names.rank(asked.rank), highest


def _conditions(document: PlanDocument, here: Path, bonus: BonusBase) -> Iterator[Problem]:
    asked = bonus.requires
    held = asked.streak or 1
    if isinstance(bonus, RankAmountBonus):
        held += bonus.hold
    if asked.held is not None:
        held = max(held, asked.held.periods + 1)
    if asked.within is not None and asked.within < held:
        yield document.problem(
            (*here, "requires", "within"),
            f"nobody can earn this: who enrolled {asked.within} periods ago "
            f"cannot have met it {held} times in a row",
        )
    higher = outgrown(document.ranks, asked)
    if higher is not None:
        yield document.problem(
            (*here, "requires"),
            f"nobody can earn this: whoever has all of it holds {higher!r}, above rank_at_most",
        )
    if bonus.most_per_member == 0 or bonus.most_per_lifetime == 0:
        yield document.problem(here, "nobody can earn this: the most a member is paid is 0")


def _tables(
    document: PlanDocument, here: Path, bonus: BonusBase, names: Names
) -> Iterator[Problem]:
    """Entries for ranks above the highest that is paid."""
    _, highest = _paid_ranks(bonus, names)
    for field in ("levels", "rates_by_rank", "rates", "amounts"):
        table = getattr(bonus, field, None)
        for key in table if isinstance(table, dict) else ():
            if names.rank(key) > highest:
                yield document.problem(
                    (*here, field, key), f"unused: {key!r} is above rank_at_most"
                )


def _rates(document: PlanDocument, here: Path, bonus: BonusBase) -> Iterator[Problem]:
    """Rates above 100 %, where a percent sign is likely to be missing."""
    for field in ("rate", "rates"):
        given = getattr(bonus, field, None)
        rows = given if isinstance(given, list) else [given]
        for place, rate in enumerate(rows):
            if isinstance(rate, int) and rate > WHOLE:
                path = (*here, field, place) if isinstance(given, list) else (*here, field)
                yield document.problem(path, f"is {rate / 10_000:g} %: is {rate / WHOLE:g}% meant?")


def _levels(
    document: PlanDocument, here: Path, bonus: LevelRates, best: np.ndarray
) -> Iterator[Problem]:
    given = bonus.by_level()
    field = "rates" if bonus.rates else "amounts"
    for level, rate in enumerate(given):
        if best[level] == 0 and rate > 0:
            yield document.problem((*here, field, level), f"nobody can earn level {level + 1}")
