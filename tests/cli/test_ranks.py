from datetime import date

import pytest
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
from tests.cli.conftest import Upline
from tests.factories.company import add_members, load_essential


@pytest.fixture
async def member(clone_url: str) -> int:
    engine = create_async_engine(clone_url)
    async with AsyncSession(engine) as session:
        await load_essential(session)
        await add_members(session, [{"customer_id": 5, "enrolled_on": date(2014, 5, 1)}])
        await session.commit()
    await engine.dispose()
    return 5


async def test_a_rank_is_forced_listed_and_lifted(upline: Upline, member: int) -> None:
    forced = await upline("rank", "force", member, "gold", "--reason", "Founder")
    assert forced.exit_code == 0, forced.output
    assert "5 is paid as gold" in forced.output
    listed = await upline("rank", "list", "--member", member)
    assert "Founder" in listed.output
    assert "Gold" in listed.output
    assert (await upline("rank", "lift", 1, "--reason", "Enough")).exit_code == 0
    assert "Founder" not in (await upline("rank", "list", "--period", 0)).output


async def test_what_cannot_be_forced_is_said(upline: Upline, member: int) -> None:
    wrong = await upline("rank", "force", member, "emperor", "--reason", "x")
    assert wrong.exit_code == 1
    assert "no rank 'emperor'" in wrong.output
    assert (await upline("rank", "force", 77, "gold", "--reason", "x")).exit_code == 1
    assert (await upline("rank", "lift", 9, "--reason", "x")).exit_code == 1
