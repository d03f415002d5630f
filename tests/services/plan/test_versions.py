import pytest
from tests.factories.closing import close
from tests.factories.company import load_essential
from tests.factories.golden import PERIOD
from tests.factories.golden_company import found_company

from upline.core.context import SYSTEM
from upline.core.db import Database
from upline.services.period import calendar, queries
from upline.services.plan import versions


def test_weeks_and_states_are_numbered_alike() -> None:
    assert versions.WEEKS_FROM == calendar.FIRST_WEEK
    assert versions.CLOSING == queries.CLOSING


async def test_a_closed_period_keeps_the_plan_it_ran_under(committed_database: Database) -> None:
    contexts = await found_company(committed_database)
    await close(contexts, PERIOD)
    async with contexts.open(SYSTEM) as ctx:
        before = await versions.in_force(ctx.session, PERIOD)
        with pytest.raises(versions.GovernsClosed):
            await load_essential(ctx.session, PERIOD)
        await load_essential(ctx.session, PERIOD + 1)
        after = await versions.history(ctx.session)
    assert after.find(PERIOD) == before
    assert after.find(PERIOD + 1) != before


async def test_without_a_plan_there_is_none(committed_database: Database) -> None:
    async with committed_database.session() as session:
        with pytest.raises(versions.NoPlan):
            await versions.in_force(session, PERIOD)
