"""The documented check explained: why each line was paid, and why others were not."""

from decimal import Decimal

import pytest
from tests.factories.closing import close
from tests.factories.golden import MEMBER, PERIOD
from tests.factories.golden_company import found_company
from tests.factories.statements import counted

from upline.core.context import SYSTEM, ContextFactory
from upline.core.db import Database
from upline.core.errors import NotFound
from upline.core.paging import Page
from upline.services.commission.queries import get_statement
from upline.services.explain.conditions import TELLERS, VOLUMES
from upline.services.explain.queries import (
    BonusExplanation,
    Explanation,
    explain_line,
    explain_period,
    explain_source,
)
from upline.services.plan.schema_base import Requires

URSULA, ROOT = 120_000, 100_001
RITA, COOL, BEN, NINA, IDA, KIM = 123_440, 123_445, 123_502, 123_504, 123_701, 123_801


@pytest.fixture
async def closed(committed_database: Database) -> ContextFactory:
    contexts = await found_company(committed_database)
    await close(contexts, PERIOD)
    return contexts


def test_whatever_a_bonus_may_ask_is_told() -> None:
    assert set().union(*TELLERS.values()) - set(VOLUMES) == set(Requires.model_fields) - set(
        VOLUMES
    )


def named(explanation: Explanation) -> dict[str, BonusExplanation]:
    return {one.bonus: one for one in explanation.bonuses}


async def from_source(contexts: ContextFactory, member: int, source: int) -> Explanation:
    async with contexts.open(SYSTEM) as ctx:
        return await explain_source(ctx, member, PERIOD, source)


async def test_a_period_says_what_each_bonus_asks_and_paid(closed: ContextFactory) -> None:
    async with closed.open(SYSTEM) as ctx:
        found = await explain_period(ctx, MEMBER, PERIOD)
    assert (found.name, found.rank, found.from_customer_id) == (
        "Avery Golden", "Senior Star", None,
    )  # fmt: skip
    assert found.basis.is_final
    assert "each level" not in found.basis.rounding
    assert "half up to 0.01" in found.basis.rounding
    bonuses = named(found)
    assert {name: one.amount for name, one in bonuses.items() if one.amount} == {
        "Retail": Decimal("11.84"),
        "Unilevel": Decimal("229.71"),
        "Fast Start": Decimal("75.84"),
    }
    unilevel = bonuses["Unilevel"]
    assert unilevel.verdict == "Paid."
    assert unilevel.rule.text.startswith("[[bonuses]]")
    assert 'code = "unilevel"' in unilevel.rule.text
    assert "fast_start" not in unilevel.rule.text
    assert [(one.name, one.required, one.actual) for one in unilevel.requirements] == [
        ("type", "distributor", "distributor"),
        ("status", "active or on_hold", "active"),
        ("pv", "100", "290.25"),
    ]
    assert bonuses["Generations"].verdict == ("Not paid: rank Senior Star where Silver is asked.")


async def test_a_line_is_explained_by_its_way(closed: ContextFactory) -> None:
    async with closed.open(SYSTEM) as ctx:
        statement = await get_statement(ctx, MEMBER, PERIOD, Page(size=1000))
        line = next(one for one in statement.lines if (one.bonus, one.level) == ("Unilevel", 3))
        (bonus,) = (await explain_line(ctx, MEMBER, PERIOD, line.line_id)).bonuses
    assert [one.line_id for one in bonus.lines] == [line.line_id]
    assert bonus.verdict == line.explanation
    assert [(step.steps, step.level) for step in bonus.path] == [(1, 1), (2, 2), (3, 3)]
    assert bonus.path[-1].customer_id == MEMBER
    assert bonus.path[-1].paid == line.amount
    assert bonus.is_qualified


async def test_why_not(closed: ContextFactory) -> None:
    verdicts = {
        (member, source, bonus): named(await from_source(closed, member, source))[bonus].verdict
        for member, source, bonus in (
            (MEMBER, KIM, "Unilevel"),
            (MEMBER, URSULA, "Unilevel"),
            (MEMBER, BEN, "Fast Start"),
            (COOL, COOL, "Unilevel"),
            (MEMBER, COOL, "Starter Kit"),
            (MEMBER, COOL, "Diamond Express"),
        )
    }
    assert list(verdicts.values()) == [
        "Not paid: Kim Quiet has no volume in the period.",
        "Not paid: the source does not stand below in the sponsor tree.",
        "Not paid: Ben Builder is in month 15 since enrolment, and 3 are paid.",
        "Not paid: pv 75.25 where 100 is asked.",
        "Not paid: Cool Member bought no premium kit in time.",
        "Not paid: rank Senior Star where Diamond is asked.",
    ]


async def test_whoever_lacks_something_holds_no_level(closed: ContextFactory) -> None:
    """Ursula stands above Avery: what Nina bought reaches her on level 2."""
    path = named(await from_source(closed, URSULA, NINA))["Unilevel"].path
    assert [(step.name, step.level, bool(step.paid)) for step in path] == [
        ("Avery Golden", 1, True),
        ("Ursula Upline", 2, True),
    ]
    deep = named(await from_source(closed, ROOT, IDA))["Unilevel"]
    assert [(step.name, step.level) for step in deep.path] == [
        ("Dora Deep", 1), ("Ada Leader", 2), ("Avery Golden", 3), ("Ursula Upline", 4),
        ("Root Company", None),
    ]  # fmt: skip
    assert [one.name for one in deep.path[-1].unmet] == ["pv"]


async def test_nobody_is_explained_what_is_not_there(closed: ContextFactory) -> None:
    async with closed.open(SYSTEM) as ctx:
        for attempt in (
            explain_period(ctx, MEMBER, PERIOD - 40),
            explain_period(ctx, 999, PERIOD),
            explain_source(ctx, MEMBER, PERIOD, 999),
            explain_line(ctx, MEMBER, PERIOD, 10**9),
            explain_line(ctx, URSULA, PERIOD, 1),
        ):
            with pytest.raises(NotFound):
                await attempt


async def test_statements_do_not_grow_with_the_way(closed: ContextFactory) -> None:
    counts = []
    for source in (COOL, IDA):
        async with closed.open(SYSTEM) as ctx:
            with counted() as sent:
                await explain_source(ctx, ROOT, PERIOD, source)
            counts.append(len(sent))
    assert counts == [4, 4]  # run, check, members, lines


async def test_a_line_takes_as_many_statements_however_long_its_way(
    closed: ContextFactory,
) -> None:
    async with closed.open(SYSTEM) as ctx:
        statement = await get_statement(ctx, MEMBER, PERIOD, Page(1, 1_000))
    unilevel = [line for line in statement.lines if line.bonus == "Unilevel"]
    ends = [by(unilevel, key=lambda line: line.level) for by in (min, max)]
    assert ends[0].level < ends[1].level
    counts = []
    for line in ends:
        async with closed.open(SYSTEM) as ctx:
            with counted() as sent:
                (told,) = (await explain_line(ctx, MEMBER, PERIOD, line.line_id)).bonuses
            counts.append(len(sent))
        assert len(told.path) == line.level
    assert counts == [5, 5]
