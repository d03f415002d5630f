"""What the plan's own words rule out: types nobody has, legs that are cut too short, steps that pay
less than the one below."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from upline.services.plan.document import PlanDocument
from upline.services.plan.locate import Path
from upline.services.plan.problems import Problem
from upline.services.plan.schema_base import BonusBase, LevelRates
from upline.services.plan.schema_binary import BinaryBonus
from upline.services.plan.schema_company import MatrixTree
from upline.services.plan.schema_groups import CompletionBonus, StairstepBonus, StructureBonus
from upline.services.plan.schema_leaders import PoolBonus
from upline.services.plan.schema_levels import FastStartBonus
from upline.services.plan.schema_requirements import Requirements
from upline.services.plan.schema_sales import RetailBonus

__all__ = ["check_reach"]

MONTHLY, WEEKLY = ("pay_day",), ("week_starts", "lag_days")


def check_reach(document: PlanDocument) -> Iterator[Problem]:
    """Every finding, table by table."""
    yield from _calendar(document)
    yield from _points(document)
    for index, rank in enumerate(document.ranks):
        yield from _asked(document, ("ranks", index), rank)
    for index, bonus in enumerate(document.bonuses):
        here: Path = ("bonuses", index)
        yield from _asked(document, (*here, "requires"), bonus.requires)
        yield from _standing(document, here, bonus)
        yield from _paid(document, here, bonus)
        if isinstance(bonus, RetailBonus):
            yield from _types(document, (*here, "customers"), bonus.customers, customers=True)
        if isinstance(bonus, FastStartBonus):
            yield from _types(document, (*here, "buyers"), bonus.buyers, customers=True)
        if isinstance(bonus, BinaryBonus):
            yield from _short_legs(document, here, bonus)
        if isinstance(bonus, CompletionBonus):
            yield from _width(document, here, bonus)


def _calendar(document: PlanDocument) -> Iterator[Problem]:
    """Rules of months where periods are weeks, and the other way round."""
    weekly = document.calendar.period == "week"
    for field in MONTHLY if weekly else WEEKLY:
        if field in document.calendar.model_fields_set:
            unit = "weeks" if weekly else "months"
            yield document.problem(("calendar", field), f"unused: periods are {unit}")


def _points(document: PlanDocument) -> Iterator[Problem]:
    """Points that nothing goes by."""
    parts = [
        part
        for bonus in document.bonuses
        for part in (bonus, *(bonus.parts if isinstance(bonus, PoolBonus) else ()))
    ]
    asked = {code for part in parts for code in getattr(part, "on", ())}
    for index, bonus in enumerate(document.bonuses):
        if bonus.points_only and bonus.code not in asked:
            yield document.problem(
                ("bonuses", index, "points_only"), "unused: no bonus goes by these points"
            )


def _asked(document: PlanDocument, here: Path, asked: Requirements) -> Iterator[Problem]:
    """Customers of types that are no customers in this plan, and types that nobody has."""
    known = document.content.volumes.customers
    if asked.customers is not None:
        if not known:
            yield document.problem((*here, "customers"), "unreachable: the plan has no customers")
        else:
            place = (*here, "customers", "types")
            yield from _types(document, place, asked.customers.types, customers=True)
    if asked.customer_ratio is not None:
        for field in ("of", "to"):
            given = getattr(asked.customer_ratio, field)
            yield from _types(document, (*here, "customer_ratio", field), given, customers=False)


def _types(
    document: PlanDocument, here: Path, given: list[Any], *, customers: bool
) -> Iterator[Problem]:
    rules = document.content.volumes
    known = rules.customers if customers else [*rules.customers, *rules.members]
    what = "no customer" if customers else "neither a member nor a customer"
    for place, name in enumerate(given):
        if name not in known:
            yield document.problem((*here, place), f"{name!r} is {what} in this plan")


def _standing(document: PlanDocument, here: Path, bonus: BonusBase) -> Iterator[Problem]:
    """Conditions on somebody else than the payee that contradict each other."""
    places = {rank.key: place for place, rank in enumerate(document.ranks)}
    for field in ("sources", "counted", "active"):
        asked = getattr(bonus, field, None)
        least, most = getattr(asked, "rank", None), getattr(asked, "rank_at_most", None)
        if least is not None and most is not None and places[least] > places[most]:
            yield document.problem((*here, field), "met by nobody: rank is above rank_at_most")
    rolling = bonus.requires.rolling_pv
    if rolling and bonus.requires.pv is not None and rolling.volume <= bonus.requires.pv:
        yield document.problem(
            (*here, "requires", "rolling_pv"), "asks for nothing: pv of this period alone is more"
        )


def _paid(document: PlanDocument, here: Path, bonus: BonusBase) -> Iterator[Problem]:
    """Tables that pay nothing at all, or less the more there is."""
    if isinstance(bonus, LevelRates):
        rows = [bonus.by_level(), *bonus.rates_by_rank.values()]
        if not any(rate for row in rows for rate in row):
            yield document.problem((*here, "rates" if bonus.rates else "amounts"), "pays nothing")
    steps: list[tuple[Path, list[int]]] = []
    if isinstance(bonus, StairstepBonus | RetailBonus) and bonus.brackets:
        steps.append(((*here, "brackets"), [bracket.rate for bracket in bonus.brackets]))
    if isinstance(bonus, StructureBonus):
        steps.append(((*here, "amounts"), bonus.amounts))
    if isinstance(bonus, BinaryBonus):
        steps.append(((*here, "tiers"), [tier.amount for tier in bonus.tiers]))
    for path, amounts in steps:
        for place, (lower, higher) in enumerate(pairwise(amounts), 1):
            if higher < lower:
                yield document.problem((*path, place), "pays less than the one before")


def _short_legs(document: PlanDocument, here: Path, bonus: BinaryBonus) -> Iterator[Problem]:
    """What needs longer legs than `leg_limit` lets count."""
    limit = bonus.leg_limit
    if limit is None:
        return
    needs: list[tuple[Path, int]] = [(("minimum",), bonus.minimum)]
    needs += [(("tiers", place), tier.volume) for place, tier in enumerate(bonus.tiers)]
    needs += [(("steps", place), step.volume) for place, step in enumerate(bonus.steps)]
    if bonus.cycle is not None:
        needs.append((("cycle", "strong"), bonus.cycle.strong))
    for path, volume in needs:
        if volume > limit:
            yield document.problem((*here, *path), "nobody can earn this: leg_limit is less")


def _width(document: PlanDocument, here: Path, bonus: CompletionBonus) -> Iterator[Problem]:
    """A level that is wider than its matrix can be."""
    for tree in document.content.trees:
        if tree.key == bonus.tree and isinstance(tree, MatrixTree) and tree.width < bonus.width:
            yield document.problem(
                (*here, "width"), f"nobody can earn this: the matrix is {tree.width} wide"
            )
