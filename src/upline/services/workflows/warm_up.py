"""What a server does before its first caller comes, so that they do not wait for it.

Plans are parsed and compiled; the reads that pages open with are asked once, which puts their
statements together, for the runs in force, and prepares them on a connection.
"""

from collections.abc import Awaitable, Callable
from contextlib import suppress

from sqlalchemy import func, select

from upline.core.context import SYSTEM, Context, ContextFactory
from upline.core.errors import DomainError
from upline.core.paging import Page
from upline.models.customer import Customer
from upline.services.commission import queries as statements
from upline.services.contest import leaders, standings
from upline.services.explain import queries as explanations
from upline.services.organization import statistics
from upline.services.organization.visibility import Genealogy
from upline.services.volume import entries, legs, projected, queries

PAGE = Page(size=1)
# Of one customer, in what runs now.
READS: tuple[Callable[[Context, int], Awaitable[object]], ...] = (
    lambda ctx, one: queries.get_volume(ctx, one, 0),
    lambda ctx, one: queries.list_volumes(ctx, one, PAGE),
    lambda ctx, one: legs.get_legs(ctx, one, 0),
    lambda ctx, one: legs.list_carryover(ctx, one, PAGE),
    lambda ctx, one: projected.get_projection(ctx, one, 0),
    lambda ctx, one: entries.list_entries(ctx, one, 0, PAGE),
    lambda ctx, one: statistics.list_levels(ctx, one, 0, PAGE, 1),
    lambda ctx, one: statistics.list_areas(ctx, one, 0),
    lambda ctx, one: statistics.list_ranks(ctx, one, Genealogy.SPONSOR, 0),
    lambda ctx, one: leaders.list_leaders(ctx, one, 0),
    lambda ctx, one: standings.get_standings(ctx, one, 0, 0),
    lambda ctx, one: standings.list_entries(ctx, one, 0, 0, PAGE),
    lambda ctx, one: statements.list_statements(ctx, one, PAGE),
    lambda ctx, one: statements.get_statement(ctx, one, 0, PAGE),
    lambda ctx, one: explanations.explain_source(ctx, one, 0, one),
)


async def warm_up(contexts: ContextFactory) -> None:
    """Ask READS about the first customer, each in a transaction of its own, as requests do."""
    async with contexts.open(SYSTEM) as ctx:
        first = await ctx.session.scalar(select(func.min(Customer.customer_id)))
    if first is None:
        return
    for read in READS:
        async with contexts.open(SYSTEM) as ctx:
            with suppress(DomainError):  # not everything there is to ask about exists
                await read(ctx, first)
