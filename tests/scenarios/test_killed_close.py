"""kill -9 at any point of a close or an approval leaves what was durable; the next try finishes."""

import pytest
from sqlalchemy import select, text
from tests.factories.closing import APPROVER, CLOSER
from tests.factories.golden import PERIOD
from tests.factories.golden_company import contexts_at, found_company
from tests.factories.victims import kill

from upline.core.context import SYSTEM, ContextFactory
from upline.core.db import Database
from upline.models.commission import CommissionRun
from upline.models.period import Period
from upline.services.commission import stages
from upline.services.period.queries import CLOSED, CLOSING, OPEN
from upline.services.verify import auditor
from upline.services.workflows import close_period, refresh_periods, review_period

# Where a close dies, and the stage its run had written down by then.
CLOSE = [
    ("commission.runs", "lock_period", None),
    ("workflows.close_period", "_claim", None),
    ("commission.runs", "start", None),
    ("commission.loading", "load", "reading"),
    ("workflows.calculation", "calculate", "calculating"),
    ("commission.runs", "hold", "storing"),
    ("commission.partitions", "fill", "storing"),
    ("commission.fingerprints", "take", "storing"),
    ("commission.filling", "fill", "storing"),
    ("commission.partitions", "attach", "sealing"),
    ("commission.runs", "finish", "sealing"),
    ("workflows.calculation", "store", "waiting"),
    ("workflows.close_period", "close", "waiting"),
]
APPROVE = [
    ("commission.runs", "lock_period"),
    ("commission.decisions", "approve"),
    ("ledger.postings", "post_commissions"),
    ("points.posting", "post_months"),
    ("commission.runs", "supersede_previews"),
    ("commission.fingerprints", "compare"),
    ("workflows.review_period", "_commit"),
    ("workflows.review_period", "approve"),
]
TRACES = (
    "SELECT (SELECT count(*) FROM ledger_entries), (SELECT count(*) FROM rank_achievements),"
    " (SELECT count(*) FROM point_entries), (SELECT count(*) FROM audit_entries),"
    " (SELECT count(*) FROM pg_class WHERE relname ~ '_r[0-9]+$' AND relkind = 'r')"
)


async def traces(contexts: ContextFactory) -> tuple[int, ...]:
    async with contexts.open(SYSTEM) as ctx:
        return tuple((await ctx.session.execute(text(TRACES))).one())


async def status(contexts: ContextFactory) -> int | None:
    async with contexts.open(SYSTEM) as ctx:
        return await ctx.session.scalar(select(Period.status_id).where(Period.period_id == PERIOD))


@pytest.mark.parametrize(("module", "name", "stage"), CLOSE)
async def test_closing(
    committed_database: Database, module: str, name: str, stage: str | None
) -> None:
    contexts = await found_company(committed_database)
    await close_period.preview(contexts, PERIOD, SYSTEM)
    before = await traces(contexts)
    kill(committed_database, "close", module, name)

    stored = stage == "waiting"
    async with contexts.open(SYSTEM) as ctx:
        standing = await stages.find_standing(ctx, PERIOD)
        assert standing is not None
        assert not standing.is_alive
        if stage is not None:
            assert standing.stage == stage
            assert (standing.percent == 100) == stored
    await refresh_periods.reopen_abandoned(contexts, SYSTEM)
    await refresh_periods.drop_superseded(contexts, SYSTEM)
    assert await status(contexts) == (CLOSING if stored else OPEN)
    if not stored:
        reopened = await traces(contexts)
        assert reopened[:3] + reopened[4:] == before[:3] + before[4:]

    final = await close_period.close(contexts, PERIOD, CLOSER)
    assert not stored or final.run_id == standing.run_id
    await review_period.approve(contexts, PERIOD, APPROVER)
    await check(contexts)


@pytest.mark.parametrize(("module", "name"), APPROVE)
async def test_approving(committed_database: Database, module: str, name: str) -> None:
    contexts = await found_company(committed_database)
    await close_period.preview(contexts, PERIOD, SYSTEM)
    await close_period.close(contexts, PERIOD, CLOSER)
    before = await traces(contexts)
    kill(committed_database, "approve", module, name)

    await refresh_periods.reopen_abandoned(contexts, SYSTEM)
    if name != "approve" or module != "workflows.review_period":
        assert await status(contexts) == CLOSING
        assert await traces(contexts) == before
        await review_period.approve(contexts_at(committed_database), PERIOD, APPROVER)
    await check(contexts)


async def check(contexts: ContextFactory) -> None:
    """Closed once, clean, and with the figures of the preview that was made before anything
    happened."""
    assert await status(contexts) == CLOSED
    async with contexts.open(SYSTEM) as ctx:
        assert await auditor.verify(ctx.session) == []
        sealed = await ctx.session.execute(
            select(
                CommissionRun.kind_id, CommissionRun.snapshot_digest, CommissionRun.result_digest
            ).where(CommissionRun.result_digest.is_not(None))
        )
        kinds, *digests = zip(*sealed.all(), strict=True)
        assert sorted(kinds) == [1, 2]
        assert all(len(set(digest)) == 1 for digest in digests)
