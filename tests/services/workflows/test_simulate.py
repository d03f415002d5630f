"""What if, on the documented company: differences to the cent, and nothing changed."""

from decimal import Decimal

import pytest
from sqlalchemy import func, select
from tests.factories.closing import close
from tests.factories.golden import MEMBER, PERIOD
from tests.factories.golden_company import found_company

from upline.core.context import SYSTEM, ContextFactory
from upline.core.db import Database
from upline.core.errors import FieldInvalid, NotFound
from upline.models.commission import CommissionRun
from upline.services import plan as language
from upline.services.plan import versions
from upline.services.simulation.changes import Change, Order
from upline.services.workflows.simulate import Simulation, simulate

URSULA, ROOT, COOL, NINA = 120_000, 100_001, 123_445, 123_504
OCTOBER = range(PERIOD, PERIOD + 1)
HUNDRED = 1_000_000


@pytest.fixture
async def closed(committed_database: Database) -> ContextFactory:
    contexts = await found_company(committed_database)
    await close(contexts, PERIOD)
    return contexts


async def what_if(contexts: ContextFactory, change: Change, periods: range = OCTOBER) -> Simulation:
    return await simulate(contexts, periods, change, SYSTEM)


async def plan_with(contexts: ContextFactory, old: str, new: str) -> Change:
    async with contexts.open(SYSTEM) as ctx:
        text = (await versions.in_force(ctx.session, PERIOD)).source
    assert old in text
    return Change(plan=language.parse(text.replace(old, new), "changed"))


async def test_without_a_change_there_is_no_difference(closed: ContextFactory) -> None:
    found = await what_if(closed, Change())
    assert (found.effects, found.ranks, found.currency) == ([], [], "USD")
    assert found.totals[0].before == found.totals[0].after > 0


async def test_a_changed_plan(closed: ContextFactory) -> None:
    found = await what_if(closed, await plan_with(closed, 'rate = "24%"', 'rate = "30%"'))
    (effect,) = found.effects
    assert (effect.customer_id, effect.bonus) == (MEMBER, "Retail")
    assert (effect.before, effect.after) == (Decimal("11.84"), Decimal("14.80"))
    assert found.totals[0].after - found.totals[0].before == Decimal("2.96")


async def test_a_move(closed: ContextFactory) -> None:
    """Under Ursula instead of Avery, Cool's 75.25 points are Ursula's first level: 8 % for 5 %."""
    found = await what_if(closed, Change(moves=((COOL, URSULA),)))
    by_member = {effect.customer_id: effect for effect in found.effects}
    assert by_member[MEMBER].difference == Decimal("-6.02")
    assert by_member[URSULA].bonus == "Unilevel"
    assert by_member[URSULA].difference > 0


async def test_an_order(closed: ContextFactory) -> None:
    found = await what_if(closed, Change(orders=(Order(COOL, HUNDRED, HUNDRED),)))
    by_member = {
        effect.customer_id: effect.difference
        for effect in found.effects
        if effect.bonus == "Unilevel"
    }
    assert by_member[MEMBER] == Decimal("8.00")
    assert found.totals[0].after > found.totals[0].before


async def test_periods_hand_on_what_is_simulated(closed: ContextFactory) -> None:
    """November stands under October's simulated ranks, and the order is placed in October alone."""
    change = Change(orders=(Order(NINA, HUNDRED, HUNDRED),))
    found = await what_if(closed, change, range(PERIOD, PERIOD + 2))
    october, november = found.totals
    assert october.after > october.before
    assert november.after == november.before


async def test_nothing_is_written(closed: ContextFactory) -> None:
    async def count() -> int | None:
        async with closed.open(SYSTEM) as ctx:
            return await ctx.session.scalar(select(func.count()).select_from(CommissionRun))

    before = await count()
    await what_if(closed, Change(moves=((COOL, URSULA),)))
    assert await count() == before


async def test_what_cannot_be_is_refused(closed: ContextFactory) -> None:
    for change, field in (
        (Change(moves=((MEMBER, COOL),)), "move"),
        (Change(moves=((999, MEMBER),)), "move"),
        (Change(moves=((COOL, 999),)), "move"),
        (Change(orders=(Order(999, 1, 1),)), "order"),
        (await plan_with(closed, 'period = "month"\npay_day = 17\n', 'period = "week"\n'), "plan"),
    ):
        with pytest.raises(FieldInvalid) as refused:
            await what_if(closed, change)
        assert refused.value.field == field
    with pytest.raises(NotFound):
        await what_if(closed, Change(), range(9, 10))
