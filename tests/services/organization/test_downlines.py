"""Flat lists: order, paging, filters, past periods, chains, and a constant number of statements."""

from decimal import Decimal

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession
from tests.factories.chain import add_chain
from tests.factories.company import add_members, noon
from tests.factories.family import add_family, add_months
from tests.factories.figures import NOW, OCTOBER, context_of
from tests.factories.statements import counted

from upline.core.context import Context
from upline.core.errors import NotFound
from upline.core.paging import Page, Paged
from upline.services.organization import downlines
from upline.services.organization.downline_filters import Filter
from upline.services.organization.nodes import Node
from upline.services.organization.trees import get_tree
from upline.services.organization.visibility import Genealogy

ALL = Page()
NOBODY = Filter()


async def downline(
    ctx: Context, customer_id: int, wanted: Filter = NOBODY, page: Page = ALL, period: int = 0
) -> Paged[Node]:
    tree = await get_tree(ctx, Genealogy.SPONSOR, period)
    return await downlines.list_downline(ctx, tree, customer_id, wanted, page)


def ids(found: Paged[Node]) -> list[int]:
    return [node.customer_id for node in found.items]


@pytest.fixture
async def ctx(session: AsyncSession) -> Context:
    await add_family(session)
    await add_months(session)
    return context_of(session, 1)


async def test_downline_is_in_preorder_with_levels(ctx: Context) -> None:
    found = await downline(ctx, 1)
    assert [(n.customer_id, n.level, n.parent_id) for n in found.items] == [
        (2, 1, 1),
        (4, 2, 2),
        (6, 3, 4),
        (5, 2, 2),
        (3, 1, 1),
    ]
    assert found.total == 5


async def test_levels_count_from_the_member_asked_for(ctx: Context) -> None:
    found = await downline(ctx, 2)
    assert [(n.customer_id, n.level) for n in found.items] == [(4, 1), (6, 2), (5, 1)]


async def test_node_fields(ctx: Context) -> None:
    ann, carl, *_ = (await downline(ctx, 1)).items
    assert (ann.first_name, ann.last_name, ann.referral_code) == ("Ann", "Able", "ref2")
    assert (ann.customer_type, ann.status) == ("Distributor", "Active")
    assert (ann.rank_id, ann.rank) == (1, "Star")
    assert (ann.city, ann.state_province, ann.country) == ("Lehi", "UT", "United States")
    assert (ann.personal_volume, ann.organization_volume) == (Decimal(100), Decimal(260))
    assert (ann.sponsor_id, ann.enroller_id, carl.enroller_id) == (1, 1, 1)
    assert ann.has_children
    assert ann.email == "member2@example.com"
    assert (carl.email, carl.phone_number) == (None, None)


@pytest.mark.parametrize(("number", "expected"), [(1, [2, 4]), (2, [6, 5]), (3, [3]), (4, [])])
async def test_pages(ctx: Context, number: int, expected: list[int]) -> None:
    found = await downline(ctx, 1, page=Page(number, 2))
    assert (ids(found), found.total) == (expected, 5)


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (Filter(max_level=1), [2, 3]),
        (Filter(max_level=2), [2, 4, 5, 3]),
        (Filter(rank_ids=(0,)), [4, 6]),
        (Filter(status_ids=(2,)), [3]),
        (Filter(search="ea"), [6]),
        (Filter(search="EVE east"), [6]),
        (Filter(search="east eve"), [6]),
        (Filter(search="as"), []),
        (Filter(search="%"), []),
        (Filter(search="_ve"), []),
        (Filter(search="\\"), []),
        (Filter(search="4"), [4]),
        (Filter(search="99999999999999999999"), []),
        (Filter(search="7"), []),
        (Filter(search="  "), [2, 4, 6, 5, 3]),
        (Filter(max_level=2, search="d", status_ids=(1,)), [5]),
    ],
)
async def test_filters(ctx: Context, wanted: Filter, expected: list[int]) -> None:
    found = await downline(ctx, 1, wanted)
    assert (ids(found), found.total) == (expected, len(expected))


async def test_filters_are_paged(ctx: Context) -> None:
    found = await downline(ctx, 1, Filter(max_level=2), Page(2, 3))
    assert (ids(found), found.total) == ([3], 4)


async def test_a_past_period_as_it_stood(ctx: Context) -> None:
    found = await downline(ctx, 1, period=OCTOBER)
    assert [(n.customer_id, n.level) for n in found.items] == [(2, 1), (3, 1), (4, 2)]
    bob = found.items[1]
    assert (bob.status, bob.organization_volume) == ("Active", Decimal(150))
    assert [n.parent_id for n in found.items] == [1, 1, 3]


async def test_nobody_stood_there_yet(ctx: Context) -> None:
    found = await downline(ctx, 6, period=OCTOBER)
    assert (ids(found), found.total) == ([], 0)


@pytest.mark.parametrize("period", [404, 407, -1, 9_999_999])
async def test_periods_without_figures_are_absent(ctx: Context, period: int) -> None:
    with pytest.raises(NotFound):
        await downline(ctx, 1, period=period)


async def test_before_the_first_run_the_nearest_are_walked(session: AsyncSession) -> None:
    await add_family(session)
    ctx = context_of(session)
    found = await downline(ctx, 1)
    assert [(n.customer_id, n.level) for n in found.items] == [
        (2, 1),
        (3, 1),
        (4, 2),
        (5, 2),
        (6, 3),
    ]
    assert {n.rank for n in found.items} == {"Inactive"}
    assert ids(await downline(ctx, 1, Filter(max_level=2, search="d", status_ids=(1,)))) == [5]
    assert ids(await downline(ctx, 1, Filter(rank_ids=(0,)))) == []


async def test_who_enrolled_since_the_run_has_a_downline_at_once(
    ctx: Context, session: AsyncSession
) -> None:
    day = NOW.date()
    await add_members(
        session,
        [
            {"customer_id": 8, "sponsor_id": 6, "enroller_id": 6, "enrolled_on": day},
            {"customer_id": 9, "sponsor_id": 8, "enroller_id": 8, "enrolled_on": day},
        ],
    )
    (new,) = (await downline(ctx, 8)).items
    assert (new.customer_id, new.sponsor_id, new.enroller_id) == (9, 8, 8)
    assert (new.personal_volume, new.rank_id, new.status) == (0, -1, "Active")
    assert new.enroll_date == noon(day)


async def test_statements_do_not_grow_with_the_page(ctx: Context, session: AsyncSession) -> None:
    async def statements(wanted: Filter, size: int) -> int:
        with counted() as sent:
            await downline(ctx, 1, wanted, Page(1, size))
        return len(sent)

    for wanted in (NOBODY, Filter(status_ids=(1,))):
        assert await statements(wanted, 1) == await statements(wanted, 100) == 2


async def test_chain_of_five_thousand(session: AsyncSession) -> None:
    await add_chain(session, 5_000)
    ctx = context_of(session, 1)
    found = await downline(ctx, 1, page=Page(50, 100))
    assert (found.total, ids(found)[-1], found.items[-1].level) == (4_999, 5_000, 4_999)
    assert ids(await downline(ctx, 2_500, Filter(max_level=2))) == [2_501, 2_502]
    await session.execute(text("UPDATE periods SET run_id = NULL"))
    found = await downline(ctx, 1, page=Page(50, 100))
    assert (found.total, ids(found)[-1]) == (4_999, 5_000)
