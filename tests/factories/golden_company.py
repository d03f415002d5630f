"""The golden company in a database, its October 2014 still open."""

from datetime import UTC, datetime, timedelta

from tests.factories.company import ZONE, add_members, add_orders, load_essential
from tests.factories.golden import golden_members, golden_orders

from upline.core.clock import FixedClock
from upline.core.context import SYSTEM, Company, ContextFactory
from upline.core.db import Database

AFTER_OCTOBER = datetime(2014, 11, 17, 20, tzinfo=UTC)


def contexts_at(database: Database, instant: datetime = AFTER_OCTOBER) -> ContextFactory:
    """Contexts whose clock stands at `instant`."""
    return ContextFactory(database, FixedClock(instant), Company("Golden", ZONE, "USD"))


def later(contexts: ContextFactory, days: int) -> ContextFactory:
    """The same, some days on."""
    return contexts_at(contexts.database, contexts.clock.now() + timedelta(days=days))


async def found_company(database: Database) -> ContextFactory:
    """Load plan, members and orders; returns contexts in November 2014."""
    contexts = contexts_at(database)
    async with contexts.open(SYSTEM) as ctx:
        await load_essential(ctx.session)
        await add_members(ctx.session, golden_members())
        await add_orders(ctx.session, golden_orders())
    return contexts
