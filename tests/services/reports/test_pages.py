"""Pages are parts of a listing, and cost the same wherever they lie."""

import pytest
from tests.factories.statements import counted

from upline.core.context import Context
from upline.core.errors import NotFound
from upline.core.paging import Page
from upline.services.reports.definitions import Definition, Report
from upline.services.reports.listings import Listings
from upline.services.reports.pages import get_page

ALL = Definition(Report.ALL)


async def test_pages_follow_each_other(ctx: Context) -> None:
    listings = Listings()
    whole = await get_page(ctx, listings, 1, 0, ALL, Page(1, 100))
    parts = [await get_page(ctx, listings, 1, 0, ALL, Page(number, 4)) for number in (1, 2, 3)]
    assert [part.number for part in parts] == [1, 2, 3]
    assert {(part.pages, part.total) for part in parts} == {(2, 6)}
    assert [account for part in parts for account in part.accounts] == whole.accounts
    assert parts[-1].accounts == []


async def test_statements_do_not_grow_with_the_page(ctx: Context) -> None:
    listings = Listings()
    await get_page(ctx, listings, 1, 0, ALL, Page())
    counts = set()
    for page in (Page(2, 1), Page(6, 1), Page(1, 6)):
        with counted() as sent:
            found = await get_page(ctx, listings, 1, 0, ALL, page)
        assert found.accounts
        counts.add(len(sent))
    assert len(counts) == 1


async def test_weeks_have_no_reports(ctx: Context) -> None:
    with pytest.raises(NotFound):
        await get_page(ctx, Listings(), 1, 10_654, ALL, Page())
