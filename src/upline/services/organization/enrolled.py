"""Personally enrolled members, some of whom have enrolled ten thousand others.

A run's figures know who enrolled whom, of which type and with what volume, in one index. They are
read alone wherever they know everybody; only if somebody enrolled since, live placements are joined
to customers one by one.
"""

from collections.abc import Collection
from typing import Any

from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    Integer,
    Select,
    Subquery,
    bindparam,
    func,
    literal,
    select,
)
from sqlalchemy.orm import InstrumentedAttribute

from upline.core.context import Context
from upline.core.paging import Page, Paged
from upline.models.customer import Customer
from upline.models.volume import MemberPeriod
from upline.services.customer.vocabulary import CustomerType
from upline.services.organization import sorts
from upline.services.organization.nodes import Node, fetch_page, select_nodes
from upline.services.organization.sorts import OF_FIGURES, Sort
from upline.services.organization.trees import RUN_ID, Source, Tree
from upline.services.organization.visibility import Genealogy

_CUSTOMER_ID = bindparam("customer_id", None, BigInteger)
_OFFSET = bindparam("offset", None, BigInteger)
Types = tuple[CustomerType, ...]


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

    `sort` is one of SORTS, descending with a leading "-"; FieldInvalid otherwise. `tree` is the
    enroller genealogy. Source: contract, Organization personal and customer.
    """
    order = sorts.parse(sort) or Sort("customerid")
    shape, wanted = (tree.source, tuple(types)), {"customer_id": customer_id}
    found = await fetch_page(ctx, tree, _page, (*shape, order), wanted, page)
    if found is not None:
        return found
    # Past the end; or the run does not know everybody.
    counts = await tree.statement(_counts, *shape).fetch_one(ctx.session, **wanted)
    if counts.known == counts.everybody:
        return Paged([], counts.total, page)
    found = await fetch_page(ctx, tree, _live_page, (*shape, order), wanted, page)
    if found is not None:
        return found
    count = await tree.statement(_live_count, *shape).fetch_one(ctx.session, **wanted)
    return Paged([], count.total, page)


def _counts(source: Source, types: Types) -> Select[*tuple[Any, ...]]:
    """How many of the types the run knows, how many of all types, and how many there are."""
    known = func.count()
    everybody: Any = known
    if source.is_live:
        live = _live()
        everybody = (
            select(func.count()).select_from(live).where(live.c.parent_id == _CUSTOMER_ID)
        ).scalar_subquery()
    of_types = func.count().filter(MemberPeriod.customer_type_id.in_(types))
    return select(
        of_types.label("total"), known.label("known"), everybody.label("everybody")
    ).where(MemberPeriod.run_id == RUN_ID, MemberPeriod.enroller_id == _CUSTOMER_ID)


def _page(source: Source, types: Types, order: Sort, limit: int) -> Select[*tuple[Any, ...]]:
    """A page out of the run's figures; empty unless they know everybody."""
    counts = _counts(source, types).cte("counts").prefix_with("MATERIALIZED")
    return _nodes(source, _of_figures(types, order, counts), counts.c.total, limit)


def _live_page(source: Source, types: Types, order: Sort, limit: int) -> Select[*tuple[Any, ...]]:
    query = _of_live(_places(order, Customer.customer_id), types)
    return _nodes(source, query, func.count().over(), limit)


def _live_count(source: Source, types: Types) -> Select[*tuple[Any, ...]]:
    del source
    return _of_live(select(func.count().label("total")), types)


def _nodes(
    source: Source, query: Select[*tuple[Any, ...]], total: ColumnElement[int], limit: int
) -> Select[*tuple[Any, ...]]:
    places = query.add_columns(total.label("total")).limit(limit).offset(_OFFSET)
    return select_nodes(source, places.subquery("places"))


def _of_figures(types: Types, order: Sort, counts: CTE) -> Select[*tuple[Any, ...]]:
    query = (
        _places(order, MemberPeriod.customer_id, of_figures=order.key in OF_FIGURES)
        .select_from(MemberPeriod)
        .join(counts, counts.c.known == counts.c.everybody)
        .where(
            MemberPeriod.run_id == RUN_ID,
            MemberPeriod.enroller_id == _CUSTOMER_ID,
            MemberPeriod.customer_type_id.in_(types),
        )
    )
    if order.key in OF_FIGURES:
        return query
    return query.join(Customer, Customer.customer_id == MemberPeriod.customer_id)


def _of_live(query: Select[*tuple[Any, ...]], types: Types) -> Select[*tuple[Any, ...]]:
    """`query` over the live tree, customers and, where the run has them, figures."""
    live = _live()
    return (
        query.select_from(live)
        .join(Customer, Customer.customer_id == live.c.customer_id)
        .outerjoin(
            MemberPeriod,
            (MemberPeriod.run_id == RUN_ID) & (MemberPeriod.customer_id == live.c.customer_id),
        )
        .where(live.c.parent_id == _CUSTOMER_ID, Customer.customer_type_id.in_(types))
    )


def _live() -> Subquery:
    return Source(Genealogy.ENROLLER, is_live=True).edges()


def _places(
    order: Sort, customer_id: InstrumentedAttribute[int], *, of_figures: bool = False
) -> Select[*tuple[Any, ...]]:
    """Places below the customer in the order that was asked for, equals by number."""
    by = (*order.columns(of_figures=of_figures), customer_id)
    return select(
        customer_id.label("customer_id"),
        _CUSTOMER_ID.label("parent_id"),
        literal(1, Integer).label("level"),
        func.row_number().over(order_by=by).label("number"),
    ).order_by(*by)
