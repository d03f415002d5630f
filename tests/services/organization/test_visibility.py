"""Who sees whom; unknown and foreign customers are told apart by nobody."""

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from tests.factories.family import add_family
from tests.factories.figures import NOVEMBER, OCTOBER, add_run, context_of
from tests.factories.statements import counted

from upline.core.db import Database
from upline.core.errors import NotFound
from upline.models.customer import Customer
from upline.services.organization.visibility import (
    Genealogy,
    Relation,
    find_viewer,
    get_relation,
    require_seen,
    sees_contact,
)
from upline.services.period.queries import find_run_id

UNKNOWN = 999


@pytest.mark.parametrize(
    ("viewer", "seen", "relation"),
    [
        (None, 6, Relation.APPLICATION),
        (6, 6, Relation.SELF),
        (4, 6, Relation.UPLINE),
        (1, 6, Relation.UPLINE),
    ],
)
async def test_relations(
    session: AsyncSession, viewer: int | None, seen: int, relation: Relation
) -> None:
    await add_family(session)
    assert await get_relation(context_of(session, viewer), seen) is relation


@pytest.mark.parametrize(("viewer", "seen"), [(6, 7), (6, UNKNOWN), (None, UNKNOWN)])
async def test_foreign_and_unknown_cost_one_statement(
    session: AsyncSession, viewer: int | None, seen: int
) -> None:
    await add_family(session)
    with counted() as statements, pytest.raises(NotFound):
        await get_relation(context_of(session, viewer), seen)
    assert len(statements) == 1


async def test_who_is_let_in_need_not_ask_for_the_run_of_the_month(database: Database) -> None:
    async with database.session() as session:
        await add_family(session)
        run_id = await add_run(session, NOVEMBER, {1: {}})
        ctx = context_of(session, 1)
        await get_relation(ctx, 6)
        with counted() as statements:
            assert await find_run_id(session, NOVEMBER) == run_id
        assert not statements
        with counted() as statements:
            assert await find_run_id(session, NOVEMBER) == run_id
        assert len(statements) == 1
        await get_relation(ctx, 6)
        with counted() as statements:
            assert await find_run_id(session, OCTOBER) is None
        assert len(statements) == 1
        earlier = await add_run(session, OCTOBER, {1: {}})
        await get_relation(ctx, 6, period_id=OCTOBER)
        with counted() as statements:
            assert await find_run_id(session, OCTOBER) == earlier
        assert not statements
        await get_relation(ctx, 6, period_id=2**40)  # no period: it is not for us to say so
        await get_relation(ctx, 6)
        await session.rollback()
        assert await find_run_id(session, NOVEMBER) is None


@pytest.mark.parametrize(("viewer", "statements"), [(None, 0), (1, 1)])
async def test_a_second_one_is_asked_for_where_the_caller_is_a_customer(
    session: AsyncSession, viewer: int | None, statements: int
) -> None:
    await add_family(session)
    with counted() as sent:
        await require_seen(context_of(session, viewer), 6)
    assert len(sent) == statements
    with pytest.raises(NotFound):
        await require_seen(context_of(session, 6), 4)


async def test_uplines_are_not_seen_from_below(session: AsyncSession) -> None:
    await add_family(session)
    with pytest.raises(NotFound):
        await get_relation(context_of(session, 6), 4)


async def test_an_enroller_alone_does_not_open_another_tree(session: AsyncSession) -> None:
    await add_family(session)
    ctx = context_of(session, 2)
    assert await get_relation(ctx, 5, (Genealogy.ENROLLER,)) is Relation.UPLINE
    with pytest.raises(NotFound):
        await get_relation(ctx, 5, (Genealogy.BINARY,))


@pytest.mark.parametrize(("viewer", "shown"), [(1, False), (4, True), (None, True)])
async def test_hidden_contact(session: AsyncSession, viewer: int | None, shown: bool) -> None:
    await add_family(session)
    query = select(sees_contact()).where(Customer.customer_id == 4)
    viewer_id = find_viewer(context_of(session, viewer))
    assert await session.scalar(query, {"viewer_id": viewer_id}) is shown
