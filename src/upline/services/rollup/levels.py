"""An organization level by level, at any depth: two look-ups a level.

In the order (level, place) the members of one level of an organization stand together, between the
first of that level whose place is the customer's or a later one and the first beyond the customer's
organization. Levels that are near each other share blocks, so a page of a chain is a few rows.
"""

from bisect import bisect_right
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import BigInteger, Integer, bindparam, text

from upline.core.context import Context
from upline.core.paging import Page, Paged
from upline.core.prepared import Prepared, prepare
from upline.services.rollup import blocks
from upline.services.rollup.blocks import Block
from upline.services.rollup.kinds import LEVELS

# No tree is so deep, and added to a level it is still an integer.
DEEPEST = 2**30

FETCH = """
WITH m AS (
    SELECT run_id, sponsor_level AS level, sponsor_place AS place, sponsor_place_end AS place_end,
           sponsor_height AS height
    FROM member_periods
    WHERE run_id = :run_id AND customer_id = :customer_id AND sponsor_place IS NOT NULL
), edges AS (
    SELECT l.level, x.place
    FROM m, generate_series(m.level + :first, m.level + least(:last, m.height)) AS l (level),
         LATERAL (VALUES (m.place), (m.place_end)) AS x (place)
), needed AS (
    SELECT DISTINCT b.level, b.place
    FROM edges e, LATERAL (
        SELECT b.level, b.place FROM level_blocks b
        WHERE b.run_id = :run_id AND (b.level, b.place) <= (e.level, e.place)
        ORDER BY b.level DESC, b.place DESC LIMIT 1) b
)
SELECT m.level, m.place, m.place_end, m.height,
       b.level AS block_level, b.place AS block_place, b.sums, b.members
FROM m LEFT JOIN (
    needed n JOIN level_blocks b
      ON b.run_id = :run_id AND b.level = n.level AND b.place = n.place
) ON true
"""


@dataclass(frozen=True, slots=True)
class Level:
    """Who stands so many levels below; volume in ten-thousandths."""

    level: int
    distributors: int
    customers: int
    active: int
    new: int
    volume: int


async def list_levels(
    ctx: Context, run_id: int | None, customer_id: int, page: Page, deepest: int
) -> Paged[Level]:
    """The levels below a customer from the first down, `deepest` at most; empty for those the run
    does not know. As of the run's last full calculation."""
    if run_id is None:
        return Paged([], 0, page)
    deepest = min(deepest, DEEPEST)
    last = min(page.offset + page.limit, deepest)
    first = min(page.offset, deepest) + 1
    rows = await levels_statement(run_id).fetch_all(
        ctx.session, customer_id=customer_id, first=first, last=last
    )
    if not rows:
        return Paged([], 0, page)
    top = rows[0]
    found = {
        (row.block_level, row.block_place): Block(row.sums, row.members)
        for row in rows
        if row.sums is not None
    }
    edges = _Edges(found)
    levels = [
        Level(
            below,
            *(
                edges.before(top.level + below, top.place_end)
                - edges.before(top.level + below, top.place)
            ).tolist(),
        )
        for below in range(page.offset + 1, min(last, top.height) + 1)
    ]
    return Paged(levels, min(top.height, deepest), page)


@lru_cache(maxsize=64)
def levels_statement(run_id: int) -> Prepared:
    """The blocks that hold the edges of the levels from `first` to `last` below `customer_id`."""
    statement = text(FETCH).bindparams(
        bindparam("run_id", None, BigInteger, literal_execute=True),
        bindparam("customer_id", None, BigInteger),
        bindparam("first", None, Integer),
        bindparam("last", None, Integer),
    )
    return prepare(statement, run_id=run_id)


class _Edges:
    """Sums of everybody before a point of the order, from the blocks that hold the points."""

    def __init__(self, found: dict[tuple[int, int], Block]) -> None:
        self._first = sorted(found)
        self._blocks = found

    def before(self, level: int, place: int) -> NDArray[np.int64]:
        block = self._blocks[self._first[bisect_right(self._first, (level, place)) - 1]]
        rows = blocks.rows_of(LEVELS, block)
        order = rows["level"].astype(np.int64) << 32 | rows["place"]
        inside = int(np.searchsorted(order, level << 32 | place))
        sums: NDArray[np.int64] = blocks.before(LEVELS, block, inside)[0]
        return sums
