"""Trees inside trees: the nested answer of the tree views, cut so that no tree is too large."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    CTE,
    BigInteger,
    Integer,
    Select,
    bindparam,
    cast,
    func,
    literal,
    or_,
    select,
    true,
)

from upline.core.context import Context
from upline.core.errors import NotFound
from upline.services.organization.nodes import Node, OpenPosition, fetch_nodes, select_nodes
from upline.services.organization.trees import Source, Tree

MAX_LEVEL = 10
# How much is given at once; `has_more` tells where it was cut.
CHILDREN_A_NODE = 50
NODES_A_TREE = 1_000
# Levels of the graphical genealogies below the member at their top.
GRAPH_LEVELS = 4
SIDES = (1, 2)

_MAX_LEVEL = bindparam("max_level", None, Integer)


async def get_nested(ctx: Context, tree: Tree, customer_id: int, max_level: int) -> Node:
    """The customer's node with `children` down to `max_level` (1–10), level 0 being the customer.

    A node gives its first CHILDREN_A_NODE children by id and the whole tree NODES_A_TREE nodes,
    upper levels first; `has_more` marks nodes with children that are not in it. One statement.
    Raises NotFound when the customer did not stand in that period's tree (contract:
    Organization, unileveltree).
    """
    statement = tree.statement(_nested_statement, tree.source)
    wanted = {"customer_id": customer_id, "max_level": max_level}
    nodes = await fetch_nodes(ctx, statement, wanted)
    if not nodes:
        raise NotFound
    return _nest(nodes)


async def get_binary(ctx: Context, tree: Tree, customer_id: int) -> Node:
    """The customer's node with GRAPH_LEVELS levels of the binary tree below it: two children a
    node, left before right, and an OpenPosition where nobody stands. Raises NotFound like
    `get_nested` (contract: Organization, graphical genealogy).
    """
    top = await get_nested(ctx, tree, customer_id, GRAPH_LEVELS)
    waiting = [top]
    while waiting:
        node = waiting.pop()
        members = [child for child in node.children if isinstance(child, Node)]
        if node.level < GRAPH_LEVELS:
            taken = {child.position_id: child for child in members}
            node.children = [
                taken.get(side) or OpenPosition(side, node.customer_id) for side in SIDES
            ]
        waiting += members
    return top


def _nested_statement(source: Source) -> Select[*tuple[Any, ...]]:
    walked = (
        select(_walk(source), func.row_number().over().label("number"))
        .limit(NODES_A_TREE + 1)
        .subquery("walked")
    )
    is_cut = func.count().over() > NODES_A_TREE
    is_edge = or_(is_cut, walked.c.level == _MAX_LEVEL)
    return select_nodes(source, select(walked, is_edge.label("is_edge")).subquery("places"))


def _walk(source: Source) -> CTE:
    """Breadth first from the customer; one child more than shown tells that there are more.

    PostgreSQL runs a recursive query only as far as its reader asks for rows.
    """
    customer_id = bindparam("customer_id", None, BigInteger)
    edges = source.edges()
    parent_id = select(edges.c.parent_id).where(edges.c.customer_id == customer_id)
    walk = select(
        customer_id.label("customer_id"),
        parent_id.scalar_subquery().label("parent_id"),
        literal(0, Integer).label("level"),
        cast(1, BigInteger).label("ordinal"),
    ).cte("walk", recursive=True)
    below = source.edges()
    child = (
        select(
            below.c.customer_id,
            func.row_number().over(order_by=below.c.customer_id).label("ordinal"),
        )
        .where(below.c.parent_id == walk.c.customer_id)
        .order_by(below.c.customer_id)
        .limit(CHILDREN_A_NODE + 1)
        .lateral("child")
    )
    return walk.union_all(
        select(child.c.customer_id, walk.c.customer_id, walk.c.level + 1, child.c.ordinal)
        .select_from(walk)
        .join(child, true())
        .where(walk.c.level < _MAX_LEVEL, walk.c.ordinal <= CHILDREN_A_NODE)
    )


def _nest(nodes: Sequence[Node]) -> Node:
    """Hang each node under its parent; parents come first."""
    shown = {node.customer_id: node for node in nodes[:NODES_A_TREE]}
    for number, node in enumerate(nodes[1:], start=1):
        parent = shown[node.parent_id or 0]
        parent.has_children = True
        if number < NODES_A_TREE and len(parent.children) < CHILDREN_A_NODE:
            parent.children.append(node)
        else:
            parent.has_more = True
    for node in shown.values():
        node.has_more |= node.has_children and not node.children
    return nodes[0]
