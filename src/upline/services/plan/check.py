"""What is valid but cannot be meant: ranks nobody reaches, levels nobody earns, tables unused.

Every finding is a question to the plan's author, not an error: the plan still runs.
"""

from collections.abc import Iterator
from typing import Any

from upline.services.plan.check_binary import check_binary
from upline.services.plan.check_bonuses import check_bonuses, check_trees
from upline.services.plan.check_ranks import check_ranks
from upline.services.plan.check_reach import check_reach
from upline.services.plan.compiler import names_of
from upline.services.plan.document import PlanDocument
from upline.services.plan.problems import Problem
from upline.services.plan.schema_bonuses import AnyBonus
from upline.services.plan.schema_levels import GenerationsBonus, MatchingBonus

__all__ = ["check", "unbounded", "worst_case_payout", "worst_case_total"]

_EXCESSIVE = 1_000_000
UNBOUNDED = {
    "retail": "a share of retail margins",
    "binary": "paid at every height: bounded by most_of_volume alone",
    "generations": "paid to every leader above: bounded by most_of_volume alone",
    "stairstep": "a least rate at every step: bounded by most_of_volume alone",
}


def check(document: PlanDocument) -> list[Problem]:
    """Every finding, by line."""
    names = names_of(document.content)
    problems = [
        *check_ranks(document),
        *_unused(document),
        *_unused_volumes(document),
        *check_bonuses(document, names),
        *check_trees(document),
        *_payout(document),
        *check_binary(document),
        *check_reach(document),
    ]
    return sorted(problems)


def worst_case_payout(document: PlanDocument) -> dict[str, int]:
    """Most that each percentage bonus can pay of one unit of volume, in millionths, by code.

    New members' reduction is not taken into account, so this is an upper bound for any month.
    What is paid on other bonuses is bounded by what these can pay.
    """
    shares: dict[str, int] = {}
    for bonus in document.bonuses:
        if bonus.points_only:
            continue
        capped = [
            rule.most_of_volume for rule in document.content.limits if bonus.code in rule.bonuses
        ]
        bounds = [
            bound
            for bound in (_share(bonus, shares), bonus.most_of_volume, *capped)
            if bound is not None
        ]
        if bounds:
            shares[bonus.code] = min(bounds)
    return shares


def worst_case_total(document: PlanDocument) -> int:
    """Most that all percentage bonuses together can pay; a cap that several share counts once."""
    shares = worst_case_payout(document)
    total = 0
    for rule in document.content.limits:
        each = [shares.pop(code, 0) for code in rule.bonuses]
        mine = max(each) if rule.only_greatest else sum(each)
        total += mine if rule.most_of_volume is None else min(mine, rule.most_of_volume)
    return total + sum(shares.values())


def unbounded(bonus: AnyBonus) -> str:
    """What a bonus pays, where volume is no measure of it."""
    if bonus.points_only:
        return "nothing: points"
    if isinstance(bonus, MatchingBonus | GenerationsBonus) and bonus.on:
        return f"a share of what {' and '.join(bonus.on)} can pay"
    return UNBOUNDED.get(bonus.kind, "amounts")


def _share(bonus: AnyBonus, shares: dict[str, int]) -> int | None:
    """The most of one unit of volume, given what the bonuses above can pay."""
    if not isinstance(bonus, MatchingBonus) or not all(code in shares for code in bonus.on):
        return bonus.worst_case()
    return bonus.most_of_money() * sum(shares[code] for code in bonus.on) // _EXCESSIVE


def _unused(document: PlanDocument) -> Iterator[Problem]:
    content = document.content
    used = content.model_dump_json(exclude={"ranks", "plan"}, exclude_none=True)
    if content.group_volume is not None and not (
        any(rank.gv is not None for rank in content.ranks) or '"gv"' in used
    ):
        yield document.problem(("group_volume",), "unused: no rank and no bonus asks for gv")
    reduction = content.volumes.new_member_reduction
    if reduction and not any(bonus.kind == "fast_start" for bonus in content.bonuses):
        yield document.problem(
            ("volumes", "new_member_reduction"),
            "cuts new members' volume although no bonus is paid on it instead",
        )
    if not content.bonuses:
        yield document.problem(("plan",), "no bonus at all: nobody is ever paid")
    for index, fee in enumerate(content.fees):
        if fee.amount == 0:
            yield document.problem(("fees", index, "amount"), "0 takes nothing")


def _unused_volumes(document: PlanDocument) -> Iterator[Problem]:
    """Kinds of volume that nothing asks for, and exchange of what is not used."""
    content = document.content
    rules, exchange = content.volumes, content.exchange
    beside: dict[str, Any] = {"plan": True, "exchange": {"volumes"}}
    used = content.model_dump_json(exclude=beside, exclude_none=True)
    for index, kind in enumerate(rules.kinds):
        names = (kind, f"total_{kind}", f"ov_{kind}")
        asked = [name for name in names if used.count(f'"{name}"') > (name == kind)]
        if not asked and rules.commission != kind:
            yield document.problem(
                ("volumes", "kinds", index), f"unused: no rank and no bonus asks for {kind}"
            )
    for part in rules.parts:
        names = (part, f"total_{part}", f"ov_{part}")
        if rules.commission != part and all(used.count(f'"{n}"') == (n == part) for n in names):
            yield document.problem(
                ("volumes", "parts", part), f"unused: no rank and no bonus asks for {part}"
            )
    for table in ("teams", "sums"):
        for name in getattr(rules, table):
            if used.count(f'"{name}"') == 1:
                yield document.problem(
                    ("volumes", table, name), f"unused: no rank and no bonus asks for {name}"
                )
    if exchange is not None and not exchange.volumes and exchange.pay == "plan":
        yield document.problem(("exchange",), "unused: neither volumes nor checks are exchanged")
    for name, periods in (("active", rules.active_periods), ("qualified", rules.qualified_periods)):
        if periods > 1 and getattr(rules, f"{name}_pv") == 0:
            yield document.problem(
                ("volumes", f"{name}_periods"), f"unused: {name}_pv asks for nothing"
            )


def _payout(document: PlanDocument) -> Iterator[Problem]:
    shares = worst_case_payout(document)
    total = worst_case_total(document)
    if total > _EXCESSIVE:
        detail = ", ".join(f"{code} {share / 10_000:g} %" for code, share in shares.items())
        yield document.problem(
            ("bonuses",), f"may pay {total / 10_000:g} % of volume in the worst case: {detail}"
        )
