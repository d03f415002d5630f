"""Listings are made once a run, kept within bounds, and the same from page to page."""

import asyncio
from dataclasses import replace
from datetime import date, timedelta

from sqlalchemy import update
from tests.factories.company import add_members
from tests.factories.figures import NOVEMBER, OCTOBER
from tests.factories.statements import counted

from upline.core.context import Context
from upline.models.commission import CommissionRun
from upline.models.period import Period
from upline.services.organization.accounts import get_figures
from upline.services.reports.definitions import Definition, Order, Report
from upline.services.reports.listings import GOOD_FOR, KEEP, Listing, Listings, make_listing

ALL = Definition(Report.ALL)
NEWEST = date(2014, 11, 16)
FAMILY = {1, 2, 3, 4, 5, 6}


async def listed(
    ctx: Context, listings: Listings, viewer: int = 1, period: int = 0, *, first: bool = True
) -> Listing:
    figures = await get_figures(ctx, period)
    return await listings.get(ctx, viewer, figures, ALL, first=first)


async def test_everybody_below_is_listed_and_nobody_else(ctx: Context) -> None:
    listings = Listings()
    for viewer, below in {1: FAMILY, 2: {2, 4, 5, 6}, 3: {3}, 7: {7}}.items():
        assert set((await listed(ctx, listings, viewer)).part(0, 100)) == below


async def test_closed_months_keep_their_tree(ctx: Context) -> None:
    listings = Listings()
    assert set((await listed(ctx, listings, 3, OCTOBER)).part(0, 100)) == {3, 4}
    assert set((await listed(ctx, listings, 3, NOVEMBER)).part(0, 100)) == {3}


async def test_a_listing_is_made_once(ctx: Context) -> None:
    listings = Listings()
    made = await listed(ctx, listings)
    figures = await get_figures(ctx, 0)
    with counted() as sent:
        for first in (True, False):
            assert await listings.get(ctx, 1, figures, ALL, first=first) is made
    assert sent == []


async def test_requests_that_come_together_make_one(ctx: Context) -> None:
    listings = Listings()
    figures = await get_figures(ctx, 0)
    found = await asyncio.gather(
        *(listings.get(ctx, 1, figures, ALL, first=True) for _ in range(5))
    )
    assert len({id(listing) for listing in found}) == 1


async def test_first_pages_follow_the_run_and_later_ones_their_first(ctx: Context) -> None:
    listings = Listings()
    before = await listed(ctx, listings)
    old = (await get_figures(ctx, OCTOBER)).run_id
    await ctx.session.execute(update(Period).where(Period.period_id == NOVEMBER).values(run_id=old))
    assert await listed(ctx, listings, first=False) is before
    after = await listed(ctx, listings)
    assert after.run_id == old != before.run_id
    assert await listed(ctx, listings, first=False) is after


async def test_first_pages_follow_figures_that_change_in_place(ctx: Context) -> None:
    listings = Listings()
    before = await listed(ctx, listings)
    at_once = replace(ctx, now=ctx.now + before.looked_at * GOOD_FOR)
    later = replace(ctx, now=at_once.now + GOOD_FOR)
    assert await listed(later, listings) is before
    await ctx.session.execute(
        update(CommissionRun)
        .where(CommissionRun.run_id == before.run_id)
        .values(read_at=CommissionRun.read_at + timedelta(seconds=1))
    )
    assert await listed(at_once, listings) is before
    after = await listed(later, listings)
    assert after is not before
    assert await listed(later, listings, first=False) is after


async def test_old_listings_are_made_again(ctx: Context) -> None:
    listings = Listings()
    made = await listed(ctx, listings, first=False)
    later = replace(ctx, now=ctx.now + KEEP)
    assert await listed(later, listings, period=NOVEMBER, first=False) is made
    later = replace(ctx, now=ctx.now + KEEP + timedelta(seconds=1))
    assert await listed(later, listings, period=NOVEMBER, first=False) is not made


async def test_the_least_recently_read_go_first(ctx: Context) -> None:
    size = (await listed(ctx, Listings())).size
    listings = Listings(capacity=2 * size)
    first = await listed(ctx, listings, 1)
    second = await listed(ctx, listings, 2)
    assert await listed(ctx, listings, 1) is first
    await listed(ctx, listings, 3)
    assert await listed(ctx, listings, 1) is first
    assert await listed(ctx, listings, 2) is not second


async def test_even_empty_listings_take_room(ctx: Context) -> None:
    retail = Definition(Report.ALL_RETAIL)
    figures = await get_figures(ctx, 0)
    listing = await make_listing(ctx, 3, figures, retail)
    assert len(listing) == 0 < listing.size


async def test_who_no_run_knows_is_listed_alone(ctx: Context) -> None:
    await add_members(ctx.session, [{"customer_id": 8, "sponsor_id": 2, "enrolled_on": NEWEST}])
    figures = await get_figures(ctx, 0)
    for order in Order:
        found = await make_listing(ctx, 8, figures, Definition(Report.ALL_MEMBERS, order=order))
        assert found.part(0, 10) == [8]
    assert len(await make_listing(ctx, 8, figures, Definition(Report.ALL_RETAIL))) == 0


async def test_months_to_come_list_everybody_by_number(ctx: Context) -> None:
    figures = await get_figures(ctx, NOVEMBER + 9)
    assert (await make_listing(ctx, 1, figures, ALL)).part(0, 10) == sorted(FAMILY)


async def test_months_before_anything_was_run_list_who_had_come(ctx: Context) -> None:
    assert len(await make_listing(ctx, 1, await get_figures(ctx, OCTOBER - 2), ALL)) == 0
    september = await make_listing(ctx, 1, await get_figures(ctx, OCTOBER - 1), ALL)
    assert september.part(0, 10) == sorted(FAMILY)
