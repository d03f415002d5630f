"""What a server does before its first caller comes, so that they do not wait for it.

Plans are parsed and compiled; the reads that pages open with are asked once, which puts their
statements together, for the runs in force, and prepares them on a connection.
"""

import gc
from collections.abc import Awaitable, Callable
from contextlib import suppress

from sqlalchemy import func, select

from upline.core.context import SYSTEM, Context, ContextFactory
from upline.core.errors import DomainError
from upline.core.paging import Page
from upline.models.customer import Customer
from upline.services.commission import queries as statements
from upline.services.contest import leaders, standings
from upline.services.customer.vocabulary import CustomerType
from upline.services.explain import queries as explanations
from upline.services.organization import (
    advancement,
    downlines,
    enrolled,
    faststart,
    nested,
    statistics,
    trees,
)
from upline.services.organization.downline_filters import Filter
from upline.services.organization.visibility import Genealogy
from upline.services.period import calendar
from upline.services.volume import entries, legs, projected, queries

PAGE, ALL, DISTRIBUTORS = Page(), Filter(), (CustomerType.DISTRIBUTOR,)
NAMED = Filter(search="a")
LEVELS = nested.GRAPH_LEVELS
Read = Callable[..., Awaitable[object]]


def _in_tree(genealogy: Genealogy, read: Read) -> Read:
    """A read that is told in which tree to look."""

    async def look(ctx: Context, one: int, month: int) -> None:
        await read(ctx, await trees.get_tree(ctx, genealogy, month), one)

    return look


# Of one customer.
READS: tuple[Read, ...] = (
    lambda ctx, one: queries.list_volumes(ctx, one, PAGE),
    lambda ctx, one: legs.list_carryover(ctx, one, PAGE),
    lambda ctx, one: projected.get_projection(ctx, one, 0),
    lambda ctx, one: statements.list_statements(ctx, one, PAGE),
)
# Of one customer in a tree.
READS_OF_TREES: tuple[tuple[Genealogy, Read], ...] = (
    (
        Genealogy.ENROLLER,
        lambda ctx, tree, one: enrolled.list_enrolled(ctx, tree, one, DISTRIBUTORS, PAGE),
    ),
    (Genealogy.SPONSOR, lambda ctx, tree, one: downlines.list_downline(ctx, tree, one, ALL, PAGE)),
    (
        Genealogy.SPONSOR,
        lambda ctx, tree, one: downlines.list_downline(ctx, tree, one, NAMED, PAGE),
    ),
    (Genealogy.SPONSOR, lambda ctx, tree, one: nested.get_nested(ctx, tree, one, LEVELS)),
    (Genealogy.BINARY, lambda ctx, tree, one: downlines.list_downline(ctx, tree, one, ALL, PAGE)),
    (Genealogy.BINARY, nested.get_binary),
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
    advancement.get_advancement,
    faststart.get_fast_start,
    *(_in_tree(genealogy, read) for genealogy, read in READS_OF_TREES),
)


async def warm_up(contexts: ContextFactory) -> None:
    """Ask all READS about the first customer, in the running month and the one before, each in a
    transaction of its own, as requests do.

    What is there afterwards stays: nobody looks through it for garbage any more.
    """
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
    gc.collect()
    gc.freeze()


async def _ask(contexts: ContextFactory, read: Read, *arguments: int) -> None:
    async with contexts.open(SYSTEM) as ctx:
        with suppress(DomainError):  # not everything there is to ask about exists
            await read(ctx, *arguments)
