"""An open period kept live: a full run to begin with, then news folded into its figures.

What is held in memory is a copy of what the database holds: a process that dies loses nothing, and
whoever finds the figures changed by somebody else begins anew.
"""

import asyncio
import time
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import func, select

from upline.core.context import Context, ContextFactory, Principal
from upline.core.db import raw_connection
from upline.core.progress import silent
from upline.engine.grafting import Odd
from upline.models.commission import PlanVersion
from upline.models.engine_input import ExchangeRate, RankOverride
from upline.services.commission import runs
from upline.services.commission.runs import PREVIEW
from upline.services.commission.stages import Recorder
from upline.services.live import holding, news, publishing
from upline.services.live.holding import Held
from upline.services.live.news import News
from upline.services.live.publishing import Overtaken
from upline.services.workflows import calculation, close_period

__all__ = ["LivePeriod", "begin"]

REST_SECONDS = 2.0
Rules = tuple[int | None, int | None, int | None]


@dataclass(slots=True)
class LivePeriod:
    """One open period in the care of this process.

    renew: how long news are folded into one run before the next full one, which brings up what is
    summed up beside the figures (roll-ups, contests) and tidies the tables.
    """

    contexts: ContextFactory
    period_id: int
    actor: Principal
    renew: timedelta
    held: Held | None = None
    _rules: Rules = (None, None, None)
    _rests_until: float = 0.0

    async def advance(self) -> bool:
        """Take one step: a full run where there is none to go on from, else what is new; False when
        there was nothing to do. Raises what `close_period.preview` raises."""
        if self.held is None:
            if time.monotonic() < self._rests_until:
                return False
            async with self.contexts.open(self.actor) as ctx:
                self._rules = await _newest_rules(ctx)
            self.held = await begin(self.contexts, self.period_id, self.actor)
            return True
        held, self.held = self.held, None  # whatever goes wrong from here on, begin anew
        fresh = await self._read(held)
        if fresh is None:
            return True
        if not fresh:
            held.seen = fresh.seen
            self.held = held
            return False
        try:
            changes = await asyncio.to_thread(holding.fold, held, fresh)
            async with self.contexts.open(self.actor) as ctx:
                await publishing.publish(ctx, held, changes)
        except (Odd, Overtaken):
            # What is not folded is run in full, but not without a break.
            self._rests_until = time.monotonic() + REST_SECONDS
            return True
        held.stored_seen = held.seen
        self.held = held
        return True

    async def _read(self, held: Held) -> News | None:
        """What is new; None where a full run is due."""
        async with self.contexts.open(self.actor) as ctx:
            await ctx.session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
            # Other plans, forced ranks and rates, or other figures of the period before, are other
            # figures to start from.
            previous = await runs.find_previous_run(ctx.session, self.period_id)
            if previous != held.started.previous_run or await _newest_rules(ctx) != self._rules:
                return None
            connection = await raw_connection(await ctx.session.connection())
            fresh = await news.read(
                connection,
                held.started.period_id,
                ctx.company.time_zone,
                held.started.previous_run,
                held.seen,
            )
            is_due = fresh and ctx.now - held.begun_at >= self.renew
            return None if is_due else fresh


async def begin(contexts: ContextFactory, period_id: int, actor: Principal) -> Held:
    """Preview a period in full and keep what it was made of."""
    async with close_period.claimed(contexts, period_id, actor, PREVIEW) as started:

        async def decide(ctx: Context) -> None:
            await close_period.put_in_force(ctx, started)

        recorder = Recorder(contexts, started, silent)
        loaded = await calculation.read(contexts, started, actor)
        snapshot = await asyncio.to_thread(calculation.build, period_id, loaded)
        result = await calculation.calculate(started, snapshot)
        held = await asyncio.to_thread(
            holding.hold, started, contexts.clock.now(), loaded.seen, snapshot, result
        )
        await calculation.store(
            contexts, started, actor, loaded, snapshot, result, recorder, decide
        )
    return held


async def _newest_rules(ctx: Context) -> Rules:
    """The last plan, forced rank and exchange rate that there are."""
    keys = PlanVersion.plan_version_id, RankOverride.override_id, ExchangeRate.rate_id
    newest = [select(func.max(key)).scalar_subquery() for key in keys]
    plan, override, rate = (await ctx.session.execute(select(*newest))).one()
    return plan, override, rate
