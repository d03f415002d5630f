"""Why two legs came to nothing, as far as the figures of a run tell."""

from decimal import Decimal

from upline.core.wire import plain
from upline.services.explain.facts import Legs
from upline.services.plan.schema_binary import BinaryBonus

__all__ = ["why_unmatched"]

UNIT = 10_000


def why_unmatched(bonus: BinaryBonus, legs: Legs) -> str:
    """One reason, after "Not paid: "; legs: what could be matched, carry included."""
    if legs.paid:
        return (
            "it pays on what both legs match, whoever it came from:"
            f" {plain(legs.paid)} of the lesser leg in this period"
        )
    had = f"the legs had {plain(legs.left)} on the left and {plain(legs.right)} on the right"
    lesser, greater = sorted((legs.left, legs.right))
    if lesser <= 0:
        return f"{had}, and nothing matches"
    if lesser < _volume(bonus.minimum):
        return f"{had}, and {plain(_volume(bonus.minimum))} are asked of the lesser leg"
    if bonus.tiers and lesser < _volume(bonus.tiers[0].volume):
        return (
            f"{had}, and the lowest tier asks for {plain(_volume(bonus.tiers[0].volume))} on both"
        )
    cycle = bonus.cycle
    if cycle and (greater < _volume(cycle.strong) or lesser < _volume(cycle.weak)):
        asked = f"{plain(_volume(cycle.strong))} and {plain(_volume(cycle.weak))}"
        return f"{had}, and a cycle takes {asked}"
    return f"{had}: {_held_back(bonus)}"


def _held_back(bonus: BinaryBonus) -> str:
    """What may stop legs that match; a run keeps no figure of it."""
    found = []
    if bonus.active:
        found.append("the member is not active as the bonus asks")
    if bonus.sides:
        sides, least = bonus.sides, plain(_volume(bonus.sides.pv))
        found.append(
            f"it asks for personally enrolled members with {least} PV in the legs,"
            f" {sides.left} on the left and {sides.right} on the right"
        )
    if bonus.cycle and bonus.cycle.first:
        first = bonus.cycle.first
        asked = f"{plain(_volume(first.strong))} and {plain(_volume(first.weak))}"
        found.append(f"the first cycle ever takes {asked}")
    if bonus.steps:
        sizes = ", ".join(plain(_volume(step.volume)) for step in bonus.steps)
        found.append(f"the next of the steps takes more; they take {sizes}")
    if bonus.second:
        found.append(
            f"each cycle needs {plain(_volume(bonus.second.volume))} {bonus.second.counted.upper()}"
        )
    found.append("a cap leaves nothing, or the rank is paid nothing")
    return ", or ".join(found)


def _volume(units: int) -> Decimal:
    return Decimal(units) / UNIT
