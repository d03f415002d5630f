"""Found by the names of a run are the same as by looking at everybody, whatever happened since."""

from itertools import product

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession
from tests.factories.crowd import add_crowd
from tests.factories.figures import context_of
from tests.factories.statements import counted

from upline.core.context import Context
from upline.core.db import raw_connection
from upline.core.paging import Page
from upline.services.organization import downlines, name_index, named
from upline.services.organization.downline_filters import Filter
from upline.services.organization.trees import get_tree
from upline.services.organization.visibility import Genealogy

SEARCHES = ["l", "LAST4", "first3 last1", "last1 f", "öz", "41", "41 last", "zzz", "Ð"]
FILTERS = [
    *(Filter(search=words) for words in SEARCHES),
    Filter(search="last1", status_ids=(2, 4), max_level=6),
]
EVERYWHERE = [(Genealogy.SPONSOR, None), (Genealogy.BINARY, None), (Genealogy.BINARY, 2)]
# The crowd as a run places it, but for some who came since. Some names are a first and a last
# one, some begin with a letter of two bytes, some are missing.
AS_PLACED = (
    "ALTER TABLE member_periods DISABLE TRIGGER append_only",
    "ALTER TABLE member_periods DISABLE TRIGGER append_only_rows",
    """UPDATE member_periods SET sponsor_place = pre, pre = pre << 32, pre_end = pre_end << 32,
           binary_place = binary_pre / 10, binary_pre = binary_pre / 10 << 32,
           binary_pre_end = (binary_pre_end + 5) / 10 << 32""",
    """UPDATE member_periods SET sponsor_place = NULL, binary_place = NULL
       WHERE customer_id % 100 = 41""",
    "UPDATE customers SET first_name = 'Last1' WHERE customer_id % 11 = 0",
    "UPDATE customers SET last_name = 'ÖZ' || customer_id WHERE customer_id % 13 = 0",
    "UPDATE customers SET first_name = '' WHERE customer_id % 17 = 0",
    "DELETE FROM renamings",
    "DELETE FROM loose_members WHERE customer_id % 100 <> 41",
)
SINCE = {
    "renamed": "UPDATE customers SET last_name = 'Nobody', first_name = 'Zzz' "
    "WHERE customer_id IN (41, 90, 91)",
    # Right below another one: leaves, so that nobody moves with them.
    "moved": """
        UPDATE member_periods m SET pre = t.pre + m.customer_id, pre_end = t.pre + m.customer_id + 1
        FROM member_periods t WHERE t.customer_id = 600 AND m.downline_count = 0
          AND m.customer_id % 50 BETWEEN 5 AND 9
    """,
}


@pytest.fixture
async def ctx(session: AsyncSession) -> Context:
    await add_crowd(session)
    for statement in AS_PLACED:
        await session.execute(text(statement))
    ctx = context_of(session)
    tree = await get_tree(ctx, Genealogy.SPONSOR)
    assert tree.run_id
    connection = await raw_connection(await session.connection())
    members = await name_index.find_members(connection, tree.run_id)
    names = await name_index.read(connection)
    await name_index.write(connection, tree.run_id, names, members)
    return ctx


async def found(
    ctx: Context, genealogy: Genealogy, top: int, wanted: Filter, position: int | None, sort: str
) -> list[tuple[int, int, int]]:
    """(number, level, total) of everybody on the pages of a list."""
    tree, rows, number = await get_tree(ctx, genealogy), [], 1
    while True:
        page = await downlines.list_downline(
            ctx, tree, top, wanted, Page(number, 700), position_id=position, sort=sort
        )
        rows += [(node.customer_id, node.level, page.total) for node in page.items]
        if not page.items:
            return [*rows, (0, 0, page.total)]
        number += 1


@pytest.mark.parametrize(("genealogy", "position"), EVERYWHERE)
async def test_names_find_whom_looking_at_everybody_finds(
    ctx: Context,
    session: AsyncSession,
    monkeypatch: pytest.MonkeyPatch,
    genealogy: Genealogy,
    position: int | None,
) -> None:
    monkeypatch.setattr(downlines, "SEARCHED_MEMBERS", 5_000)
    for statement, wanted in product(["SELECT", *SINCE.values()], FILTERS):
        if wanted is FILTERS[0]:
            await session.execute(text(statement))
        for top, sort in ((1, ""), (3, "-LastName")):
            asked = (ctx, genealogy, top, wanted, position, sort)
            monkeypatch.setattr(named, "NAMED_MEMBERS", 5_000)
            one_by_one = await found(*asked)
            monkeypatch.setattr(named, "NAMED_MEMBERS", 0)
            assert await found(*asked) == one_by_one
            assert {total for *_, total in one_by_one} == {len(one_by_one) - 1}


async def test_many_matches_that_are_narrowed_further_are_the_same(
    ctx: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = Filter(search="last", status_ids=(1,), max_level=9)
    one_by_one = await found(ctx, Genealogy.SPONSOR, 1, wanted, None, "")
    monkeypatch.setattr(named, "NAMED_MEMBERS", 0)
    monkeypatch.setattr(downlines, "SEARCHED_MEMBERS", 10)
    assert len(one_by_one) > 100
    assert await found(ctx, Genealogy.SPONSOR, 1, wanted, None, "") == one_by_one


async def test_two_statements_find_a_page_and_one_that_there_is_none(ctx: Context) -> None:
    tree = await get_tree(ctx, Genealogy.SPONSOR)
    for words, statements in {"l": 2, "last7": 2, "first3 last1": 2, "nobody": 1}.items():
        with counted() as sent:
            await downlines.list_downline(ctx, tree, 1, Filter(search=words), Page(1, 20))
        assert len(sent) == statements


async def test_names_are_not_asked_where_too_many_are_not_where_they_were(
    ctx: Context, session: AsyncSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree, wanted = await get_tree(ctx, Genealogy.SPONSOR), Filter(search="last7")
    values = {**wanted.parameters, "customer_id": 1}
    place, labels = await named.find(ctx, tree, wanted, values, is_leg=False)
    assert place
    assert labels is not None
    monkeypatch.setattr(named, "LOOSE_MEMBERS", 5)
    assert await named.find(ctx, tree, wanted, values, is_leg=False) == (place, None)


async def test_a_run_without_names_and_a_member_it_does_not_know(
    ctx: Context, session: AsyncSession
) -> None:
    tree, wanted = await get_tree(ctx, Genealogy.SPONSOR), Filter(search="last7")
    nobody = {**wanted.parameters, "customer_id": 7_777}
    assert await named.find(ctx, tree, wanted, nobody, is_leg=False) == (None, None)
    await session.execute(text("DELETE FROM name_blocks"))
    somebody = {**wanted.parameters, "customer_id": 1}
    place, labels = await named.find(ctx, tree, wanted, somebody, is_leg=False)
    assert place
    assert place.members == 1_199
    assert labels is None
