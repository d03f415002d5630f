"""Reports as pages of account records."""

from dataclasses import dataclass

from upline.core.context import Context
from upline.core.paging import Page
from upline.services.organization.accounts import Account, get_figures, load_accounts
from upline.services.reports.definitions import Definition
from upline.services.reports.listings import Listings


@dataclass(frozen=True, slots=True)
class ReportPage:
    """One page; beyond the last one there are no accounts."""

    number: int
    pages: int
    total: int
    accounts: list[Account]


async def get_page(
    ctx: Context,
    listings: Listings,
    viewer_id: int,
    period_id: int,
    definition: Definition,
    page: Page,
) -> ReportPage:
    """A page of the viewer's report for a month (0: the current one)."""
    figures = await get_figures(ctx, period_id)
    listing = await listings.get(ctx, viewer_id, figures, definition, first=page.number == 1)
    numbers = listing.part(page.offset, page.limit)
    return ReportPage(
        number=page.number,
        pages=-(-len(listing) // page.size),
        total=len(listing),
        accounts=await load_accounts(ctx, viewer_id, numbers, figures) if numbers else [],
    )
