"""Lists of an organization: personally enrolled members and the flattened sponsor downline.

A downline is a range of the run's preorder numbers, so a page deep inside a million members is an
index range like the first one, and its size is a subtraction. Members who enrolled after the last
refresh of the open period join these lists with the next one.
"""

from collections.abc import Collection, Mapping
from functools import cache
from typing import Any, cast

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    FromClause,
    Integer,
    Row,
    Select,
    and_,
    any_,
    bindparam,
    func,
    literal,
    select,
)

from upline.core.context import Context
from upline.core.errors import FieldInvalid
from upline.core.paging import Page, Paged
from upline.models.customer import Customer
from upline.models.volume import MemberPeriod
from upline.services.customer.vocabulary import CustomerType
from upline.services.organization.downline_filters import Filter, Shape
from upline.services.organization.nodes import NO_RANK, Node, fetch_nodes, select_nodes
from upline.services.organization.trees import RUN_ID, Source, Tree

# Before a period's first run nothing is numbered yet: so many members are walked, nearest first.
WALKED_MEMBERS = 10_000

# What a list of enrolled members may be sorted by, in the names of the answer.
ENROLLED_SORTS: Mapping[str, tuple[ColumnElement[Any], ...]] = {
    "customerid": (cast("ColumnElement[Any]", Customer.customer_id),),
    "firstname": (func.lower(Customer.first_name), func.lower(Customer.last_name)),
    "lastname": (func.lower(Customer.last_name), func.lower(Customer.first_name)),
    "enrolldate": (cast("ColumnElement[Any]", Customer.enrolled_at),),
    "statusid": (func.coalesce(MemberPeriod.status_id, Customer.status_id),),
    "rankid": (func.coalesce(MemberPeriod.rank_id, NO_RANK),),
    "personalvolume": (func.coalesce(MemberPeriod.pv, 0),),
    "groupvolume": (func.coalesce(MemberPeriod.gv, 0),),
    "organizationvolume": (func.coalesce(MemberPeriod.ov, 0),),
}

Place = Row[int, int, int]
# A statement that counts a list and one that fetches a page of it, with the same parameters.
ListStatements = tuple[Select[int], Select[*tuple[Any, ...]]]

_CUSTOMER_ID = bindparam("customer_id", type_=BigInteger)
_PLACE = select(MemberPeriod.pre, MemberPeriod.pre_end, MemberPeriod.level).where(
    MemberPeriod.run_id == RUN_ID, MemberPeriod.customer_id == _CUSTOMER_ID
)
# Written into the text: a plan for any limit would be made for a tenth of the list.
_LIMIT = bindparam("limit", type_=Integer, literal_execute=True)
_OFFSET = bindparam("offset", type_=BigInteger)


async def list_enrolled(
    ctx: Context,
    tree: Tree,
    customer_id: int,
    types: Collection[CustomerType],
    page: Page,
    *,
    sort: str = "",
) -> Paged[Node]:
    """The members of `types` that a customer personally enrolled; level 1, by number.

    `sort` is one of ENROLLED_SORTS, descending with a leading "-"; FieldInvalid otherwise. `tree`
    is the enroller genealogy. Source: contract, Organization personal and customer.
    """
    key, descending = sort.removeprefix("-").lower() or "customerid", sort.startswith("-")
    if key not in ENROLLED_SORTS:
        raise FieldInvalid("sort", f"The list can not be sorted by '{key[:50]}'.")
    statements = _enrolled_statements(tree.source, key, descending)
    parameters = {"customer_id": customer_id, "types": [int(kind) for kind in types]}
    return await _fetch_page(ctx, tree, statements, parameters, page)


async def list_downline(
    ctx: Context, tree: Tree, customer_id: int, wanted: Filter, page: Page
) -> Paged[Node]:
    """Everybody below a customer in the sponsor tree, flattened in preorder: each member right
    before their own downline.

    `tree` is the sponsor genealogy. Empty when the customer did not stand in that period's tree.
    Source: contract, Organization unilevel.
    """
    place = await _find_place(ctx, tree.run_id, customer_id)
    if place is None:
        if not tree.source.is_live:
            return Paged([], 0, page)
        statements = _walked_statements(tree.source, wanted.shape)
        parameters = {**wanted.parameters, "customer_id": customer_id}
        return await _fetch_page(ctx, tree, statements, parameters, page)
    if wanted.is_empty:
        return await _fetch_range(ctx, tree, place, page)
    parameters = {**wanted.parameters, **_place_parameters(place)}
    statements = _narrowed_statements(tree.source, wanted.shape)
    return await _fetch_page(ctx, tree, statements, parameters, page)


async def _find_place(ctx: Context, run_id: int | None, customer_id: int) -> Place | None:
    """Where a run numbered a customer: (pre, pre_end, level)."""
    parameters = {"run_id": run_id, "customer_id": customer_id}
    found = await ctx.session.execute(_PLACE, parameters)
    return found.one_or_none()


async def _fetch_range(ctx: Context, tree: Tree, place: Place, page: Page) -> Paged[Node]:
    """A page of a whole downline: its numbers are known without looking."""
    total = place.pre_end - place.pre - 1
    if page.offset >= total:
        return Paged([], total, page)
    start = place.pre + 1 + page.offset
    numbers = list(range(start, min(start + page.limit, place.pre_end)))
    parameters = {**_place_parameters(place), "numbers": numbers}
    nodes = await fetch_nodes(ctx, tree, _range_statement(tree.source), parameters)
    return Paged(nodes, total, page)


async def _fetch_page(
    ctx: Context,
    tree: Tree,
    statements: ListStatements,
    parameters: Mapping[str, object],
    page: Page,
) -> Paged[Node]:
    """A page of a list and, counted by a statement of its own, how long the list is."""
    count, fetch = statements
    total = await ctx.session.scalar(count, {"run_id": tree.run_id, **parameters}) or 0
    if page.offset >= total:
        return Paged([], total, page)
    parameters = {**parameters, "limit": page.limit, "offset": page.offset}
    return Paged(await fetch_nodes(ctx, tree, fetch, parameters), total, page)


def _place_parameters(place: Place) -> dict[str, object]:
    return {"pre": place.pre, "pre_end": place.pre_end, "top_level": place.level}


def _ranged() -> Select[*tuple[Any, ...]]:
    """Members of the run with their level below the parameter "top_level"."""
    columns: list[ColumnElement[Any]] = [
        MemberPeriod.customer_id.label("customer_id"),
        MemberPeriod.sponsor_id.label("parent_id"),
        _depth().label("level"),
        MemberPeriod.pre.label("number"),
    ]
    return select(*columns).where(MemberPeriod.run_id == RUN_ID)


def _depth() -> ColumnElement[int]:
    return MemberPeriod.level - bindparam("top_level", type_=Integer)


@cache
def _range_statement(source: Source) -> Select[*tuple[Any, ...]]:
    # An array and not a range: a plan made for any range would expect thousands of rows, so that
    # PostgreSQL would plan every page anew.
    numbers = bindparam("numbers", type_=ARRAY(Integer))
    places = _ranged().where(MemberPeriod.pre == any_(numbers))
    return select_nodes(source, places.subquery("places"))


@cache
def _narrowed_statements(source: Source, shape: Shape) -> ListStatements:
    query = _ranged().where(
        MemberPeriod.pre > bindparam("pre", type_=Integer),
        MemberPeriod.pre < bindparam("pre_end", type_=Integer),
        *shape.conditions(_depth(), MemberPeriod.status_id),
    )
    if shape.words:
        query = query.join(Customer, Customer.customer_id == MemberPeriod.customer_id)
    return _list_statements(source, query, (MemberPeriod.pre,))


@cache
def _walked_statements(source: Source, shape: Shape) -> ListStatements:
    """The downline before any run: the nearest WALKED_MEMBERS members, level by level."""
    top = source.edges()
    walk = (
        select(top.c.customer_id, top.c.parent_id, literal(1, Integer).label("level"))
        .where(top.c.parent_id == _CUSTOMER_ID)
        .cte("walk", recursive=True)
    )
    edges = source.edges()
    walk = walk.union_all(
        select(edges.c.customer_id, edges.c.parent_id, walk.c.level + 1).where(
            edges.c.parent_id == walk.c.customer_id
        )
    )
    near = select(walk).limit(WALKED_MEMBERS).subquery("near")
    order = (near.c.level, near.c.customer_id)
    query = _with_figures(
        select(*near.c, func.row_number().over(order_by=order).label("number")), near
    ).where(*shape.conditions(near.c.level, Customer.status_id))
    return _list_statements(source, query, order)


@cache
def _enrolled_statements(source: Source, key: str, descending: bool) -> ListStatements:
    edges = source.edges()
    columns = ENROLLED_SORTS[key]
    order = (*(c.desc() if descending else c for c in columns), edges.c.customer_id)
    type_id = Customer.customer_type_id if source.is_live else MemberPeriod.customer_type_id
    number = func.row_number().over(order_by=order).label("number")
    query = _with_figures(select(*edges.c, literal(1, Integer).label("level"), number), edges)
    query = query.where(
        edges.c.parent_id == _CUSTOMER_ID, type_id.in_(bindparam("types", expanding=True))
    )
    return _list_statements(source, query, order)


def _with_figures(query: Select[*tuple[Any, ...]], members: FromClause) -> Select[*tuple[Any, ...]]:
    """The query over `members` joined to their customers and figures."""
    return (
        query.select_from(members)
        .join(Customer, Customer.customer_id == members.c.customer_id)
        .outerjoin(
            MemberPeriod,
            and_(
                MemberPeriod.run_id == RUN_ID,
                MemberPeriod.customer_id == members.c.customer_id,
            ),
        )
    )


def _list_statements(
    source: Source, query: Select[*tuple[Any, ...]], order: tuple[Any, ...]
) -> ListStatements:
    counted = query.with_only_columns(func.count())
    places = query.order_by(*order).limit(_LIMIT).offset(_OFFSET)
    return counted, select_nodes(source, places.subquery("places"))
