"""A whole report, a batch of members at a time, for files of any length.

Every batch is a transaction of its own: a reader who is slow, or gone, holds neither a connection
nor old rows, and memory holds one batch besides the listing itself.
"""

from collections.abc import AsyncIterator

from upline.core.context import Context, ContextFactory, Principal
from upline.services.organization.accounts import Account, get_figures, load_accounts
from upline.services.reports.downloads import Download
from upline.services.reports.listings import Listing, Listings

BATCH = 500


async def get_listing(ctx: Context, listings: Listings, download: Download) -> Listing:
    """Whom a download lists, of the figures in force now."""
    figures = await get_figures(ctx, download.period_id)
    return await listings.get(ctx, download.viewer_id, figures, download.definition, first=True)


async def read(
    contexts: ContextFactory, actor: Principal, download: Download, listing: Listing
) -> AsyncIterator[list[Account]]:
    """The accounts of `listing` in order, BATCH by BATCH."""
    for start in range(0, len(listing), BATCH):
        async with contexts.open(actor) as ctx:
            # Asked again each time: the preview that was in force may be gone by now.
            figures = await get_figures(ctx, download.period_id)
            numbers = listing.part(start, BATCH)
            accounts = await load_accounts(ctx, download.viewer_id, numbers, figures)
        yield accounts
