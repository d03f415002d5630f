"""Nested trees: shape, depth, where they are cut, and past periods."""

import pytest
from sqlalchemy.ext.asyncio import AsyncSession
from tests.factories.chain import add_chain
from tests.factories.company import add_members
from tests.factories.family import add_family, add_months
from tests.factories.figures import NOW, OCTOBER, context_of
from tests.factories.statements import counted

from upline.core.context import Context
from upline.core.errors import NotFound
from upline.services.organization import nested
from upline.services.organization.nested import get_nested
from upline.services.organization.nodes import Node
from upline.services.organization.trees import get_tree, of_run
from upline.services.organization.visibility import Genealogy

Shape = dict[int, "Shape"]


async def tree_of(ctx: Context, customer_id: int, max_level: int = 10, period: int = 0) -> Node:
    tree = await get_tree(ctx, Genealogy.SPONSOR, period)
    return await get_nested(ctx, tree, customer_id, max_level)


def shape(node: Node) -> Shape:
    return {child.customer_id: shape(child) for child in node.children}


@pytest.fixture
async def ctx(session: AsyncSession) -> Context:
    await add_family(session)
    await add_months(session)
    return context_of(session, 1)


async def test_children_stand_in_their_parents(ctx: Context) -> None:
    root = await tree_of(ctx, 1)
    assert shape(root) == {2: {4: {6: {}}, 5: {}}, 3: {}}
    assert (root.customer_id, root.level, root.parent_id) == (1, 0, None)
    assert not root.has_more


async def test_depth_is_cut_and_says_so(ctx: Context) -> None:
    root = await tree_of(ctx, 1, max_level=2)
    assert shape(root) == {2: {4: {}, 5: {}}, 3: {}}
    carl, dora = root.children[0].children
    assert (carl.has_children, carl.has_more) == (True, True)
    assert (dora.has_children, dora.has_more) == (False, False)


async def test_from_the_middle_the_parent_is_told(ctx: Context) -> None:
    carl = await tree_of(ctx, 4)
    assert (carl.parent_id, carl.level, shape(carl)) == (2, 0, {6: {}})


async def test_a_past_period_as_it_stood(ctx: Context) -> None:
    assert shape(await tree_of(ctx, 1, period=OCTOBER)) == {2: {}, 3: {4: {}}}
    with pytest.raises(NotFound):
        await tree_of(ctx, 6, period=OCTOBER)


async def test_who_just_enrolled_is_there_at_once(ctx: Context, session: AsyncSession) -> None:
    new = {"customer_id": 8, "sponsor_id": 6, "enroller_id": 1, "enrolled_on": NOW.date()}
    await add_members(session, [new])
    eve = await tree_of(ctx, 6)
    assert shape(eve) == {8: {}}
    assert (eve.children[0].enroller_id, eve.children[0].organization_volume) == (1, 0)


async def test_wide_nodes_give_their_first_children(
    ctx: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nested, "CHILDREN_A_NODE", 1)
    of_run.cache_clear()
    root = await tree_of(ctx, 1)
    of_run.cache_clear()
    assert shape(root) == {2: {4: {6: {}}}}
    assert (root.has_more, root.children[0].has_more) == (True, True)


@pytest.mark.parametrize("nodes", [1, 2, 3, 4, 5])
async def test_large_trees_give_their_upper_levels(
    ctx: Context, monkeypatch: pytest.MonkeyPatch, nodes: int
) -> None:
    monkeypatch.setattr(nested, "NODES_A_TREE", nodes)
    of_run.cache_clear()
    root = await tree_of(ctx, 1)
    of_run.cache_clear()
    shapes: list[Shape] = [{}, {2: {}}, {2: {}, 3: {}}, {2: {4: {}}, 3: {}}]
    expected = [*shapes, {2: {4: {}, 5: {}}, 3: {}}]
    assert shape(root) == expected[nodes - 1]
    assert root.has_more == (nodes < 3)
    if nodes > 2:
        assert root.children[0].has_more == (nodes < 5)


async def test_chain_of_five_thousand(session: AsyncSession) -> None:
    await add_chain(session, 5_000)
    with counted() as statements:
        node = await tree_of(context_of(session, 1), 4_980)
    assert len(statements) == 2
    for level in range(11):
        assert (node.customer_id, node.level) == (4_980 + level, level)
        node = node.children[0] if node.children else node
    assert node.has_more
