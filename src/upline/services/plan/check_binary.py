"""What is valid in a binary bonus but cannot be meant: caps that nothing reaches or passes."""

from collections.abc import Iterator

from upline.services.plan.document import PlanDocument
from upline.services.plan.problems import Problem
from upline.services.plan.schema_binary import BinaryBonus

__all__ = ["check_binary"]

CAPS = (
    "max_cycles",
    "max_cycles_by_rank",
    "max_amount",
    "max_amount_by_rank",
    "period_cycles",
    "period_amount",
    "lifetime_cycles",
    "lifetime_amount",
)


def check_binary(document: PlanDocument) -> Iterator[Problem]:
    """Every finding about binary bonuses."""
    for index, bonus in enumerate(document.bonuses):
        if not isinstance(bonus, BinaryBonus):
            continue
        here = ("bonuses", index)
        given = [name for name in CAPS if name in bonus.model_fields_set]
        if "over_cap" in bonus.model_fields_set and not given:
            yield document.problem((*here, "over_cap"), "unused: there is no cap to be over")
        if bonus.every != "period" and not given:
            yield document.problem(
                (*here, "every"), "makes no difference without a cap, and takes longer"
            )
        least = _cheapest(bonus)
        if bonus.max_amount is not None and least is not None and bonus.max_amount < least:
            yield document.problem(
                (*here, "max_amount"),
                f"nobody is paid in full: the cheapest match pays {least / 10_000:g}",
            )
        if bonus.carry_limit is not None and bonus.minimum > bonus.carry_limit:
            yield document.problem(
                (*here, "carry_limit"), "below minimum: no volume can be saved up to reach it"
            )


def _cheapest(bonus: BinaryBonus) -> int | None:
    """The least money that one cycle or block pays at all; None for a percentage."""
    amounts = [tier.amount for tier in bonus.tiers or bonus.steps]
    if bonus.cycle is not None:
        amounts = [bonus.cycle.pay, *bonus.cycle.pay_by_rank.values()]
        if bonus.cycle.pay_by_volume:
            amounts = [step.pay for step in bonus.cycle.pay_by_volume.steps]
    return min(filter(None, amounts), default=None)
