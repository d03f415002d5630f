"""Exemptions hold for whole periods of the company's calendar, and say who gave them."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from tests.factories.family import add_family
from tests.factories.figures import context_of

from upline.core.errors import FieldInvalid, NotFound
from upline.models.operation import AuditEntry
from upline.services.commission import exemptions


async def test_an_exemption_lasts_to_the_end_of_its_last_period(session: AsyncSession) -> None:
    await add_family(session)
    ctx = context_of(session)
    await exemptions.spare(ctx, 2, 405, 406, "Moving house")
    await exemptions.spare(ctx, 3, 406, None, "Ill")
    [first] = await exemptions.list_exemptions(ctx, 2)
    assert first.valid_from == datetime(2014, 10, 1, 6, tzinfo=UTC)
    assert first.valid_to == datetime(2014, 12, 1, 7, tzinfo=UTC)
    assert first.created_by == "system"
    assert [one.customer_id for one in await exemptions.list_exemptions(ctx)] == [3, 2]
    subjects = await session.scalars(select(AuditEntry.subject).order_by(AuditEntry.subject))
    assert list(subjects) == ["customer:2", "customer:3"]


async def test_only_what_is_in_force_then_is_ended(session: AsyncSession) -> None:
    await add_family(session)
    ctx = context_of(session)
    await exemptions.spare(ctx, 2, 405, 405, "Ill")
    await exemptions.spare(ctx, 2, 406, None, "Ill again")
    assert await exemptions.end(ctx, 2, 407) == 1
    assert await exemptions.end(ctx, 2, 406) == 1
    for period in (404, 406):
        with pytest.raises(NotFound):
            await exemptions.end(ctx, 2, period)


@pytest.mark.parametrize(
    ("first", "last", "reason"),
    [(9, None, "x"), (405, 9, "x"), (405, 404, "x"), (405, None, ""), (405, None, "x" * 201)],
)
async def test_odd_periods_and_reasons_are_refused(
    session: AsyncSession, first: int, last: int | None, reason: str
) -> None:
    await add_family(session)
    with pytest.raises(FieldInvalid):
        await exemptions.spare(context_of(session), 2, first, last, reason)
