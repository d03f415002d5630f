"""A whole downline as a flat list, of the sponsor tree or of the binary one.

A downline is a range of labels in a run, in tree order: each member right before their own
downline. Lists that at most one of rank, status and level narrows are counted and paged by blocks
(`blocks.py`), at the same cost in any organization. What else is asked for (names, dates, several
at once, other orders) is looked for among those the shortest way leads to. Before the first run
the live tree is walked.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    FromClause,
    Integer,
    Select,
    SmallInteger,
    bindparam,
    func,
    literal,
    select,
)

from upline.core.context import Context
from upline.core.errors import FieldInvalid
from upline.core.paging import Page, Paged
from upline.models.customer import Customer
from upline.models.placement import Placement
from upline.models.volume import MemberPeriod
from upline.services.organization import blocks, sorts
from upline.services.organization.blocks import ORDERS, Facet, Order, Range
from upline.services.organization.downline_filters import Filter, Shape
from upline.services.organization.nodes import NO_RANK, Node, fetch_nodes, select_nodes
from upline.services.organization.sorts import Sort
from upline.services.organization.trees import RUN_ID, Source, Tree
from upline.services.organization.visibility import Genealogy

# Before a period's first run nothing is labelled yet: so many are walked, nearest first.
WALKED_MEMBERS = 10_000
# A downline up to this size is searched member by member, a larger one through the names.
SEARCHED_MEMBERS = 2_000
# A list in another order than the tree's is sorted as a whole.
SORTED_MEMBERS = 10_000
DEEPEST_LEVEL = 2**31 - 1

_CUSTOMER_ID = bindparam("customer_id", type_=BigInteger)
_POSITION_ID = bindparam("position_id", type_=SmallInteger)
_LIMIT = bindparam("limit", type_=Integer)
_OFFSET = bindparam("offset", type_=BigInteger)
# A statement that counts a list and one that fetches a page of it, with the same parameters.
ListStatements = tuple[Select[int], Select[*tuple[Any, ...]]]


@dataclass(frozen=True, slots=True)
class Place:
    """Whom a run lists below a customer: labels in [start, stop), levels after `top_level`."""

    run_id: int
    start: int
    stop: int
    top_level: int
    members: int


async def list_downline(
    ctx: Context,
    tree: Tree,
    customer_id: int,
    wanted: Filter,
    page: Page,
    *,
    position_id: int | None = None,
    sort: str = "",
) -> Paged[Node]:
    """Everybody below a customer, flattened in tree order, or sorted by one of SORTS.

    `tree` is the sponsor or the binary genealogy; `position_id` takes one leg of the binary one.
    Empty when the customer did not stand in that period's tree; FieldInvalid for a list too long to
    be sorted. Source: contract, Organization unilevel and binary.
    """
    order = sorts.parse(sort)
    place = await _find_place(ctx, tree, customer_id, position_id)
    parameters = {**wanted.parameters, "customer_id": customer_id, "position_id": position_id}
    if place is None and not tree.source.is_live:
        return Paged([], 0, page)
    if place is None:
        statements = _walked(tree.source, wanted.shape, position_id is not None, order)
    elif order is None and (narrowed := _narrow(place, wanted)) is not None:
        return await _fetch_blocks(ctx, tree, narrowed, page)
    else:
        statements = _matched(tree.source, wanted.shape, place.members > SEARCHED_MEMBERS, order)
        parameters |= {"start": place.start, "stop": place.stop, "top_level": place.top_level}
    return await _fetch_page(ctx, tree, statements, parameters, page, is_sorted=order is not None)


async def _find_place(
    ctx: Context, tree: Tree, customer_id: int, position_id: int | None
) -> Place | None:
    """Where a run labelled a customer's downline, or one leg of it; None when it does not know
    them."""
    if tree.run_id is None:
        return None
    order = ORDERS[tree.source.genealogy]
    parameters = {"run_id": tree.run_id, "customer_id": customer_id}
    found = (await ctx.session.execute(_place_statement(order, False), parameters)).one_or_none()
    if found is None or found.pre is None:
        return None
    if position_id is None:
        return Place(tree.run_id, found.pre + 1, found.pre_end, found.level, found.members)
    parameters["position_id"] = position_id
    leg = (await ctx.session.execute(_place_statement(order, True), parameters)).one_or_none()
    if leg is None:
        return Place(tree.run_id, found.pre_end, found.pre_end, found.level, 0)
    return Place(tree.run_id, leg.pre, leg.pre_end, found.level, leg.members + 1)


@cache
def _place_statement(order: Order, is_leg: bool) -> Select[*tuple[Any, ...]]:
    who: ColumnElement[bool] = MemberPeriod.customer_id == _CUSTOMER_ID
    if is_leg:
        who = (MemberPeriod.binary_parent_id == _CUSTOMER_ID) & (
            MemberPeriod.binary_position_id == _POSITION_ID
        )
    return select(
        _column(order.pre).label("pre"),
        _column(order.pre_end).label("pre_end"),
        _column(order.level).label("level"),
        _column(order.downline_count).label("members"),
    ).where(MemberPeriod.run_id == RUN_ID, who)


def _narrow(place: Place, wanted: Filter) -> Range | None:
    """The range as blocks know it; None where more is asked than they tell."""
    facet: Facet
    values: tuple[int, ...]
    match wanted.shape:
        case Shape(False, False, False, False, False, 0):
            facet, values = Facet.ALL, (0,)
        case Shape(True, False, False, False, False, 0):
            deepest = min(place.top_level + (wanted.max_level or 0), DEEPEST_LEVEL)
            facet, values = Facet.LEVEL, (place.top_level + 1, deepest)
        case Shape(False, True, False, False, False, 0):
            facet, values = Facet.RANK, wanted.rank_ids
        case Shape(False, False, True, False, False, 0):
            facet, values = Facet.STATUS, wanted.status_ids
        case _:
            return None
    return Range(place.run_id, place.start, place.stop, place.top_level, facet, values)


async def _fetch_blocks(ctx: Context, tree: Tree, wanted: Range, page: Page) -> Paged[Node]:
    found = await blocks.find_page(ctx, ORDERS[tree.source.genealogy], wanted, page)
    if not found.starts:
        return Paged([], found.total, page)
    parameters = {
        **wanted.parameters,
        "starts": found.starts,
        "stops": found.stops,
        "skip": found.skip,
        "limit": page.limit,
        "most": found.skip + page.limit,
    }
    statement = _block_statement(tree.source, wanted.facet)
    return Paged(await fetch_nodes(ctx, tree, statement, parameters), found.total, page)


@cache
def _block_statement(source: Source, facet: Facet) -> Select[*tuple[Any, ...]]:
    return select_nodes(source, blocks.places(ORDERS[source.genealogy], facet))


async def _fetch_page(
    ctx: Context,
    tree: Tree,
    statements: ListStatements,
    parameters: dict[str, object],
    page: Page,
    *,
    is_sorted: bool,
) -> Paged[Node]:
    """A page of a list and, counted by a statement of its own, how long the list is."""
    count, fetch = statements
    total = await ctx.session.scalar(count, {"run_id": tree.run_id, **parameters}) or 0
    if is_sorted and total > SORTED_MEMBERS:
        raise FieldInvalid(
            "sort", f"Only lists of up to {SORTED_MEMBERS:,} members can be sorted; narrow it."
        )
    if page.offset >= total:
        return Paged([], total, page)
    parameters = {**parameters, "limit": page.limit, "offset": page.offset}
    return Paged(await fetch_nodes(ctx, tree, fetch, parameters), total, page)


@cache
def _matched(source: Source, shape: Shape, is_large: bool, order: Sort | None) -> ListStatements:
    """Members of the run's range that match. Materialised on purpose: which side is the smaller
    one is known here, and no statistics tell."""
    columns = ORDERS[source.genealogy]
    pre = _column(columns.pre)
    depth = _column(columns.level) - bindparam("top_level", type_=Integer)
    members = select(
        MemberPeriod.customer_id.label("customer_id"),
        _column(columns.parent).label("parent_id"),
        depth.label("level"),
        pre.label("number"),
    ).where(
        MemberPeriod.run_id == RUN_ID,
        pre >= bindparam("start", type_=BigInteger),
        pre < bindparam("stop", type_=BigInteger),
        *shape.of_figures(depth, MemberPeriod.rank_id, MemberPeriod.status_id),
    )
    if not shape.asks_customers:
        return _list_statements(source, members, order)
    asked = select(Customer.customer_id).where(*shape.of_customers())
    if is_large:
        named = asked.cte("named").prefix_with("MATERIALIZED")
        members = members.join(named, named.c.customer_id == MemberPeriod.customer_id)
        return _list_statements(source, members, order)
    near = members.cte("near").prefix_with("MATERIALIZED")
    matching = asked.where(Customer.customer_id == near.c.customer_id).correlate(near).exists()
    return _list_statements(source, select(near).where(matching), order)


@cache
def _walked(source: Source, shape: Shape, is_leg: bool, order: Sort | None) -> ListStatements:
    """The downline before any run: the nearest WALKED_MEMBERS members, level by level."""
    top = source.edges()
    first = select(top.c.customer_id, top.c.parent_id, literal(1, Integer).label("level")).where(
        top.c.parent_id == _CUSTOMER_ID
    )
    if is_leg:
        leg = select(Placement.customer_id).where(
            Placement.parent_id == _CUSTOMER_ID,
            Placement.genealogy_id == Genealogy.BINARY,
            Placement.valid_to.is_(None),
            Placement.position_id == _POSITION_ID,
        )
        first = first.where(top.c.customer_id.in_(leg))
    walk = first.cte("walk", recursive=True)
    edges = source.edges()
    walk = walk.union_all(
        select(edges.c.customer_id, edges.c.parent_id, walk.c.level + 1).where(
            edges.c.parent_id == walk.c.customer_id
        )
    )
    near = select(walk).limit(WALKED_MEMBERS).subquery("near")
    nearest = (near.c.level, near.c.customer_id)
    rank_id = func.coalesce(MemberPeriod.rank_id, NO_RANK)
    matched = _with_figures(
        select(*near.c, func.row_number().over(order_by=nearest).label("number")), near
    ).where(*shape.of_figures(near.c.level, rank_id, Customer.status_id), *shape.of_customers())
    return _list_statements(source, matched, order)


def _list_statements(
    source: Source, found: Select[*tuple[Any, ...]], order: Sort | None
) -> ListStatements:
    """Count and page of those found, by their own numbers or in the order that was asked for."""
    # Materialised, or the limit would lure the planner into reading along the order of the tree.
    matched = found.cte("matched").prefix_with("MATERIALIZED")
    counted = select(func.count()).select_from(matched)
    if order is None:
        places = select(matched).order_by(matched.c.number)
    else:
        by = (*order.columns(), matched.c.number)
        number = func.row_number().over(order_by=by).label("number")
        kept = (matched.c.customer_id, matched.c.parent_id, matched.c.level)
        places = _with_figures(select(*kept, number), matched).order_by(*by)
    return counted, select_nodes(source, places.limit(_LIMIT).offset(_OFFSET).subquery("places"))


def _with_figures(query: Select[*tuple[Any, ...]], members: FromClause) -> Select[*tuple[Any, ...]]:
    """The query over `members` joined to their customers and figures."""
    return (
        query.select_from(members)
        .join(Customer, Customer.customer_id == members.c.customer_id)
        .outerjoin(
            MemberPeriod,
            (MemberPeriod.run_id == RUN_ID) & (MemberPeriod.customer_id == members.c.customer_id),
        )
    )


def _column(name: str) -> ColumnElement[Any]:
    """A column of member_periods by name."""
    column: ColumnElement[Any] = getattr(MemberPeriod, name)
    return column
