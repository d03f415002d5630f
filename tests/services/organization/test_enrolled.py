"""Personally enrolled members: by type, sorted, and known at once when they enrol."""

import pytest
from sqlalchemy.ext.asyncio import AsyncSession
from tests.factories.company import add_members
from tests.factories.family import add_family, add_months
from tests.factories.figures import NOW, OCTOBER, context_of
from tests.factories.statements import counted

from upline.core.context import Context
from upline.core.errors import FieldInvalid
from upline.core.paging import Page, Paged
from upline.services.customer.vocabulary import CustomerType
from upline.services.organization import enrolled
from upline.services.organization.nodes import Node
from upline.services.organization.trees import get_tree
from upline.services.organization.visibility import Genealogy

ALL = Page()


async def list_of(
    ctx: Context, customer_id: int, sort: str = "", page: Page = ALL, period: int = 0
) -> Paged[Node]:
    tree = await get_tree(ctx, Genealogy.ENROLLER, period)
    kinds = [CustomerType.DISTRIBUTOR]
    return await enrolled.list_enrolled(ctx, tree, customer_id, kinds, page, sort=sort)


def ids(found: Paged[Node]) -> list[int]:
    return [node.customer_id for node in found.items]


@pytest.fixture
async def ctx(session: AsyncSession) -> Context:
    await add_family(session)
    await add_months(session)
    return context_of(session, 1)


async def test_personally_enrolled(ctx: Context) -> None:
    found = await list_of(ctx, 1)
    assert ids(found) == [2, 3, 4]
    assert {(n.level, n.parent_id) for n in found.items} == {(1, 1)}
    assert [n.has_children for n in found.items] == [True, False, True]  # did they enrol anybody
    assert ids(await list_of(ctx, 2)) == []  # a retail customer only
    assert ids(await list_of(ctx, 1, period=OCTOBER)) == [2, 3, 4]


async def test_enrolled_customers(ctx: Context) -> None:
    tree = await get_tree(ctx, Genealogy.ENROLLER)
    kinds = [CustomerType.RETAIL, CustomerType.PREFERRED]
    assert ids(await enrolled.list_enrolled(ctx, tree, 2, kinds, ALL)) == [5]


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("-CustomerId", [4, 3, 2]),
        ("firstname", [2, 3, 4]),
        ("-LastName", [4, 3, 2]),
        ("EnrollDate", [2, 3, 4]),
        ("-StatusId", [3, 2, 4]),
        ("RankId", [3, 4, 2]),
        ("-PersonalVolume", [2, 4, 3]),
        ("GroupVolume", [3, 4, 2]),
        ("-OrganizationVolume", [2, 4, 3]),
    ],
)
async def test_sorts(ctx: Context, sort: str, expected: list[int]) -> None:
    assert ids(await list_of(ctx, 1, sort)) == expected
    assert ids(await list_of(ctx, 1, sort, Page(2, 2))) == expected[2:]


async def test_unknown_sorts_are_refused(ctx: Context) -> None:
    with pytest.raises(FieldInvalid) as refused:
        await list_of(ctx, 1, "password")
    assert refused.value.field == "sort"


async def test_who_enrolled_since_the_run_is_there_at_once(
    ctx: Context, session: AsyncSession
) -> None:
    newcomer = {"customer_id": 8, "sponsor_id": 6, "enroller_id": 1, "enrolled_on": NOW.date()}
    await add_members(session, [newcomer])
    assert ids(await list_of(ctx, 1)) == [2, 3, 4, 8]
    assert ids(await list_of(ctx, 1, "-OrganizationVolume", Page(1, 2))) == [2, 4]
    assert ids(await list_of(ctx, 1, "-OrganizationVolume", Page(2, 2))) == [3, 8]
    assert ids(await list_of(ctx, 1, "-EnrollDate", Page(1, 1))) == [8]


async def test_statements_do_not_grow_with_the_page(ctx: Context, session: AsyncSession) -> None:
    async def statements(size: int) -> int:
        with counted() as sent:
            await list_of(ctx, 1, page=Page(1, size))
        return len(sent)

    assert await statements(1) == await statements(100) == 2
