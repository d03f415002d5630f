"""What a server does before its first caller comes, so that they do not wait for it.

Plans are parsed and compiled; the reads that pages open with are asked once, which puts their
statements together, for the runs in force, and prepares them on a connection.
"""

from collections.abc import Awaitable, Callable
from contextlib import suppress

from sqlalchemy import func, select

from upline.core.context import SYSTEM, ContextFactory
from upline.core.errors import DomainError
from upline.core.paging import Page
from upline.models.customer import Customer
from upline.services.commission import queries as statements
from upline.services.contest import leaders, standings
from upline.services.explain import queries as explanations
from upline.services.organization import statistics
from upline.services.organization.visibility import Genealogy
from upline.services.period import calendar
from upline.services.volume import entries, legs, projected, queries

PAGE = Page()
Read = Callable[..., Awaitable[object]]
# Of one customer.
READS: tuple[Read, ...] = (
    lambda ctx, one: queries.list_volumes(ctx, one, PAGE),
    lambda ctx, one: legs.list_carryover(ctx, one, PAGE),
    lambda ctx, one: projected.get_projection(ctx, one, 0),
    lambda ctx, one: statements.list_statements(ctx, one, PAGE),
)
# Of one customer in a month.
READS_OF_MONTHS: tuple[Read, ...] = (
    queries.get_volume,
    legs.get_legs,
    lambda ctx, one, month: entries.list_entries(ctx, one, month, PAGE),
    lambda ctx, one, month: statistics.list_levels(ctx, one, month, PAGE, 1),
    statistics.list_areas,
    lambda ctx, one, month: statistics.list_ranks(ctx, one, Genealogy.SPONSOR, month),
    leaders.list_leaders,
    lambda ctx, one, month: standings.get_standings(ctx, one, 0, month),
    lambda ctx, one, month: standings.list_entries(ctx, one, 0, month, PAGE),
    lambda ctx, one, month: statements.get_statement(ctx, one, month, PAGE),
    lambda ctx, one, month: explanations.explain_source(ctx, one, month, one),
)


async def warm_up(contexts: ContextFactory) -> None:
    """Ask all READS about the first customer, in the running month and the one before, each in a
    transaction of its own, as requests do."""
    async with contexts.open(SYSTEM) as ctx:
        first = await ctx.session.scalar(select(func.min(Customer.customer_id)))
        running = calendar.current_id(ctx.now, ctx.company.time_zone)
    if first is None:
        return
    for read in READS:
        await _ask(contexts, read, first)
    for month in (running, running - 1):
        for read in READS_OF_MONTHS:
            await _ask(contexts, read, first, month)


async def _ask(contexts: ContextFactory, read: Read, *arguments: int) -> None:
    async with contexts.open(SYSTEM) as ctx:
        with suppress(DomainError):  # not everything there is to ask about exists
            await read(ctx, *arguments)
