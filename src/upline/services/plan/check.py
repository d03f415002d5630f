"""What is valid but cannot be meant: ranks nobody reaches, levels nobody earns, tables unused.

Every finding is a question to the plan's author, not an error: the plan still runs.
"""

from collections.abc import Iterator

from upline.services.plan.check_binary import check_binary
from upline.services.plan.compiler import names_of
from upline.services.plan.document import PlanDocument
from upline.services.plan.problems import Problem
from upline.services.plan.schema_base import LevelRates, Names
from upline.services.plan.schema_ranks import Rank

__all__ = ["check", "worst_case_payout"]

_GROWING = ("pv", "total_pv", "ov", "gv", "left", "right")
_EXCESSIVE = 1_000_000


def check(document: PlanDocument) -> list[Problem]:
    """Every finding, by line."""
    names = names_of(document.content)
    problems = [
        *_ranks(document),
        *_unused(document),
        *_bonuses(document, names),
        *_payout(document),
        *check_binary(document),
    ]
    return sorted(problems)


def worst_case_payout(document: PlanDocument) -> dict[str, int]:
    """Most that each percentage bonus can pay of one unit of volume, in millionths, by code.

    New members' reduction is not taken into account, so this is an upper bound for any month.
    """
    shares = {}
    for bonus in document.bonuses:
        bounds = [b for b in (bonus.worst_case(), bonus.most_of_volume) if b is not None]
        if bounds:
            shares[bonus.code] = min(bounds)
    return shares


def _ranks(document: PlanDocument) -> Iterator[Problem]:
    ranks = document.ranks
    for index, rank in enumerate(ranks):
        here = ("ranks", index)
        if index:
            yield from _falling(document, index, ranks[index - 1], rank)
        for later, other in enumerate(ranks[index + 1 :], index + 1):
            if _asks_no_more(other, rank):
                yield document.problem(
                    here, f"never held: {other.key!r} (ranks[{later}]) asks for no more"
                )
                break
        if rank.ranked_legs is not None:
            target = next(i for i, r in enumerate(ranks) if r.key == rank.ranked_legs.rank)
            if target >= index:
                # Members below are ranked first, so this is possible, but only from the bottom up:
                # nobody can be the first to hold such a rank.
                yield document.problem(
                    (*here, "ranked_legs", "rank"),
                    f"unreachable: asks for legs of {rank.ranked_legs.rank!r}, which is not lower",
                )
        if rank.legs and rank.ov is not None and rank.legs.count * rank.legs.volume > rank.ov:
            yield document.problem(
                (*here, "ov"), "asks for nothing: the legs alone must bring more"
            )
        if rank.legs and rank.legs.pv is None and rank.legs.volume == 0:
            yield document.problem((*here, "legs", "volume"), "0 makes every leg count")


def _falling(document: PlanDocument, index: int, lower: Rank, rank: Rank) -> Iterator[Problem]:
    """Requirements that are easier than those of the rank below."""
    for field in _GROWING:
        before, now = getattr(lower, field), getattr(rank, field)
        if before is not None and (now is None or now < before):
            # A requirement may be replaced by a harder kind, but not silently lowered.
            least = "nothing" if now is None else f"{now / 10_000:g}"
            yield document.problem(
                ("ranks", index, field),
                f"asks for {least}, less than {before / 10_000:g} at {lower.key!r}",
            )
    if lower.legs and rank.legs and rank.legs.count < lower.legs.count:
        yield document.problem(
            ("ranks", index, "legs", "count"), f"fewer legs than at {lower.key!r}"
        )


def _asks_no_more(higher: Rank, lower: Rank) -> bool:
    """Whether whoever meets `lower` always meets `higher` too."""
    for field in _GROWING:
        wanted = getattr(higher, field)
        if wanted is not None and wanted > (getattr(lower, field) or 0):
            return False
    for field in ("legs", "ranked_legs", "enrolled", "capped_ov"):
        wanted, given = getattr(higher, field), getattr(lower, field)
        if wanted is not None and wanted != given:
            return False
    return True


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


def _bonuses(document: PlanDocument, names: Names) -> Iterator[Problem]:
    for index, bonus in enumerate(document.bonuses):
        here = ("bonuses", index)
        if isinstance(bonus, LevelRates):
            best = bonus.table(names).max(axis=0)
            for level in range(len(bonus.rates)):
                if best[level] == 0 and bonus.rates[level] > 0:
                    yield document.problem(
                        (*here, "rates", level), f"nobody can earn level {level + 1}"
                    )
        asked = bonus.requires
        highest = asked.rank_at_most
        if highest is not None and names.rank(asked.rank) > names.rank(highest):
            yield document.problem(
                (*here, "requires"), "nobody can earn this: rank is above rank_at_most"
            )


def _payout(document: PlanDocument) -> Iterator[Problem]:
    shares = worst_case_payout(document)
    total = sum(shares.values())
    if total > _EXCESSIVE:
        detail = ", ".join(f"{code} {share / 10_000:g} %" for code, share in shares.items())
        yield document.problem(
            ("bonuses",), f"may pay {total / 10_000:g} % of volume in the worst case: {detail}"
        )
