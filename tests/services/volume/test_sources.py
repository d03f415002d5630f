"""Which run speaks for a period, and for all since somebody enrolled."""

from datetime import date

from sqlalchemy.ext.asyncio import AsyncSession
from tests.factories.family import add_family
from tests.factories.figures import NOVEMBER, NOW, OCTOBER, add_run, context_of

from upline.core.paging import Page
from upline.services.period import calendar
from upline.services.period.calendar import PeriodType
from upline.services.volume.sources import Source, find_sources, list_sources

WEEK = calendar.week_id(date(2014, 11, 17))
CAME_IN_SEPTEMBER = 1


async def test_in_the_order_asked_for(session: AsyncSession) -> None:
    run_id = await add_run(session, NOVEMBER, {})
    found = await find_sources(context_of(session), [NOVEMBER + 1, NOVEMBER])
    assert found == [Source(NOVEMBER + 1, None, NOW), Source(NOVEMBER, run_id, NOW)]


async def test_since_enrolment_by_kind_and_page(session: AsyncSession) -> None:
    await add_family(session)
    ctx = context_of(session)
    for period_id in (OCTOBER - 2, OCTOBER, NOVEMBER, WEEK):
        await add_run(session, period_id, {})
    everything = await list_sources(ctx, CAME_IN_SEPTEMBER, Page())
    assert [source.period_id for source in everything.items] == [WEEK, NOVEMBER, OCTOBER]
    months = await list_sources(ctx, CAME_IN_SEPTEMBER, Page(2, 1), [PeriodType.MONTH])
    assert ([source.period_id for source in months.items], months.total) == ([OCTOBER], 2)
    beyond = await list_sources(ctx, CAME_IN_SEPTEMBER, Page(9, 10))
    assert (beyond.items, beyond.total) == ([], 3)
