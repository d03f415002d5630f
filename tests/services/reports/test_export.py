"""Files are read batch by batch, each in a transaction of its own."""

import pytest
from tests.factories.family import add_family, add_months
from tests.factories.figures import NOVEMBER, NOW

from upline.core.clock import FixedClock
from upline.core.context import ANONYMOUS, SYSTEM, Company, ContextFactory
from upline.core.db import Database
from upline.services.reports import export
from upline.services.reports.definitions import Definition, Report
from upline.services.reports.downloads import Download
from upline.services.reports.listings import Listings

DOWNLOAD = Download(1, NOVEMBER, Definition(Report.ALL), ("name",))


async def test_batches_are_the_whole_and_hold_no_connection(
    committed_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "BATCH", 4)
    company = Company("Test", "America/Denver", "USD")
    contexts = ContextFactory(committed_database, FixedClock(NOW), company)
    async with contexts.open(SYSTEM) as ctx:
        await add_family(ctx.session)
        await add_months(ctx.session)
    async with contexts.open(SYSTEM) as ctx:
        listing = await export.get_listing(ctx, Listings(), DOWNLOAD)
    pool = committed_database.engine.pool
    sizes, seen = [], []
    async for accounts in export.read(contexts, ANONYMOUS, DOWNLOAD, listing):
        assert pool.checkedout() == 0  # type: ignore[attr-defined]
        sizes.append(len(accounts))
        seen += [account.customer_id for account in accounts]
    assert sizes == [4, 2]
    assert seen == listing.part(0, 100)
