"""Lists of an organization: personally enrolled members and the flattened sponsor downline.

A downline is a range of the run's preorder numbers, so a page deep inside a million members is an
index range like the first one, and its size is a subtraction. Members who enrolled after the last
refresh of the open period join these lists with the next one.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Integer,
    Row,
    Select,
    SQLColumnExpression,
    and_,
    func,
    literal,
    or_,
    select,
)

from upline.core.context import Context
from upline.core.errors import FieldInvalid
from upline.core.paging import Page, Paged
from upline.models.customer import Customer
from upline.models.volume import MemberPeriod
from upline.services.customer.vocabulary import CustomerType
from upline.services.organization.nodes import NO_RANK, Node, fetch_nodes
from upline.services.organization.trees import Tree

SEARCH_WORDS = 4
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


@dataclass(frozen=True, slots=True)
class Filter:
    """Which members of a downline are wanted; levels count from the member asked for.

    Each word of `search` must begin the first or the last name, or be the customer's number.
    """

    max_level: int | None = None
    search: str = ""
    rank_id: int | None = None
    status_id: int | None = None

    @property
    def is_empty(self) -> bool:
        return self == Filter()


async def list_enrolled(
    ctx: Context,
    tree: Tree,
    customer_id: int,
    types: Collection[CustomerType],
    page: Page,
    *,
    sort: str = "",
) -> Paged[Node]:
    """The members of `types` that a customer personally enrolled; level 1, oldest number first.

    `sort` is one of ENROLLED_SORTS, descending with a leading "-"; FieldInvalid otherwise. `tree`
    is the enroller genealogy. Source: contract, Organization personal and customer.
    """
    edges = tree.edges()
    type_id = func.coalesce(MemberPeriod.customer_type_id, Customer.customer_type_id)
    query = (
        select(edges.c.customer_id, edges.c.parent_id, literal(1, Integer).label("level"))
        .select_from(edges)
        .join(Customer, Customer.customer_id == edges.c.customer_id)
        .outerjoin(
            MemberPeriod,
            and_(
                MemberPeriod.run_id == tree.run_id,
                MemberPeriod.customer_id == edges.c.customer_id,
            ),
        )
        .where(edges.c.parent_id == customer_id, type_id.in_([int(kind) for kind in types]))
    )
    key = _sort_key(sort)
    number = func.row_number().over(order_by=(*key, edges.c.customer_id)).label("number")
    return await _fetch_page(ctx, tree, query, number, page)


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
        if tree.is_live:
            return await _list_walked(ctx, tree, customer_id, wanted, page)
        return Paged([], 0, page)
    query = select(
        MemberPeriod.customer_id,
        MemberPeriod.sponsor_id.label("parent_id"),
        (MemberPeriod.level - place.level).label("level"),
    ).where(MemberPeriod.run_id == tree.run_id)
    if wanted.is_empty:
        return await _fetch_range(ctx, tree, query, place, page)
    query = query.where(
        MemberPeriod.pre > place.pre,
        MemberPeriod.pre < place.pre_end,
        *_conditions(wanted, MemberPeriod.level - place.level, MemberPeriod.status_id),
    )
    if wanted.search:
        query = query.join(Customer, Customer.customer_id == MemberPeriod.customer_id)
    return await _fetch_page(ctx, tree, query, MemberPeriod.pre.label("number"), page)


async def _find_place(
    ctx: Context, run_id: int | None, customer_id: int
) -> Row[int, int, int] | None:
    """Where a run numbered a customer: (pre, pre_end, level)."""
    found = await ctx.session.execute(
        select(MemberPeriod.pre, MemberPeriod.pre_end, MemberPeriod.level).where(
            MemberPeriod.run_id == run_id, MemberPeriod.customer_id == customer_id
        )
    )
    return found.one_or_none()


async def _fetch_range(
    ctx: Context, tree: Tree, query: Select[Any], place: Row[int, int, int], page: Page
) -> Paged[Node]:
    """A page of a whole downline: its numbers are known without looking."""
    first = place.pre + 1 + page.offset
    total = place.pre_end - place.pre - 1
    places = query.add_columns(MemberPeriod.pre.label("number")).where(
        MemberPeriod.pre >= first, MemberPeriod.pre < min(first + page.limit, place.pre_end)
    )
    nodes = await fetch_nodes(ctx, tree, places.subquery("places")) if page.offset < total else []
    return Paged(nodes, total, page)


async def _fetch_page(
    ctx: Context, tree: Tree, query: Select[Any], number: ColumnElement[int], page: Page
) -> Paged[Node]:
    """A page of a narrowed list, in the order of `number`, and how many there are in all."""
    total = await ctx.session.scalar(select(func.count()).select_from(query.subquery())) or 0
    if page.offset >= total:
        return Paged([], total, page)
    places = query.add_columns(number).order_by("number").limit(page.limit).offset(page.offset)
    return Paged(await fetch_nodes(ctx, tree, places.subquery("places")), total, page)


async def _list_walked(
    ctx: Context, tree: Tree, customer_id: int, wanted: Filter, page: Page
) -> Paged[Node]:
    """The same list before any run: the nearest WALKED_MEMBERS members, level by level."""
    top = tree.edges()
    walk = (
        select(top.c.customer_id, top.c.parent_id, literal(1, Integer).label("level"))
        .where(top.c.parent_id == customer_id)
        .cte("walk", recursive=True)
    )
    edges = tree.edges()
    walk = walk.union_all(
        select(edges.c.customer_id, edges.c.parent_id, walk.c.level + 1).where(
            edges.c.parent_id == walk.c.customer_id,
            walk.c.level < (wanted.max_level or WALKED_MEMBERS),
        )
    )
    near = select(walk).limit(WALKED_MEMBERS).subquery("near")
    query = (
        select(near)
        .join(Customer, Customer.customer_id == near.c.customer_id)
        .outerjoin(
            MemberPeriod,
            and_(
                MemberPeriod.run_id == tree.run_id,
                MemberPeriod.customer_id == near.c.customer_id,
            ),
        )
        .where(*_conditions(wanted, near.c.level, Customer.status_id))
    )
    number = func.row_number().over(order_by=(near.c.level, near.c.customer_id)).label("number")
    return await _fetch_page(ctx, tree, query, number, page)


def _conditions(
    wanted: Filter, level: SQLColumnExpression[int], status_id: SQLColumnExpression[int]
) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.max_level is not None:
        conditions.append(level <= wanted.max_level)
    if wanted.rank_id is not None:
        conditions.append(func.coalesce(MemberPeriod.rank_id, NO_RANK) == wanted.rank_id)
    if wanted.status_id is not None:
        conditions.append(status_id == wanted.status_id)
    conditions += [_begins(word) for word in wanted.search.split()[:SEARCH_WORDS]]
    return conditions


def _begins(word: str) -> ColumnElement[bool]:
    """A name that begins with the word in any letter case, or the number it is."""
    escaped = word.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_")
    pattern = func.lower(literal(f"{escaped}%"))
    matches: list[ColumnElement[bool]] = [
        func.lower(Customer.last_name).like(pattern),
        func.lower(Customer.first_name).like(pattern),
    ]
    if word.isascii() and word.isdigit() and int(word) < 2**63:
        matches.append(Customer.customer_id == literal(int(word), BigInteger))
    return or_(*matches)


def _sort_key(sort: str) -> tuple[ColumnElement[Any], ...]:
    """The columns of one of ENROLLED_SORTS, the other way round with a leading "-"."""
    if not sort:
        return ()
    name = sort.removeprefix("-").lower()
    columns = ENROLLED_SORTS.get(name)
    if columns is None:
        raise FieldInvalid("sort", f"The list can not be sorted by '{name[:50]}'.")
    return tuple(column.desc() if sort.startswith("-") else column for column in columns)
