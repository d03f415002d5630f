"""Flushed legs are given back: by an exemption for the closed period, and its restatement."""

from datetime import date

import pytest
from tests.factories.closing import close
from tests.services.commission.test_legs import OCTOBER, SEPTEMBER, company, figures

from upline.core.context import SYSTEM
from upline.core.db import Database
from upline.core.errors import FieldInvalid
from upline.services.commission import exemptions, runs
from upline.services.verify import auditor
from upline.services.workflows import rerun_period, restate_period

BONUS = 'rate = "10%"\nactive = { pv = 50 }\ninactive = "flush"\n'


async def test_flushed_legs_are_reinstated(committed_database: Database) -> None:
    """1 was inactive in September and lost both legs; in October he is active again."""
    contexts = await company(
        committed_database,
        BONUS,
        (2, date(2014, 9, 2), "300"),
        (3, date(2014, 9, 2), "100"),
        (1, date(2014, 10, 2), "60"),
        (3, date(2014, 10, 3), "200"),
    )
    september = (await close(contexts, SEPTEMBER)).run_id
    assert await figures(contexts, september, 1) == (0, 300, 0, 300, 0)
    async with contexts.open(SYSTEM) as ctx:
        await exemptions.spare(ctx, 1, SEPTEMBER, SEPTEMBER, "His order was lost by us")

    # What closed is what was known then …
    prints = await rerun_period.rerun(contexts, SEPTEMBER, SYSTEM)
    assert all(one.agrees for one in prints)
    # … and as now known the legs were kept, which October begins with.
    await restate_period.restate(contexts, SEPTEMBER, SYSTEM)
    async with contexts.open(SYSTEM) as ctx:
        standing = await runs.find_standing_run(ctx.session, SEPTEMBER)
    assert standing is not None
    assert await figures(contexts, standing, 1) == (0, 300, 0, 0, 300)
    async with contexts.open(SYSTEM) as ctx:
        with pytest.raises(FieldInvalid, match="closed already"):
            await exemptions.end(ctx, 1, SEPTEMBER - 1)
    october = (await close(contexts, OCTOBER)).run_id
    assert await figures(contexts, october, 1) == (300, 0, 300, 0, 0)
    async with contexts.open(SYSTEM) as ctx:
        assert await auditor.verify(ctx.session) == []
