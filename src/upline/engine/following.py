"""The figures after some news, out of those before: what a full run gives, for less.

Volumes and ranks are worked out anew, lines and items for those alone who may have others.
"""

from typing import NamedTuple

from upline.engine.line_book import NO_LINES, LineBook, Rewritten, bound
from upline.engine.plan import Plan
from upline.engine.repaying import Paid, Standings, pay_again
from upline.engine.result import Result
from upline.engine.run import measure, settle
from upline.engine.shown import shown
from upline.engine.snapshot import Snapshot

__all__ = ["Followed", "follow"]


class Followed(NamedTuple):
    """result: all figures but lines; lines: what of these changed; paid: for the next time."""

    result: Result
    lines: Rewritten
    paid: dict[int, Paid]


def follow(
    plan: Plan, snapshot: Snapshot, before: dict[int, Paid], book: LineBook, standings: Standings
) -> Followed:
    """Run the plan on the snapshot, and bring the book up to it.

    before: what the last call gave, and nothing before the first one.
    """
    scene, held = measure(plan, snapshot)
    first = book.first
    paid, batches, parts = pay_again(scene, before, book, standings)
    result = settle(scene, shown(scene, held), NO_LINES, book.counted(standings.slots), batches)
    return Followed(result, bound(first, parts), paid)
