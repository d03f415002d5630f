"""The fast start widget: the window, what new members brought, what came of it."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from sqlalchemy.ext.asyncio import AsyncSession
from tests.factories.family import add_family
from tests.factories.figures import context_of
from tests.factories.golden import MEMBER, PERIOD
from tests.factories.golden_company import contexts_at, found_company

from upline.core.context import SYSTEM
from upline.core.db import Database
from upline.core.errors import NotFound
from upline.services.organization.faststart import Step, get_fast_start
from upline.services.plan import load_builtin, versions
from upline.services.workflows import close_period

NEWCOMER = 123605  # enrolled on the 2nd of October
IN_OCTOBER = datetime(2014, 10, 31, 12, tzinfo=UTC)


async def test_what_new_members_brought(committed_database: Database) -> None:
    """The documented check: 8.44 of one new member's 33.76, 67.40 of three below with 674."""
    await found_company(committed_database)
    contexts = contexts_at(committed_database, IN_OCTOBER)
    await close_period.preview(contexts, PERIOD, SYSTEM)
    async with contexts.open(SYSTEM) as ctx:
        found = await get_fast_start(ctx, MEMBER)
        new = await get_fast_start(ctx, NEWCOMER)
    assert (found.period_id, found.earned, found.currency_code) == (PERIOD, Decimal("75.84"), "USD")
    assert found.steps == [
        Step("Fast Start 1", 1, 1, Decimal(800), Decimal("33.76"), Decimal("8.44")),
        Step("Fast Start 2", 2, 3, Decimal(2400), Decimal(674), Decimal("67.40")),
    ]
    assert (found.window_start, found.window_end) == (date(2013, 5, 1), date(2013, 7, 31))
    assert found.days_left == 0
    assert (new.window_start, new.window_end) == (date(2014, 10, 2), date(2014, 12, 31))
    assert (new.days_left, new.earned) == (62, 0)
    assert [(step.members, step.target, step.bonus) for step in new.steps] == [(0, 0, 0)] * 2


async def test_a_plan_without_it_has_no_window(session: AsyncSession) -> None:
    await add_family(session)
    ctx = context_of(session)
    assert (await get_fast_start(ctx, 2)).steps == []
    await versions.load(session, load_builtin("binary").text, 10_000)
    found = await get_fast_start(ctx, 2)
    assert (found.window_start, found.window_end, found.days_left) == (None, None, 0)


@pytest.mark.parametrize(("member", "period"), [(99, 0), (2, 10_028), (2, -1)])
async def test_what_there_is_not(session: AsyncSession, member: int, period: int) -> None:
    await add_family(session)
    with pytest.raises(NotFound):
        await get_fast_start(context_of(session), member, period)
