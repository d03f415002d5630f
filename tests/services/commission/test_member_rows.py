"""What a run reads of its members depends on the kind of period."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession
from tests.factories.company import add_members

from upline.core.db import raw_connection
from upline.models.customer import Customer
from upline.services.commission import member_rows
from upline.services.period import calendar
from upline.services.period.calendar import PeriodType

ENROLLED = [date(2014, 8, 31), date(2014, 9, 1), date(2014, 10, 31)]


@pytest.mark.parametrize("kind", [PeriodType.MONTH, PeriodType.WEEK])
async def test_periods_of_enrolment_are_of_the_runs_kind(
    session: AsyncSession, kind: PeriodType
) -> None:
    rows = [{"customer_id": k, "enrolled_on": day} for k, day in enumerate(ENROLLED, 1)]
    await add_members(session, rows)
    period = calendar.current_id(datetime(2014, 11, 3, tzinfo=UTC), "UTC", kind)
    raw = await raw_connection(await session.connection())
    members, _ = await member_rows.read_members(raw, period, "UTC", None)
    expected = [calendar.period_id(day, kind) for day in ENROLLED]
    assert members.enrolled_period.tolist() == expected


async def test_the_last_moment_of_a_month_belongs_to_it(session: AsyncSession) -> None:
    await add_members(session, [{"customer_id": 1, "enrolled_on": date(2014, 10, 31)}])
    last = datetime(2014, 10, 31, 23, 59, 59, 999_999, tzinfo=UTC)
    await session.execute(update(Customer).values(enrolled_at=last))
    october = calendar.period_id(date(2014, 10, 31), PeriodType.MONTH)
    raw = await raw_connection(await session.connection())
    members, _ = await member_rows.read_members(raw, october, "UTC", None)
    assert members.enrolled_period.tolist() == [october]
