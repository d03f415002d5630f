"""The guid is the permission, and the only one."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from tests.factories.figures import NOVEMBER

from upline.core.context import Context
from upline.core.errors import NotFound
from upline.services.reports import downloads
from upline.services.reports.definitions import (
    Comparison,
    Definition,
    Filter,
    Measure,
    Order,
    Report,
)
from upline.services.reports.downloads import LIFETIME, Download

DOWNLOAD = Download(
    viewer_id=1,
    period_id=NOVEMBER,
    definition=Definition(
        Report.ALL_MEMBERS,
        (
            Filter(Measure.PV, Comparison.AT_LEAST, Decimal("50.25")),
            Filter(Measure.LEVEL, Comparison.EQUAL, Decimal(1)),
        ),
        Order.NAME,
        descending=False,
    ),
    columns=("name", "address"),
)


async def test_what_was_loaded_is_what_is_downloaded(ctx: Context) -> None:
    guid = await downloads.create(ctx, DOWNLOAD)
    assert await downloads.get(ctx, "all-members", guid) == DOWNLOAD
    assert await downloads.get(ctx, "all-members", guid.upper()) == DOWNLOAD


async def test_a_guid_opens_its_own_report_for_its_time(ctx: Context) -> None:
    guid = await downloads.create(ctx, DOWNLOAD)
    in_time = replace(ctx, now=ctx.now + LIFETIME - timedelta(seconds=1))
    assert await downloads.get(in_time, "all-members", guid) == DOWNLOAD
    late = replace(ctx, now=ctx.now + LIFETIME)
    for context, report, name in (
        (ctx, "all", guid),
        (ctx, "all-members", guid[:-1]),
        (ctx, "all-members", "\ud800"),
        (late, "all-members", guid),
    ):
        with pytest.raises(NotFound):
            await downloads.get(context, report, name)


async def test_only_what_expired_is_purged(ctx: Context) -> None:
    old = await downloads.create(ctx, DOWNLOAD)
    later = replace(ctx, now=ctx.now + LIFETIME)
    new = await downloads.create(later, DOWNLOAD)
    await downloads.purge(later)
    with pytest.raises(NotFound):
        await downloads.get(ctx, "all-members", old)
    assert await downloads.get(later, "all-members", new) == DOWNLOAD
