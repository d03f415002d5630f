"""Long lists of matches: the same whichever way they are found, and kept no longer than is good."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import numpy as np
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession
from tests.factories.crowd import add_crowd
from tests.factories.figures import NOW, context_of
from tests.factories.statements import counted

from upline.core.context import Context
from upline.core.paging import Page
from upline.services.organization import downlines
from upline.services.organization.downline_filters import Filter
from upline.services.organization.searches import OVERHEAD, Matches, Searches
from upline.services.organization.trees import get_tree
from upline.services.organization.visibility import Genealogy

FILTERS = [
    Filter(search="last7"),
    Filter(search="first3 last1"),
    Filter(search="LAST4", rank_ids=(-1, 0)),
    Filter(search="41"),
    Filter(search="nobody"),
    Filter(rank_ids=(0,), status_ids=(1, 2)),
    Filter(enrolled_start=datetime(2014, 9, 20, tzinfo=NOW.tzinfo), max_level=4),
]


async def found(
    ctx: Context, genealogy: Genealogy, wanted: Filter, searches: Searches, position: int | None
) -> list[tuple[int, int, int]]:
    """(number, level, total) of everybody on the pages of a list."""
    tree, rows, number = await get_tree(ctx, genealogy), [], 1
    while True:
        page = await downlines.list_downline(
            ctx, tree, 1, wanted, Page(number, 37), position_id=position, searches=searches
        )
        rows += [(node.customer_id, node.level, page.total) for node in page.items]
        if not page.items:
            return rows
        number += 1


@pytest.mark.parametrize(
    ("genealogy", "position"),
    [(Genealogy.SPONSOR, None), (Genealogy.BINARY, None), (Genealogy.BINARY, 2)],
)
async def test_large_and_small_downlines_find_the_same(
    session: AsyncSession,
    monkeypatch: pytest.MonkeyPatch,
    genealogy: Genealogy,
    position: int | None,
) -> None:
    await add_crowd(session)
    ctx = context_of(session)
    for wanted in FILTERS:
        monkeypatch.setattr(downlines, "SEARCHED_MEMBERS", 5_000)
        one_by_one = await found(ctx, genealogy, wanted, Searches(), position)
        monkeypatch.setattr(downlines, "SEARCHED_MEMBERS", 0)
        assert await found(ctx, genealogy, wanted, Searches(), position) == one_by_one
        assert {total for *_, total in one_by_one} <= {len(one_by_one)}


async def test_pages_of_a_kept_list_take_two_statements_and_leave_out_who_went(
    session: AsyncSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(downlines, "SEARCHED_MEMBERS", 0)
    await add_crowd(session)
    ctx, searches, wanted = context_of(session), Searches(), Filter(search="last7")
    tree = await get_tree(ctx, Genealogy.SPONSOR)
    first = await downlines.list_downline(ctx, tree, 1, wanted, Page(1, 5), searches=searches)
    with counted() as sent:
        again = await downlines.list_downline(ctx, tree, 1, wanted, Page(1, 5), searches=searches)
    assert (len(sent), again) == (1, first)
    gone = first.items[0].customer_id
    for statement in (
        "ALTER TABLE member_periods DISABLE TRIGGER append_only",
        "ALTER TABLE member_periods DISABLE TRIGGER append_only_rows",
        f"UPDATE member_periods SET pre = -2, pre_end = -1 WHERE customer_id = {gone}",
    ):
        await session.execute(text(statement))
    left = await downlines.list_downline(ctx, tree, 1, wanted, Page(1, 5), searches=searches)
    assert list(left.items) == list(first.items[1:])


def matches(looked_at: int, made_at: datetime = NOW, size: int = 3) -> Matches:
    return Matches(np.arange(size, dtype=np.int64), looked_at, made_at)


def making(value: Matches, made: list[Matches]) -> Callable[[], Awaitable[Matches]]:
    async def make() -> Matches:
        made.append(value)
        return value

    return make


async def test_what_was_dear_is_kept_longer_and_later_pages_longest() -> None:
    searches, made = Searches(), list[Matches]()
    cheap, dear = matches(10), matches(500_000)
    second = timedelta(seconds=1)
    for key, value in (("cheap", cheap), ("dear", dear)):
        await searches.get(key, NOW, making(value, made), first=True)
    assert searches.find("cheap", NOW + second, first=True) is None
    assert searches.find("cheap", NOW + second, first=False) is cheap
    assert searches.find("dear", NOW + 59 * second, first=True) is dear
    assert searches.find("dear", NOW + 61 * second, first=True) is None
    assert searches.find("dear", NOW + 601 * second, first=False) is None
    assert await searches.get("dear", NOW, making(cheap, made), first=True) is dear
    assert made == [cheap, dear]


async def test_those_least_recently_read_make_room() -> None:
    searches, made = Searches(capacity=2 * (OVERHEAD + 8)), list[Matches]()
    for key in ("one", "two", "one", "three"):
        await searches.get(key, NOW, making(matches(9_000, size=1), made), first=True)
    kept = [key for key in ("one", "two", "three") if searches.find(key, NOW, first=True)]
    assert (kept, len(made)) == (["one", "three"], 3)
