import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from tests.factories.closing import close
from tests.factories.golden import MEMBER, PERIOD
from tests.factories.golden_company import found_company

from upline.core.context import SYSTEM, ContextFactory
from upline.core.db import Database
from upline.core.errors import FieldInvalid, NotFound
from upline.models.commission import RankAchievement
from upline.models.operation import AuditEntry
from upline.models.volume import MemberPeriod
from upline.services.rank import overrides
from upline.services.rank.overrides import AlreadyLifted, PeriodDecided
from upline.services.verify import auditor
from upline.services.workflows import close_period, refresh_periods

SILVER, SENIOR_STAR = 4, 2


async def _ranks(contexts: ContextFactory, run_id: int) -> tuple[int, int, int]:
    async with contexts.open(SYSTEM) as ctx:
        query = select(
            MemberPeriod.rank_id, MemberPeriod.paid_rank_id, MemberPeriod.forced_rank_id
        ).where(MemberPeriod.run_id == run_id, MemberPeriod.customer_id == MEMBER)
        return tuple((await ctx.session.execute(query)).one())


async def test_a_forced_rank_is_paid_but_not_achieved(committed_database: Database) -> None:
    contexts = await found_company(committed_database)
    async with contexts.open(SYSTEM) as ctx:
        await overrides.force(ctx, MEMBER, "silver", PERIOD, PERIOD, "Promised at the convention")
    outcome = await close(contexts, PERIOD)
    assert await _ranks(contexts, outcome.run_id) == (SENIOR_STAR, SILVER, SILVER)
    async with contexts.open(SYSTEM) as ctx:
        achieved = select(RankAchievement.rank_id).where(RankAchievement.customer_id == MEMBER)
        assert SILVER not in set(await ctx.session.scalars(achieved))
        assert await auditor.verify(ctx.session) == []


async def test_nobody_is_forced_without_an_override(committed_database: Database) -> None:
    contexts = await found_company(committed_database)
    outcome = await close_period.preview(contexts, PERIOD, SYSTEM)
    assert await _ranks(contexts, outcome.run_id) == (SENIOR_STAR, SENIOR_STAR, -1)


async def test_lifting_and_refreshing(committed_database: Database) -> None:
    contexts = await found_company(committed_database)
    await close_period.preview(contexts, PERIOD, SYSTEM)
    async with contexts.open(SYSTEM) as ctx:
        assert not await refresh_periods.needs_refresh(ctx, PERIOD)
        first = await overrides.force(ctx, MEMBER, "7", PERIOD, None, "A try")
        second = await overrides.force(ctx, MEMBER, "gold", PERIOD, None, "A better one")
    async with contexts.open(SYSTEM) as ctx:
        assert await refresh_periods.needs_refresh(ctx, PERIOD)
        await overrides.lift(ctx, second, PERIOD + 1, "Over")
        with pytest.raises(AlreadyLifted):
            await overrides.lift(ctx, second, PERIOD, "Again")
    outcome = await close_period.preview(contexts, PERIOD, SYSTEM)
    assert (await _ranks(contexts, outcome.run_id))[1] == 5
    async with contexts.open(SYSTEM) as ctx:
        await overrides.lift(ctx, first, PERIOD, "Never meant")
        holding = await overrides.list_overrides(ctx, period_id=PERIOD)
        assert [(one.override_id, one.lifted_from) for one in holding] == [(second, PERIOD + 1)]
        assert await overrides.list_overrides(ctx, period_id=PERIOD + 1) == []
        everything = await overrides.list_overrides(ctx, MEMBER)
        assert [one.rank for one in everything] == ["Gold", "Diamond"]
        actions = await ctx.session.scalars(
            select(AuditEntry.action).order_by(AuditEntry.audit_entry_id)
        )
        assert list(actions)[-4:] == ["rank.force", "rank.force", "rank.lift", "rank.lift"]


async def test_refusals(committed_database: Database) -> None:
    contexts = await found_company(committed_database)
    async with contexts.open(SYSTEM) as ctx:
        for rank, first, last, reason, field in (
            ("king", PERIOD, None, "x", "rank"),
            ("gold", PERIOD, PERIOD - 1, "x", "last_period_id"),
            ("gold", PERIOD, 10_000, "x", "last_period_id"),
            ("gold", -5, None, "x", "first_period_id"),
            ("gold", PERIOD, None, "  ", "reason"),
        ):
            with pytest.raises(FieldInvalid) as refused:
                await overrides.force(ctx, MEMBER, rank, first, last, reason)
            assert refused.value.field == field
        with pytest.raises(NotFound):
            await overrides.force(ctx, 99_999_999, "gold", PERIOD, None, "x")
        with pytest.raises(NotFound):
            await overrides.lift(ctx, 4711, PERIOD, "x")
    await close(contexts, PERIOD)
    async with contexts.open(SYSTEM) as ctx:
        with pytest.raises(PeriodDecided):
            await overrides.force(ctx, MEMBER, "gold", PERIOD, None, "Too late")


async def test_overrides_are_never_changed(committed_database: Database) -> None:
    contexts = await found_company(committed_database)
    async with contexts.open(SYSTEM) as ctx:
        await overrides.force(ctx, MEMBER, "gold", PERIOD, None, "x")
    for statement in ("UPDATE rank_overrides SET rank_id = 9", "DELETE FROM rank_overrides"):
        with pytest.raises(IntegrityError):
            async with contexts.open(SYSTEM) as ctx:
                await ctx.session.execute(text(statement))
