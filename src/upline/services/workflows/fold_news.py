"""An open period kept live: a full run to begin with, then news folded into its figures.

What one fold changed is written while the next one is worked out. What is held in memory is a copy
of what the database holds: a process that dies loses nothing, and whoever finds the figures changed
by somebody else begins anew.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import func, select, text

from upline.core.context import Context, ContextFactory, Principal
from upline.core.db import raw_connection, see_one_instant
from upline.core.progress import silent
from upline.engine.grafting import Odd
from upline.models.binary import CarryExemption
from upline.models.bonus import DonationPledge
from upline.models.commission import PlanVersion
from upline.models.customer import FormerOwner
from upline.models.engine_input import ExchangeRate, RankOverride
from upline.services.commission import runs
from upline.services.commission.runs import PREVIEW
from upline.services.commission.stages import Recorder
from upline.services.live import holding, news, publishing
from upline.services.live.holding import Changes, Held
from upline.services.live.news import News
from upline.services.live.publishing import Overtaken
from upline.services.workflows import calculation, close_period

__all__ = ["LivePeriod"]

REST_SECONDS = 2.0
# Whatever is given by rows of its own, which are never changed.
RULES = (
    PlanVersion.plan_version_id,
    RankOverride.override_id,
    ExchangeRate.rate_id,
    DonationPledge.pledge_id,
    CarryExemption.exemption_id,
    FormerOwner.former_owner_id,
)
Rules = tuple[int | None, ...]


@dataclass(slots=True)
class LivePeriod:
    """One open period in the care of this process.

    renew: how long news are folded into one run before the next full one, which brings up what is
    summed up beside the figures (roll-ups, contests) and tidies the tables. Folding goes on while
    that one is made; what was folded meanwhile is folded into it, too, before it takes over.
    """

    contexts: ContextFactory
    period_id: int
    actor: Principal
    renew: timedelta
    held: Held | None = None
    _rules: Rules = ()
    _rests_until: float = 0.0
    _renewal: asyncio.Task[None] | None = None
    _writing: asyncio.Task[None] | None = None
    _folding: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def advance(self) -> bool:
        """Take one step: a full run where there is none to go on from, else what is new; False when
        there was nothing to do. Raises what `close_period.preview` raises."""
        if self._renewal is not None and (self._renewal.done() or self.held is None):
            renewal, self._renewal = self._renewal, None
            await renewal
            return True
        if self.held is None:
            await self._given_up()
            if time.monotonic() < self._rests_until:
                return False
            await self._begin()
            return True
        async with self._folding:
            return await self._fold()

    async def stop(self) -> None:
        """Give up what is being written, and a full run that is being made; nothing of them is
        left."""
        tasks = [task for task in (self._writing, self._renewal) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)  # however they ended

    async def _fold(self) -> bool:
        held, self.held = self.held, None  # whatever goes wrong from here on, begin anew
        fresh = await self._read(held) if held else None
        if held is None or fresh is None:
            return True
        try:
            if not fresh:
                await self._written()
                held.seen = fresh.seen
                self.held = held
                return False
            changes = await asyncio.to_thread(holding.fold, held, fresh)
            await self._written()
        except (Odd, Overtaken):
            # What is not folded is run in full, but not without a break.
            self._rests_until = time.monotonic() + REST_SECONDS
            return True
        self._writing = asyncio.create_task(self._write(changes))
        self.held = held
        if self._renewal is None and self.contexts.clock.now() - held.begun_at >= self.renew:
            self._renewal = asyncio.create_task(self._begin())
        return True

    async def _write(self, changes: Changes) -> None:
        async with self.contexts.open(self.actor) as ctx:
            # A crash may take the last cycles with it, seen and all: they are folded again.
            await ctx.session.execute(text("SET LOCAL synchronous_commit = off"))
            await publishing.publish(ctx, changes)

    async def _written(self) -> None:
        """Wait for the fold before to be written; raises what that raised."""
        if self._writing is not None:
            writing, self._writing = self._writing, None
            await writing

    async def _given_up(self) -> None:
        """The same where what is held is not gone on from: whoever overtook it has better."""
        with contextlib.suppress(Overtaken):
            await self._written()

    async def _read(self, held: Held) -> News | None:
        """What is new; None where it takes a full run."""
        async with self.contexts.open(self.actor) as ctx:
            await see_one_instant(ctx.session)
            # Other plans, forced ranks, rates and the like, or other figures of the period before,
            # are other figures to start from.
            previous = await runs.find_previous_run(ctx.session, self.period_id)
            if previous != held.started.previous_run or await _newest_rules(ctx) != self._rules:
                return None
            return await _read_news(ctx, held)

    async def _begin(self) -> None:
        """Preview the period in full, keep what it was made of, and go on from there."""
        contexts, actor = self.contexts, self.actor
        async with contexts.open(actor) as ctx:
            rules = await _newest_rules(ctx)
        async with close_period.claimed(contexts, self.period_id, actor, PREVIEW) as started:
            recorder = Recorder(contexts, started, silent)
            loaded = await calculation.read(contexts, started, actor)
            snapshot = await asyncio.to_thread(calculation.build, self.period_id, loaded)
            result = await calculation.calculate(started, snapshot)
            held = await asyncio.to_thread(
                holding.hold, started, contexts.clock.now(), loaded.seen, snapshot, result
            )

            async def decide(ctx: Context) -> None:
                await close_period.put_in_force(ctx, started)
                async with contexts.open(actor) as reading:
                    await see_one_instant(reading.session)
                    fresh = await _read_news(reading, held)
                with contextlib.suppress(Odd):  # it leaves what is held unsound
                    if fresh:
                        await _fold_into(ctx, held, fresh)

            await calculation.store(
                contexts,
                started,
                actor,
                loaded,
                snapshot,
                result,
                recorder,
                decide,
                self._taking_over(held, rules),
            )

    @asynccontextmanager
    async def _taking_over(self, held: Held, rules: Rules) -> AsyncIterator[None]:
        """Nothing is folded until the new run is in force, and from then on into it."""
        async with self._folding:
            await self._given_up()
            yield
            self.held, self._rules = held if held.sound else None, rules
            if self.held is None:
                self._rests_until = time.monotonic() + REST_SECONDS


async def _read_news(ctx: Context, held: Held) -> News:
    connection = await raw_connection(await ctx.session.connection())
    period_id, previous = held.started.period_id, held.started.previous_run
    plan, zone = held.started.plan.compiled, ctx.company.time_zone
    currencies = held.snapshot.extras.rates.currencies
    return await news.read(connection, plan, period_id, zone, previous, held.seen, currencies)


async def _fold_into(ctx: Context, held: Held, fresh: News) -> None:
    """Bring what is held and what is stored up to the news; raises Odd or Overtaken."""
    await publishing.publish(ctx, await asyncio.to_thread(holding.fold, held, fresh))


async def _newest_rules(ctx: Context) -> Rules:
    """The last of each kind of rule that there is, and how many exemptions have ended."""
    newest = [select(func.max(key)).scalar_subquery() for key in RULES]
    ended = select(func.count(CarryExemption.valid_to)).scalar_subquery()
    return tuple((await ctx.session.execute(select(*newest, ended))).one())
