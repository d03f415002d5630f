"""The family of `factories.family`, seen by its root."""

import pytest
from sqlalchemy.ext.asyncio import AsyncSession
from tests.factories.family import add_family, add_months
from tests.factories.figures import context_of

from upline.core.context import Context


@pytest.fixture
async def ctx(session: AsyncSession) -> Context:
    await add_family(session)
    await add_months(session)
    return context_of(session, 1)
