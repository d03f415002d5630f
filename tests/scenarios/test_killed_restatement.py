"""kill -9 at any point of a restatement: all of it is posted, or nothing; the next try finishes."""

from datetime import date

import pytest
from sqlalchemy import text
from tests.factories.closing import CLOSER, close
from tests.factories.company import add_orders
from tests.factories.golden import MEMBER, PERIOD
from tests.factories.golden_company import found_company
from tests.factories.victims import kill

from upline.core.context import SYSTEM, ContextFactory
from upline.core.db import Database
from upline.services.verify import auditor
from upline.services.workflows import refresh_periods, restate_period

POINTS = [
    ("commission.runs", "start"),
    ("workflows.calculation", "read"),
    ("commission.filling", "fill"),
    ("workflows.calculation", "store"),
    ("commission.causes", "record"),
    ("workflows.restate_period", "_restate_one"),
    ("commission.decisions", "commit_restatements"),
    ("commission.corrections", "post"),
    ("workflows.restate_period", "_post"),
    ("workflows.restate_period", "restate"),
]
LATE = {"order_id": 1, "customer_id": MEMBER, "ordered_on": date(2014, 10, 20), "pv": "200"}
POSTED = "SELECT count(*), coalesce(sum(amount), 0) FROM commission_adjustments"


async def posted(contexts: ContextFactory) -> tuple[object, ...]:
    async with contexts.open(SYSTEM) as ctx:
        assert await auditor.verify(ctx.session) == []
        return tuple((await ctx.session.execute(text(POSTED))).one())


async def kept(contexts: ContextFactory) -> int | None:
    """How many runs have figures: of what nobody posted, only the record is to be left."""
    async with contexts.open(SYSTEM) as ctx:
        partitions = "SELECT count(*) FROM pg_class WHERE relname ~ '^member_periods_r[0-9]+$'"
        return await ctx.session.scalar(text(partitions))


@pytest.mark.parametrize(("module", "name"), POINTS)
async def test_restating(committed_database: Database, module: str, name: str) -> None:
    contexts = await found_company(committed_database)
    await close(contexts, PERIOD)
    async with contexts.open(SYSTEM) as ctx:
        await add_orders(ctx.session, [{**LATE, "is_late": True}])
    planned = (await restate_period.restate(contexts, PERIOD, CLOSER, dry_run=True)).corrections
    total = (len(planned), sum(correction.amount for correction in planned))
    kill(committed_database, "restate", module, name)

    done = name == "restate"
    await refresh_periods.reopen_abandoned(contexts, SYSTEM)
    await refresh_periods.drop_superseded(contexts, SYSTEM)
    assert await kept(contexts) == (2 if done else 1)
    assert await posted(contexts) == (total if done else (0, 0))
    again = await restate_period.restate(contexts, PERIOD, CLOSER)
    assert again.corrections == ([] if done else planned)
    assert await posted(contexts) == total
    assert await kept(contexts) == 2
