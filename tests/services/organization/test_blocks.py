"""Lists found by blocks are those found by looking at everybody."""

from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession
from tests.factories.crowd import add_crowd
from tests.factories.figures import context_of

from upline.core.context import Context
from upline.core.paging import Page
from upline.services.organization.downline_filters import Filter
from upline.services.organization.downlines import list_downline
from upline.services.organization.trees import get_tree
from upline.services.organization.visibility import Genealogy

FILTERS = [
    Filter(),
    Filter(max_level=1),
    Filter(max_level=4),
    Filter(max_level=2**31 - 1),
    Filter(rank_ids=(2,)),
    Filter(rank_ids=(0, 1, 1)),
    Filter(rank_ids=(77,)),
    Filter(status_ids=(4,)),
    Filter(status_ids=(1, 2)),
]
TREES = {
    Genealogy.SPONSOR: ("pre", "pre_end", "level"),
    Genealogy.BINARY: ("binary_pre", "binary_pre_end", "binary_level"),
}


def expected(
    rows: list[dict[str, Any]], genealogy: Genealogy, top: int, wanted: Filter
) -> list[tuple[int, int]]:
    """(number, level) of everybody below `top` who is wanted, in tree order."""
    pre, pre_end, level = TREES[genealogy]
    head = next(row for row in rows if row["customer_id"] == top)
    return [
        (row["customer_id"], row[level] - head[level])
        for row in sorted(rows, key=lambda row: row[pre])
        if head[pre] < row[pre] < head[pre_end]
        and (wanted.max_level is None or row[level] - head[level] <= wanted.max_level)
        and (not wanted.rank_ids or row["rank_id"] in wanted.rank_ids)
        and (not wanted.status_ids or row["status_id"] in wanted.status_ids)
    ]


async def listed(
    ctx: Context, genealogy: Genealogy, top: int, wanted: Filter, size: int
) -> list[tuple[int, int]]:
    """The whole list, page by page; each page tells the same length."""
    tree, found, number = await get_tree(ctx, genealogy), [], 1
    while True:
        page = await list_downline(ctx, tree, top, wanted, Page(number, size))
        found += [(node.customer_id, node.level) for node in page.items]
        if not page.items:
            assert page.total == len(found)
            return found
        number += 1


@pytest.mark.parametrize("genealogy", TREES, ids=lambda genealogy: genealogy.name)
async def test_every_list_of_a_crowd(session: AsyncSession, genealogy: Genealogy) -> None:
    rows = await add_crowd(session)
    ctx = context_of(session)
    sizes = [len(expected(rows, genealogy, row["customer_id"], Filter())) for row in rows]
    middle = next(
        row["customer_id"] for row, size in zip(rows, sizes, strict=True) if 300 < size < 700
    )
    leaf = next(row["customer_id"] for row, size in zip(rows, sizes, strict=True) if not size)
    for wanted in FILTERS:
        for top, size in ((1, 170), (middle, 41), (leaf, 10)):
            found = await listed(ctx, genealogy, top, wanted, size)
            assert found == expected(rows, genealogy, top, wanted), (top, wanted)


async def test_counts_follow_single_changes(session: AsyncSession) -> None:
    rows = await add_crowd(session)
    for statement in (
        "ALTER TABLE member_periods DISABLE TRIGGER append_only",
        "ALTER TABLE member_periods DISABLE TRIGGER append_only_rows",
        "UPDATE member_periods SET rank_id = 2, status_id = 4 WHERE customer_id % 3 = 0",
        "DELETE FROM member_periods WHERE pre_end = pre + 1 AND customer_id % 5 = 0",
    ):
        await session.execute(text(statement))
    for row in rows:
        if row["customer_id"] % 3 == 0:
            row |= {"rank_id": 2, "status_id": 4}
    rows = [row for row in rows if row["pre_end"] > row["pre"] + 1 or row["customer_id"] % 5]
    ctx = context_of(session)
    for wanted in FILTERS:
        found = await listed(ctx, Genealogy.SPONSOR, 1, wanted, 250)
        assert found == expected(rows, Genealogy.SPONSOR, 1, wanted)
