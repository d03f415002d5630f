"""Why a bonus left nothing for somebody from a certain source, in one sentence.

What is common to all bonuses is asked first, then what is peculiar to a kind. Whoever is not
stopped by any of it is told so, with the rule beside it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from upline.services.explain.conditions import Condition, Standing, describe
from upline.services.explain.legs import why_unmatched
from upline.services.explain.levels import Reach
from upline.services.explain.paths import LONGEST
from upline.services.plan.schema_base import BonusBase
from upline.services.plan.schema_binary import BinaryBonus
from upline.services.plan.schema_levels import (
    FastStartBonus,
    GenerationsBonus,
    InfinityBonus,
    MatchingBonus,
    UnilevelBonus,
)
from upline.services.plan.schema_sales import RetailBonus, StarterKitBonus

NOTHING_LEFT = "No requirement stops it: the rule itself leaves nothing for this source."


@dataclass(frozen=True, slots=True)
class Case:
    """All that is known of one bonus between one source and one payee.

    way: members above the source up to the payee with what stops each of them; None without a way.
    levels: what each of them holds, None for whoever is passed.
    """

    bonus: BonusBase
    reach: Reach | None
    payee: Standing
    source: Standing
    conditions: list[Condition]
    way: Sequence[tuple[Standing, list[Condition]]] | None
    is_cut: bool
    levels: Sequence[int | None]

    @property
    def level(self) -> int | None:
        """What the payee holds."""
        return self.levels[-1] if self.levels else None


def why_not(case: Case) -> str:
    """The first reason that applies."""
    if failing := describe(case.conditions):
        return f"Not paid: {failing}."
    if case.way is None and hasattr(case.bonus, "tree"):
        return f"Not paid: the source does not stand below in the {case.bonus.tree} tree."
    if case.is_cut:
        return f"The source stands more than {LONGEST:,} levels below."
    for kind, reasons in REASONS.items():
        if isinstance(case.bonus, kind) and (reason := reasons(case)):
            return f"Not paid: {reason}."
    return NOTHING_LEFT


def _no_volume(case: Case) -> str | None:
    facts = case.source.facts
    if not any((facts.pv, facts.cv, facts.total_pv)):
        return f"{facts.name} has no volume in the period"
    return None


def _too_deep(case: Case) -> str | None:
    """The payee's level is deeper than his rank reaches."""
    if case.reach is None or case.level is None:
        return None
    rank, depth = case.payee.rank, case.reach.depth(case.payee.rank)
    if case.level <= depth and case.reach.rate(rank, case.level):
        return None
    name = case.payee.rank_name(rank)
    if not depth:
        return f"this would be level {case.level}, and {name} is paid on none"
    return f"this would be level {case.level}, and {name} is paid on {depth}"


def _unilevel(case: Case) -> str | None:
    assert isinstance(case.bonus, UnilevelBonus)  # noqa: S101 - narrows, see REASONS
    stop = case.bonus.stops_at
    if stop is not None and case.way:
        least = case.payee.rank if stop == "own" else case.payee.place(stop)
        for standing, _ in case.way[:-1]:
            if standing.rank >= least:
                return f"level pay ends at {standing.facts.name}, {_rank(standing)}"
    return _no_volume(case) or _too_deep(case)


def _matching(case: Case) -> str | None:
    return _too_deep(case)


def _fast_start(case: Case) -> str | None:
    assert isinstance(case.bonus, FastStartBonus)  # noqa: S101 - narrows, see REASONS
    facts, months = case.source.facts, case.bonus.months
    age = case.source.period_id - facts.enrolled_month + 1
    if months is not None and not 1 <= age <= months:
        return f"{facts.name} is in month {age} since enrolment, and {months} are paid"
    if ends := case.bonus.window_ends:
        span = f"{ends[-1]} {'hours' if case.bonus.by_hour else 'days'}"
        return _too_deep(case) or f"{facts.name} bought nothing in the first {span}"
    return _no_volume(case) or _too_deep(case)


def _generations(case: Case) -> str | None:
    assert isinstance(case.bonus, GenerationsBonus)  # noqa: S101 - narrows, see REASONS
    boundary = case.bonus.boundary
    least = case.payee.rank if boundary == "own" else case.payee.place(boundary)
    between = [standing for standing, _ in (case.way or [])[:-1] if standing.rank >= least]
    depth = case.reach.depth(case.payee.rank) if case.reach else 0
    if len(between) >= depth:
        leaders = ", ".join(f"{one.facts.name} ({_rank(one)})" for one in between[: depth + 1])
        name = case.payee.rank_name(case.payee.rank)
        return f"it is beyond the {depth} generations of {name}; leaders between: {leaders}"
    return _no_volume(case)


def _infinity(case: Case) -> str | None:
    assert isinstance(case.bonus, InfinityBonus)  # noqa: S101 - narrows, see REASONS
    steps = len(case.way or [])
    if steps < case.bonus.from_level:
        return f"it is {steps} levels below, and paid from level {case.bonus.from_level} on"
    return _no_volume(case)


def _retail(case: Case) -> str | None:
    return _no_volume(case) or "no order of this source carries a retail margin for this payee"


def _starter_kit(case: Case) -> str | None:
    assert isinstance(case.bonus, StarterKitBonus)  # noqa: S101 - narrows, see REASONS
    kit = case.bonus.order_type.replace("_", " ")
    return f"{case.source.facts.name} bought no {kit} in time"


def _binary(case: Case) -> str | None:
    assert isinstance(case.bonus, BinaryBonus)  # noqa: S101 - narrows, see REASONS
    return why_unmatched(case.bonus, case.payee.facts.legs)


def _rank(standing: Standing) -> str:
    return standing.rank_name(standing.rank)


REASONS: dict[type[BonusBase], Callable[[Case], str | None]] = {
    UnilevelBonus: _unilevel,
    MatchingBonus: _matching,
    FastStartBonus: _fast_start,
    GenerationsBonus: _generations,
    InfinityBonus: _infinity,
    RetailBonus: _retail,
    StarterKitBonus: _starter_kit,
    BinaryBonus: _binary,
    BonusBase: _no_volume,
}
