"""The figures after some news, out of those before: what a full run gives, for less.

Volumes and ranks, lines and items are worked out for those alone who may have others.
"""

from typing import NamedTuple

from upline.engine.line_book import NO_LINES, LineBook, Rewritten, bound
from upline.engine.moving import Standings
from upline.engine.plan import Plan
from upline.engine.remeasuring import Differing, Measured, measure_again
from upline.engine.repaying import Paid, pay_again
from upline.engine.result import Result
from upline.engine.run import settle
from upline.engine.snapshot import Snapshot

__all__ = ["Followed", "Known", "follow"]


class Known(NamedTuple):
    """What figures followed from, for the next time."""

    measured: Measured | None = None
    paid: dict[int, Paid] = {}


class Followed(NamedTuple):
    """result: all figures but lines; lines: what of these changed; differing: whose volumes and
    ranks may be others, None for anybody's."""

    result: Result
    lines: Rewritten
    differing: Differing | None
    known: Known


def follow(
    plan: Plan, snapshot: Snapshot, before: Known, book: LineBook, standings: Standings
) -> Followed:
    """Run the plan on the snapshot, and bring the book up to it.

    before: what the last call gave; nothing is known before the first one.
    """
    measured, differing = measure_again(plan, snapshot, before.measured, standings)
    first = book.first
    paid, batches, parts = pay_again(measured.scene, before.paid, book, standings)
    counts = book.counted(standings.slots)
    result = settle(measured.scene, measured.figures, NO_LINES, counts, batches)
    return Followed(result, bound(first, parts), differing, Known(measured, paid))
