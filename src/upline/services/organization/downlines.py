"""A whole downline as a flat list, of the sponsor tree or of the binary one.

A downline is a range of labels in a run, in tree order: each member right before their own
downline. Lists that at most one of rank, status and level narrows are counted and paged by blocks
(`blocks.py`), at the same cost in any organization. What else is asked for (names, dates, several
at once, other orders) is looked for among those the shortest way leads to. Before the first run
the live tree is walked.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    CTE,
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
    true,
)
from sqlalchemy.orm import aliased

from upline.core.context import Context
from upline.core.errors import FieldInvalid
from upline.core.paging import Page, Paged
from upline.core.prepared import Prepared
from upline.models.customer import Customer
from upline.models.placement import Placement
from upline.models.volume import MemberPeriod
from upline.services.organization import blocks, sorts
from upline.services.organization.blocks import ORDERS, Facet, Order
from upline.services.organization.downline_filters import Filter, Shape
from upline.services.organization.nodes import NO_RANK, Node, fetch_page, select_nodes
from upline.services.organization.sorts import Sort
from upline.services.organization.trees import RUN_ID, Source, Tree
from upline.services.organization.visibility import Genealogy

# Before a period's first run nothing is labelled yet: so many are walked, nearest first.
WALKED_MEMBERS = 10_000
# A downline up to this size is searched member by member, a larger one through the names.
SEARCHED_MEMBERS = 2_000
# A list in another order than the tree's is sorted as a whole.
SORTED_MEMBERS = 10_000
# Up to here a page is found by passing over those before it, beyond by blocks.
PASSED_MEMBERS = 16_384

_CUSTOMER_ID = bindparam("customer_id", None, BigInteger)
_POSITION_ID = bindparam("position_id", None, SmallInteger)
_LIMIT = bindparam("limit", None, Integer)
_OFFSET = bindparam("offset", None, BigInteger)
# How members are looked for, and all that decides how the statement reads.
Find = Callable[[Source, Shape, bool], Select[*tuple[Any, ...]]]
Listed = tuple[Find, Source, Shape, bool, Sort | None]


@dataclass(frozen=True, slots=True)
class Place:
    """Whom a run lists below a customer: labels in [start, stop), levels after `top_level`."""

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
    values: dict[str, object] = {**wanted.parameters, "customer_id": customer_id}
    is_leg = position_id is not None
    if is_leg:
        values["position_id"] = position_id
    facet = _facet(wanted.shape) if order is None else None
    if facet is not None:
        found = await fetch_page(ctx, _narrowed(tree, facet, is_leg, page), values, page)
        if found is not None:
            return found
    place = await _find_place(ctx, tree, values, is_leg)
    if place is None and not tree.source.is_live:
        return Paged([], 0, page)
    if place is not None and facet is not None:
        return Paged([], await _count(ctx, tree, facet, is_leg, values), page)
    if place is None:
        shape: Listed = (_walked, tree.source, wanted.shape, is_leg, order)
    else:
        is_large = place.members > SEARCHED_MEMBERS
        shape = (_matched, tree.source, wanted.shape, is_large, order)
        values |= {"start": place.start, "stop": place.stop, "top_level": place.top_level}
    return await _fetch_listed(ctx, tree, shape, values, page, is_sorted=order is not None)


def _facet(shape: Shape) -> Facet | None:
    """What a list is narrowed by, as far as blocks know it; None where more is asked than that."""
    match shape:
        case Shape(False, False, False, False, False, 0):
            return Facet.ALL
        case Shape(True, False, False, False, False, 0):
            return Facet.LEVEL
        case Shape(False, True, False, False, False, 0):
            return Facet.RANK
        case Shape(False, False, True, False, False, 0):
            return Facet.STATUS
    return None


def _narrowed(tree: Tree, facet: Facet, is_leg: bool, page: Page) -> Prepared:
    """A page of everybody, or of those whom blocks can tell."""
    if facet is Facet.ALL and page.offset <= PASSED_MEMBERS:
        return tree.statement(_in_order, tree.source, is_leg)
    return tree.statement(_by_blocks, tree.source, facet, is_leg)


def _in_order(source: Source, is_leg: bool) -> Select[*tuple[Any, ...]]:
    """A page near the begin: labels are passed over in their index, one by one."""
    columns = ORDERS[source.genealogy]
    top = _place(columns, is_leg).subquery("top")
    member = aliased(MemberPeriod)
    pre = _column(columns.pre, member)
    inside = (member.run_id == RUN_ID, pre >= top.c.start, pre < top.c.stop)
    first = select(pre).where(*inside).order_by(pre).offset(_OFFSET).limit(1).correlate(top)
    near = (
        select(
            member.customer_id,
            _column(columns.parent, member).label("parent_id"),
            (_column(columns.level, member) - top.c.level).label("level"),
            pre.label("number"),
        )
        .where(member.run_id == RUN_ID, pre >= first.scalar_subquery(), pre < top.c.stop)
        .order_by(pre)
        .limit(_LIMIT)
        .lateral("near")
    )
    places = select(*near.c, top.c.members.label("total")).select_from(top).join(near, true())
    return select_nodes(source, places.subquery("places"))


def _by_blocks(source: Source, facet: Facet, is_leg: bool) -> Select[*tuple[Any, ...]]:
    return select_nodes(source, blocks.select_places(ORDERS[source.genealogy], facet, is_leg))


async def _count(
    ctx: Context, tree: Tree, facet: Facet, is_leg: bool, values: Mapping[str, object]
) -> int:
    """How many a list has none of whom stands on the page."""
    columns = ORDERS[tree.source.genealogy]
    statement = tree.statement(blocks.select_count, columns, facet, is_leg)
    total: int = (await statement.fetch_one(ctx.session, **values)).total
    return total


async def _find_place(
    ctx: Context, tree: Tree, values: Mapping[str, object], is_leg: bool
) -> Place | None:
    """Where a run labelled a customer's downline, or one leg of it; None when it does not know the
    customer."""
    columns = ORDERS[tree.source.genealogy]
    found = await tree.statement(_place, columns, False).fetch_one(ctx.session, **values)
    if found is None or found.start is None:
        return None
    if is_leg:
        leg = await tree.statement(_place, columns, True).fetch_one(ctx.session, **values)
        return Place(*leg) if leg else Place(found.stop, found.stop, found.level, 0)
    return Place(*found)


def _place(columns: Order, is_leg: bool) -> Select[*tuple[Any, ...]]:
    """(start, stop, level, members) as Place has them."""
    pre, stop, level, members = (
        _column(name)
        for name in (columns.pre, columns.pre_end, columns.level, columns.downline_count)
    )
    query = select(
        (pre if is_leg else pre + 1).label("start"),
        stop.label("stop"),
        (level - 1 if is_leg else level).label("level"),
        (members + 1 if is_leg else members).label("members"),
    ).where(MemberPeriod.run_id == RUN_ID)
    if not is_leg:
        return query.where(MemberPeriod.customer_id == _CUSTOMER_ID)
    return query.where(
        MemberPeriod.binary_parent_id == _CUSTOMER_ID,
        MemberPeriod.binary_position_id == _POSITION_ID,
    )


async def _fetch_listed(
    ctx: Context,
    tree: Tree,
    shape: Listed,
    values: Mapping[str, object],
    page: Page,
    *,
    is_sorted: bool,
) -> Paged[Node]:
    """A page of a list that is looked for; counted first where it may be too long to be sorted."""
    count = tree.statement(_counted, *shape)
    total: int | None = None
    if is_sorted:
        total = (await count.fetch_one(ctx.session, **values)).total
        if total > SORTED_MEMBERS:
            raise FieldInvalid(
                "sort", f"Only lists of up to {SORTED_MEMBERS:,} members can be sorted; narrow it."
            )
    found = await fetch_page(ctx, tree.statement(_listed, *shape), values, page)
    if found is not None:
        return found
    if total is None and page.offset:
        total = (await count.fetch_one(ctx.session, **values)).total
    return Paged([], total or 0, page)


def _counted(
    find: Find, source: Source, shape: Shape, way: bool, order: Sort | None
) -> Select[int]:
    return select(func.count().label("total")).select_from(_found(find, source, shape, way))


def _listed(
    find: Find, source: Source, shape: Shape, way: bool, order: Sort | None
) -> Select[*tuple[Any, ...]]:
    """A page of those found, by their own numbers or in the order that was asked for."""
    matched = _found(find, source, shape, way)
    total = func.count().over().label("total")
    if order is None:
        places = select(matched, total).order_by(matched.c.number)
    else:
        by = (*order.columns(), matched.c.number)
        number = func.row_number().over(order_by=by).label("number")
        kept = (matched.c.customer_id, matched.c.parent_id, matched.c.level)
        places = _with_figures(select(*kept, number, total), matched).order_by(*by)
    return select_nodes(source, places.limit(_LIMIT).offset(_OFFSET).subquery("places"))


def _found(find: Find, source: Source, shape: Shape, way: bool) -> CTE:
    # Materialised, or the limit would lure the planner into reading along the order of the tree.
    return find(source, shape, way).cte("matched").prefix_with("MATERIALIZED")


def _matched(source: Source, shape: Shape, is_large: bool) -> Select[*tuple[Any, ...]]:
    """Members of the run's range that match. Materialised on purpose: which side is the smaller
    one is known here, and no statistics tell."""
    columns = ORDERS[source.genealogy]
    pre = _column(columns.pre)
    depth = _column(columns.level) - bindparam("top_level", None, Integer)
    members = select(
        MemberPeriod.customer_id.label("customer_id"),
        _column(columns.parent).label("parent_id"),
        depth.label("level"),
        pre.label("number"),
    ).where(
        MemberPeriod.run_id == RUN_ID,
        pre >= bindparam("start", None, BigInteger),
        pre < bindparam("stop", None, BigInteger),
        *shape.of_figures(depth, MemberPeriod.rank_id, MemberPeriod.status_id),
    )
    if not shape.asks_customers:
        return members
    asked = select(Customer.customer_id).where(*shape.of_customers())
    if is_large:
        named = asked.cte("named").prefix_with("MATERIALIZED")
        return members.join(named, named.c.customer_id == MemberPeriod.customer_id)
    near = members.cte("near").prefix_with("MATERIALIZED")
    matching = asked.where(Customer.customer_id == near.c.customer_id).correlate(near).exists()
    return select(near).where(matching)


def _walked(source: Source, shape: Shape, is_leg: bool) -> Select[*tuple[Any, ...]]:
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
    return _with_figures(
        select(*near.c, func.row_number().over(order_by=nearest).label("number")), near
    ).where(*shape.of_figures(near.c.level, rank_id, Customer.status_id), *shape.of_customers())


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


def _column(name: str, member: type[MemberPeriod] = MemberPeriod) -> ColumnElement[Any]:
    """A column of member_periods by name."""
    column: ColumnElement[Any] = getattr(member, name)
    return column
