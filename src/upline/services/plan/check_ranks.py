"""What cannot be meant of ranks: out of reach, easier than the one below, held by grace alone."""

from collections.abc import Iterator

from upline.services.plan.document import PlanDocument
from upline.services.plan.problems import Problem
from upline.services.plan.schema_base import Asked
from upline.services.plan.schema_ranks import Rank

__all__ = ["check_ranks", "outgrown"]

_GROWING = ("pv", "total_pv", "ov", "gv", "left", "right")
_KINDS = (
    "legs", "ranked_legs", "enrolled", "capped_ov", "rolling_pv", "sides", "enrolled_legs", "held",
    "customers", "customer_ratio", "owner_pv", "any_of",
)  # fmt: skip


def check_ranks(document: PlanDocument) -> Iterator[Problem]:
    """Every finding about ranks and group volume."""
    yield from _group(document)
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
        yield from _lasting(document, index)
        if rank.legs and rank.ov is not None and rank.legs.count * rank.legs.volume > rank.ov:
            yield document.problem(
                (*here, "ov"), "asks for nothing: the legs alone must bring more"
            )
        if rank.legs and rank.legs.pv is None and rank.legs.volume == 0:
            yield document.problem((*here, "legs", "volume"), "0 makes every leg count")


def _group(document: PlanDocument) -> Iterator[Problem]:
    """Group volume that leaves out what no rank has."""
    cut = document.content.group_volume
    if cut is None or "qualifying_legs" not in cut.leaves_out:
        return
    if "leaves_out" in cut.model_fields_set and not any(rank.legs for rank in document.ranks):
        yield document.problem(
            ("group_volume", "leaves_out"), "unused: no rank is reached by qualifying legs"
        )


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


def outgrown(ranks: list[Rank], asked: Asked) -> str | None:
    """The rank above `rank_at_most` that whoever has all that is asked for holds, if there is one.

    Ranks go by what is achieved, so that force and time are left out.
    """
    if asked.rank_at_most is None:
        return None
    highest = [rank.key for rank in ranks].index(asked.rank_at_most)
    for rank in ranks[highest + 1 :]:
        if _asks_no_more(rank, asked):
            return rank.key
    return None


def _asks_no_more(higher: Rank, lower: Rank | Asked) -> bool:
    """Whether whoever meets `lower` always meets `higher` too."""
    for field in _GROWING:
        wanted = getattr(higher, field)
        if wanted is not None and wanted > (getattr(lower, field, None) or 0):
            return False
    for field in _KINDS:
        wanted, given = getattr(higher, field), getattr(lower, field, None)
        if wanted is not None and wanted != given:
            return False
    return all(wanted <= lower.volumes.get(name, 0) for name, wanted in higher.volumes.items())


def _lasting(document: PlanDocument, index: int) -> Iterator[Problem]:
    """Requirements that look at earlier periods, and what grace makes of them."""
    ranks = document.ranks
    rank = ranks[index]
    here = ("ranks", index)
    if rank.rolling_pv and rank.pv is not None and rank.rolling_pv.volume <= rank.pv:
        yield document.problem(
            (*here, "rolling_pv", "volume"), "asks for nothing: pv of this period alone is more"
        )
    if rank.capped_ov and rank.capped_ov.leg_share == 0:
        yield document.problem((*here, "capped_ov", "leg_share"), "unreachable: no leg counts")
    held = rank.held
    if held is None:
        return
    place = [one.key for one in ranks].index(held.rank)
    if place >= index:
        # Whoever must have had the rank, or a higher one, before cannot be the first to get it. As
        # references may only go down, no circle of several ranks is left either.
        how = "by force alone" if held.by == "paid" else "by nobody"
        yield document.problem(
            (*here, "held", "rank"),
            f"unreachable: {held.rank!r} is not lower, so it can be held before {how}",
        )
    lasting = max((one.grace for one in ranks[place:]), default=0)
    if held.by == "paid" and lasting >= held.periods:
        yield document.problem(
            (*here, "held", "periods"),
            f"may be met by grace alone: {held.rank!r} or higher is kept {lasting} periods",
        )
