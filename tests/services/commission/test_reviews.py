from collections.abc import Sequence
from decimal import Decimal

import pytest
from tests.factories.closing import APPROVER, CLOSER
from tests.factories.company import add_orders
from tests.factories.golden import MEMBER, PERIOD
from tests.factories.golden_company import found_company

from upline.core.context import SYSTEM, ContextFactory
from upline.core.db import Database
from upline.services.commission import reviews
from upline.services.commission.reviews import By, Difference, Reviewed
from upline.services.workflows import close_period, review_period


@pytest.fixture
async def waiting(committed_database: Database) -> ContextFactory:
    """October under review; an order came in after its last preview."""
    contexts = await found_company(committed_database)
    await close_period.preview(contexts, PERIOD, SYSTEM)
    async with contexts.open(SYSTEM) as ctx:
        day = ctx.now.date().replace(month=10)
        order = {"order_id": 1, "customer_id": 123445, "ordered_on": day, "pv": "100"}
        await add_orders(ctx.session, [order])
    await close_period.close(contexts, PERIOD, CLOSER)
    return contexts


async def differences(
    contexts: ContextFactory, by: By, limit: int | None = None
) -> Sequence[Difference]:
    async with contexts.open(SYSTEM) as ctx:
        reviewed = await reviews.find_reviewed(ctx, PERIOD)
        assert reviewed is not None
        assert reviewed.preview_run is not None
        run_id = reviewed.outcome.run_id
        found = reviews.stream_differences(ctx, run_id, reviewed.preview_run, by, limit)
        return [each async for each in found]


async def test_totals_of_every_sort_come_to_the_same(waiting: ContextFactory) -> None:
    async with waiting.open(SYSTEM) as ctx:
        reviewed = await reviews.find_reviewed(ctx, PERIOD)
        assert reviewed is not None
        totals = await reviews.list_totals(ctx, reviewed)
    sums = {
        by: sum((total.now.amount for total in totals if total.by == by), Decimal(0))
        for by in reviews.TOTALS
    }
    previewed = {
        by: sum((total.preview.amount for total in totals if total.by == by), Decimal(0))
        for by in reviews.TOTALS
    }
    assert len(set(sums.values())) == 1
    assert set(previewed.values()) == {Decimal("870.49")}
    bonuses = {total.name: total for total in totals if total.by == "bonus"}
    assert bonuses["fees"].now.amount == -3 * bonuses["fees"].now.members
    assert {total.name for total in totals if total.by == "country"} == {"US"}
    ranks = [total.now.members for total in totals if total.by == "rank"]
    assert sum(ranks) == reviewed.outcome.members
    assert all(total.previous.members == 0 for total in totals)


async def test_an_order_since_the_preview_shows_in_lines_and_members(
    waiting: ContextFactory,
) -> None:
    members = await differences(waiting, By.MEMBERS)
    lines = await differences(waiting, By.LINES)
    assert {line.source_id for line in lines} == {123445}
    gained = {each.customer_id: each.now - each.before for each in members}
    assert gained[MEMBER] == 8  # 8 % of 100 on the first level
    sizes = [abs(line.now - line.before) for line in lines]
    assert sizes == sorted(sizes, reverse=True)
    assert await differences(waiting, By.LINES, 1) == lines[:1]


async def test_approved_figures_can_still_be_looked_at(waiting: ContextFactory) -> None:
    await review_period.approve(waiting, PERIOD, APPROVER)
    async with waiting.open(SYSTEM) as ctx:
        reviewed = await reviews.find_reviewed(ctx, PERIOD)
    assert isinstance(reviewed, Reviewed)
    assert (reviewed.started_by, reviewed.approved_by) == ("administrator:1", "administrator:2")
    assert reviewed.preview_run is None


async def test_a_preview_is_nothing_to_review(committed_database: Database) -> None:
    contexts = await found_company(committed_database)
    async with contexts.open(SYSTEM) as ctx:
        assert await reviews.find_reviewed(ctx, PERIOD) is None
    await close_period.preview(contexts, PERIOD, SYSTEM)
    async with contexts.open(SYSTEM) as ctx:
        assert await reviews.find_reviewed(ctx, PERIOD) is None
