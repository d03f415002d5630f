"""Changes of sponsor: who may, what moves along, what stays, and fifty at once."""

import asyncio
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession
from tests.factories.company import add_members, load_essential
from tests.factories.family import add_family, add_months
from tests.factories.figures import OCTOBER, context_of
from tests.migrations.statements import run

from upline.core.context import Context
from upline.core.db import Database
from upline.core.errors import DomainError, NotFound
from upline.core.paging import Page
from upline.models.operation import AuditEntry
from upline.models.placement import Placement
from upline.services.organization.nested import get_nested
from upline.services.organization.sponsor_changes import (
    NoSponsor,
    SponsorChangeOver,
    SponsorCycle,
    change_sponsor,
    list_movable,
    move,
)
from upline.services.organization.trees import get_tree
from upline.services.organization.visibility import Genealogy
from upline.services.plan import load_builtin, versions
from upline.services.verify.invariants.trees import TREES

RIVALS = 50
# In the family everybody enrolled in September; on the 30th of October all may still be moved.
CROWD = """
INSERT INTO customers (customer_id, customer_type_id, first_name, last_name, country_code,
                       currency_code, enrolled_at)
SELECT n, 2, 'Member', 'No' || n, 'US', 'USD', '2014-10-01Z' FROM generate_series(101, :last) n
"""
PLACES = """
INSERT INTO placements (customer_id, genealogy_id, valid_from, parent_id)
SELECT n, g, '2014-10-01Z', CASE WHEN n > 101 THEN 101 END
FROM generate_series(1, 2) g, generate_series(101, :last) n ORDER BY n
"""


@pytest.fixture
async def ctx(session: AsyncSession) -> Context:
    await add_family(session)
    await load_essential(session)
    await add_months(session)
    ctx = context_of(session, 1)
    return replace(ctx, now=ctx.now - timedelta(days=18))


async def sponsor_of(ctx: Context, customer_id: int) -> int | None:
    parents = await run(
        ctx.session,
        "SELECT parent_id FROM placements"
        " WHERE genealogy_id = 2 AND customer_id = :number AND valid_to IS NULL",
        number=customer_id,
    )
    return parents[0][0]


async def broken(session: AsyncSession) -> list[Any]:
    """Breaches of what depths, jumps and legs must be."""
    found: list[Any] = []
    for invariant in TREES:
        if not invariant.per_run:
            found += await run(session, invariant.query)
    return found


async def test_who_may_still_be_moved(ctx: Context) -> None:
    found = await list_movable(ctx, 1, Page())
    assert [node.customer_id for node in found.items] == [4, 3, 2]
    assert [node.parent_id for node in found.items] == [2, 1, 1]
    carl = found.items[0]
    assert carl.change_until == carl.enroll_date + timedelta(days=60)
    late = replace(ctx, now=carl.enroll_date + timedelta(days=59))
    assert [n.customer_id for n in (await list_movable(late, 1, Page())).items] == [4]
    page = await list_movable(ctx, 1, Page(2, 2))
    assert ([node.customer_id for node in page.items], page.total) == ([2], 3)
    assert (await list_movable(ctx, 3, Page())).total == 0


async def test_a_member_moves_with_everybody_below(ctx: Context) -> None:
    change = await change_sponsor(ctx, 1, 4, 3)
    assert (change.previous_sponsor_id, change.sponsor_id, change.effective_at) == (2, 3, ctx.now)
    tree = await get_tree(ctx, Genealogy.SPONSOR)
    bob = await get_nested(ctx, tree, 3, 3)
    assert [child.customer_id for child in bob.children] == [4]
    assert [child.customer_id for child in bob.children[0].children] == [6]
    assert await broken(ctx.session) == []
    stays = await run(
        ctx.session,
        "SELECT genealogy_id, parent_id, valid_to FROM placements"
        " WHERE customer_id = 4 ORDER BY genealogy_id, valid_to",
    )
    assert stays == [(1, 1, None), (2, 2, ctx.now), (2, 3, None), (3, 2, None)]
    entry = (await ctx.session.execute(select(AuditEntry.action, AuditEntry.detail))).one()
    assert tuple(entry) == ("sponsor.change", {"from": 2, "to": 3})


async def test_periods_of_the_past_keep_their_tree(ctx: Context) -> None:
    await change_sponsor(ctx, 1, 2, 3)
    later = replace(ctx, now=ctx.now + timedelta(days=18))
    was = await get_nested(later, await get_tree(later, Genealogy.SPONSOR, OCTOBER), 1, 1)
    assert [child.customer_id for child in was.children] == [2, 3]


async def test_moving_where_one_stands_changes_nothing(ctx: Context) -> None:
    change = await change_sponsor(ctx, 1, 4, 2)
    assert change.sponsor_id == change.previous_sponsor_id == 2
    assert await run(ctx.session, "SELECT 1 FROM audit_entries") == []


async def test_there_and_back_at_one_instant(ctx: Context) -> None:
    for sponsor in (3, 2, 3):
        await change_sponsor(ctx, 1, 4, sponsor)
    assert await sponsor_of(ctx, 4) == 3
    assert await broken(ctx.session) == []


@pytest.mark.parametrize(
    ("actor", "member", "sponsor", "refusal"),
    [
        (1, 2, 4, SponsorCycle),
        (1, 2, 2, SponsorCycle),
        (1, 3, 5, NoSponsor),  # a retail customer
        (1, 6, 3, NotFound),  # enrolled by 4
        (1, 2, 7, NotFound),  # not in the downline
        (1, 2, 99, NotFound),
        (1, 99, 2, NotFound),
        (4, 6, 3, NotFound),  # above, and not below
        (4, 6, 2, NotFound),
        (7, 4, 3, NotFound),
    ],
)
async def test_refusals(
    ctx: Context, actor: int, member: int, sponsor: int, refusal: type[DomainError]
) -> None:
    with pytest.raises(refusal):
        await change_sponsor(ctx, actor, member, sponsor)


@pytest.mark.parametrize(
    ("member", "sponsor", "refusal"),
    [(2, 4, SponsorCycle), (3, 5, NoSponsor), (2, 99, NotFound), (99, 2, NotFound)],
)
async def test_what_the_company_may_not_do_either(
    ctx: Context, member: int, sponsor: int, refusal: type[DomainError]
) -> None:
    with pytest.raises(refusal):
        await move(ctx, member, sponsor)


async def test_the_window_is_the_plan_s(ctx: Context) -> None:
    late = replace(ctx, now=ctx.now + timedelta(days=18))  # 60 days after 2014-09-18
    with pytest.raises(SponsorChangeOver):
        await change_sponsor(late, 1, 4, 3)
    assert (await list_movable(late, 1, Page())).total == 0
    longer = load_builtin("essential").text + "\n[organization]\nsponsor_change_days = 90\n"
    await versions.load(ctx.session, longer, 406)
    assert (await list_movable(late, 1, Page())).total == 3
    assert (await change_sponsor(late, 1, 4, 3)).sponsor_id == 3


async def test_the_company_may_move_anybody_at_any_time(ctx: Context) -> None:
    late = replace(ctx, now=ctx.now + timedelta(days=400))
    assert (await move(late, 3, 7)).sponsor_id == 7
    with pytest.raises(SponsorCycle):
        await move(late, 7, 3)


async def test_fifty_moves_in_a_ring_close_no_circle(committed_database: Database) -> None:
    """Each of fifty is to stand under the next one: one of them at least must not."""
    last = 101 + RIVALS
    async with committed_database.session() as session:
        for statement in (CROWD, PLACES):
            await session.execute(text(statement), {"last": last})

    async def rival(number: int) -> bool:
        following = number + 1 if number < last else 102
        try:
            async with committed_database.session() as session:
                ctx = context_of(session, 101)
                await change_sponsor(ctx, 101, number, following)
        except SponsorCycle:
            return False
        return True

    moved = await asyncio.gather(*(rival(number) for number in range(102, last + 1)))
    assert moved.count(False) == 1
    async with committed_database.session() as session:
        assert await broken(session) == []
        below = "SELECT count(*) FROM generate_series(101, :last) n WHERE is_upline(2, 101, n)"
        assert await run(session, below, last=last) == [(RIVALS + 1,)]
        live = select(Placement.customer_id).where(
            Placement.genealogy_id == Genealogy.SPONSOR, Placement.valid_to.is_(None)
        )
        assert len((await session.execute(live)).all()) == RIVALS + 1


async def test_members_moved_while_others_enrol_below_them(committed_database: Database) -> None:
    """Newcomers under 103 … 112 while those move under 102 one after the other."""
    async with committed_database.session() as session:
        for statement in (CROWD, PLACES):
            await session.execute(text(statement), {"last": 112})

    async def enrol(number: int, sponsor: int) -> None:
        newcomer = {"customer_id": number, "sponsor_id": sponsor, "enroller_id": sponsor}
        async with committed_database.session() as session:
            await add_members(session, [{**newcomer, "enrolled_on": date(2014, 11, 3)}])

    async def change(number: int) -> None:
        async with committed_database.session() as session:
            await change_sponsor(context_of(session, 101), 101, number, 102)

    work = [change(number) for number in range(103, 113)]
    work += [enrol(200 + number * 3 + at, number) for number in range(103, 113) for at in range(3)]
    failed = await asyncio.gather(*work, return_exceptions=True)
    # A newcomer whose sponsor is being moved is refused at worst, and may try again.
    assert all(error is None or isinstance(error, DBAPIError) for error in failed)
    async with committed_database.session() as session:
        assert await broken(session) == []
        below = "SELECT count(*) FROM generate_series(103, 112) n WHERE is_upline(2, 102, n)"
        assert await run(session, below) == [(10,)]


async def test_two_thousand_move_at_once(session: AsyncSession) -> None:
    """A deep part of the tree: every depth and every jump of it is right again."""
    for statement in (
        CROWD,
        """
        INSERT INTO placements (customer_id, genealogy_id, valid_from, parent_id)
        SELECT n, 2, '2014-10-01Z', CASE WHEN n > 2101 THEN 101 WHEN n > 101 THEN n - 1 - n % 2 END
        FROM generate_series(101, :last) n ORDER BY n
        """,
    ):
        await session.execute(text(statement), {"last": 2_110})
    await move(context_of(session), 103, 2_105)
    assert await broken(session) == []
    deep = "SELECT count(*) FROM generate_series(103, 2101) n WHERE is_upline(2, 2105, n)"
    assert await run(session, deep) == [(1_999,)]
