"""A move seen before it is made: who would gain and lose, with nothing changed."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from sqlalchemy import text
from tests.factories.golden import MEMBER, PERIOD
from tests.factories.golden_company import contexts_at, found_company

from upline.core.context import SYSTEM, ContextFactory
from upline.core.db import Database
from upline.core.errors import NotFound
from upline.services.organization import sponsor_changes
from upline.services.organization.sponsor_changes import NoSponsor, SponsorCycle
from upline.services.workflows import close_period
from upline.services.workflows.simulate_move import simulate_move

LEG, RETAIL, UPLINE = 123501, 123440, 120000
IN_OCTOBER = datetime(2014, 10, 31, 12, tzinfo=UTC)
TABLES = ("placements", "commission_runs", "member_periods", "audit_entries")
FIGURES = """
SELECT m.customer_id, coalesce(c.total_commission, 0), m.rank_id
FROM member_periods m JOIN periods p USING (run_id)
LEFT JOIN commission_checks c USING (run_id, customer_id) WHERE p.period_id = 405
"""


@pytest.fixture
async def contexts(committed_database: Database) -> ContextFactory:
    await found_company(committed_database)
    return contexts_at(committed_database, IN_OCTOBER)


async def figures(contexts: ContextFactory) -> dict[int, tuple[Decimal, int]]:
    await close_period.preview(contexts, PERIOD, SYSTEM)
    async with contexts.open(SYSTEM) as ctx:
        rows = await ctx.session.execute(text(FIGURES))
        return {row[0]: (row[1], row[2]) for row in rows}


async def counts(contexts: ContextFactory) -> list[int]:
    async with contexts.open(SYSTEM) as ctx:
        return [
            await ctx.session.scalar(text(f"SELECT count(*) FROM {table}")) or 0 for table in TABLES
        ]


async def test_what_is_foretold_comes_true(contexts: ContextFactory) -> None:
    before, rows = await figures(contexts), await counts(contexts)
    found = await simulate_move(contexts, LEG, UPLINE, SYSTEM)
    assert await counts(contexts) == rows
    assert (found.period_id, found.previous_sponsor_id, found.moved) == (PERIOD, MEMBER, 9)
    async with contexts.open(SYSTEM) as ctx:
        await sponsor_changes.move(ctx, LEG, UPLINE)
    after = await figures(contexts)
    changed = {n for n in before if before[n] != after[n]}
    assert {effect.customer_id for effect in found.effects} == changed
    for effect in found.effects:
        was, becomes = before[effect.customer_id], after[effect.customer_id]
        assert (effect.commission, effect.commission_after) == (was[0], becomes[0])
    assert found.total == sum(row[0] for row in before.values())
    assert found.total_after == sum(row[0] for row in after.values())
    gains = [abs(effect.gain) for effect in found.effects]
    assert gains == sorted(gains, reverse=True)
    avery = next(effect for effect in found.effects if effect.customer_id == MEMBER)
    assert (avery.name, avery.gain < 0) == ("Avery Golden", True)


async def test_what_can_not_be_can_not_be_simulated(contexts: ContextFactory) -> None:
    for member, sponsor, refusal in (
        (MEMBER, LEG, SponsorCycle),
        (LEG, RETAIL, NoSponsor),
        (LEG, 1, NotFound),
    ):
        with pytest.raises(refusal):
            await simulate_move(contexts, member, sponsor, SYSTEM)
