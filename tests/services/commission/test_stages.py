from sqlalchemy import select
from tests.factories.closing import CLOSER
from tests.factories.golden import PERIOD
from tests.factories.golden_company import found_company

from upline.core.context import SYSTEM
from upline.core.db import Database
from upline.models.commission import CommissionRun
from upline.services.commission import runs, stages
from upline.services.commission.runs import FINAL
from upline.services.commission.stages import Recorder
from upline.services.period import commands
from upline.services.plan import versions


async def test_what_is_under_way_is_seen_by_others(committed_database: Database) -> None:
    contexts = await found_company(committed_database)
    async with contexts.open(CLOSER) as holder:
        assert await stages.find_standing(holder, PERIOD) is None
        await runs.lock_period(holder.session, PERIOD)
        async with contexts.open(CLOSER) as ctx:
            await commands.lock(ctx, PERIOD)
            plan = await versions.in_force(ctx.session, PERIOD)
            started = await runs.start(ctx, PERIOD, FINAL, plan, None)
        said: list[tuple[str, int, int | None]] = []
        recorder = Recorder(contexts, started, lambda *what: said.append(what))
        seen = []
        for stage in stages.BEGINS:
            await recorder.enter(stage)
            if stage == "storing":
                recorder("Storing", 1, 2)
                await recorder.settle()
            async with contexts.open(SYSTEM) as ctx:
                standing = await stages.find_standing(ctx, PERIOD)
            assert standing is not None
            assert standing.is_alive
            assert standing.started_by == "administrator:1"
            seen.append((standing.stage, standing.percent))
    assert seen == [("reading", 0), ("calculating", 25), ("storing", 72), ("sealing", 95)]
    assert said[:3] == [("Reading", 0, 1), ("Reading", 1, 1), ("Calculating", 0, 1)]
    async with contexts.open(SYSTEM) as ctx:
        left = await stages.find_standing(ctx, PERIOD)
        assert left is not None
        assert not left.is_alive  # its lock went with the transaction that held it


async def test_stages_of_a_run_that_was_decided_on_are_left_alone(
    committed_database: Database,
) -> None:
    contexts = await found_company(committed_database)
    async with contexts.open(CLOSER) as ctx:
        await commands.lock(ctx, PERIOD)
        plan = await versions.in_force(ctx.session, PERIOD)
        started = await runs.start(ctx, PERIOD, FINAL, plan, None)
        await runs.fail(ctx, started)
    await Recorder(contexts, started, lambda *_: None).enter("storing")
    async with contexts.open(SYSTEM) as ctx:
        assert await ctx.session.scalar(select(CommissionRun.stage)) == "failed"
