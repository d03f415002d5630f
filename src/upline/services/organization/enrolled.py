"""Personally enrolled members, some of whom have enrolled ten thousand others.

A run's figures know who enrolled whom, of which type and with what volume, in one index. They are
read alone wherever they know everybody; only if somebody enrolled since, live placements are joined
to customers one by one.
"""

from collections.abc import Collection
from functools import cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    BindParameter,
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
from upline.services.organization.nodes import Node, fetch_nodes, select_nodes
from upline.services.organization.sorts import OF_FIGURES, Sort
from upline.services.organization.trees import RUN_ID, Source, Tree
from upline.services.organization.visibility import Genealogy

_CUSTOMER_ID = bindparam("customer_id", type_=BigInteger)
_TYPES: BindParameter[int] = bindparam("types", expanding=True)
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

    `sort` is one of SORTS, descending with a leading "-"; FieldInvalid otherwise. `tree` is the
    enroller genealogy. Source: contract, Organization personal and customer.
    """
    order = sorts.parse(sort) or Sort("customerid")
    parameters = {"customer_id": customer_id, "types": [int(kind) for kind in types]}
    of_run = {**parameters, "run_id": tree.run_id}
    total, known, everybody = (await ctx.session.execute(_counts(tree.source), of_run)).one()
    is_known = known == everybody
    if not is_known:
        total = await ctx.session.scalar(_live_count(), of_run) or 0
    if page.offset >= total:
        return Paged([], total, page)
    statement = _page(tree.source, order, is_known)
    parameters |= {"limit": page.limit, "offset": page.offset}
    return Paged(await fetch_nodes(ctx, tree, statement, parameters), total, page)


@cache
def _counts(source: Source) -> Select[int, int, int]:
    """How many of the types the run knows, how many of all types, and how many there are."""
    known = func.count()
    everybody: Any = known
    if source.is_live:
        live = _live()
        everybody = (
            select(func.count()).select_from(live).where(live.c.parent_id == _CUSTOMER_ID)
        ).scalar_subquery()
    return select(
        func.count().filter(MemberPeriod.customer_type_id.in_(_TYPES)), known, everybody
    ).where(MemberPeriod.run_id == RUN_ID, MemberPeriod.enroller_id == _CUSTOMER_ID)


@cache
def _live_count() -> Select[*tuple[Any, ...]]:
    return _of_live(select(func.count()))


@cache
def _page(source: Source, order: Sort, is_known: bool) -> Select[*tuple[Any, ...]]:
    """A page as Nodes, out of the run's figures or out of the live tree."""
    places = _of_figures(order) if is_known else _of_live(_places(order, Customer.customer_id))
    return select_nodes(source, places.limit(_LIMIT).offset(_OFFSET).subquery("places"))


def _of_figures(order: Sort) -> Select[*tuple[Any, ...]]:
    query = _places(order, MemberPeriod.customer_id, of_figures=order.key in OF_FIGURES).where(
        MemberPeriod.run_id == RUN_ID,
        MemberPeriod.enroller_id == _CUSTOMER_ID,
        MemberPeriod.customer_type_id.in_(_TYPES),
    )
    if order.key in OF_FIGURES:
        return query.select_from(MemberPeriod)
    return query.join_from(MemberPeriod, Customer, Customer.customer_id == MemberPeriod.customer_id)


def _of_live(query: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    """`query` over the live tree, customers and, where the run has them, figures."""
    live = _live()
    return (
        query.select_from(live)
        .join(Customer, Customer.customer_id == live.c.customer_id)
        .outerjoin(
            MemberPeriod,
            (MemberPeriod.run_id == RUN_ID) & (MemberPeriod.customer_id == live.c.customer_id),
        )
        .where(live.c.parent_id == _CUSTOMER_ID, Customer.customer_type_id.in_(_TYPES))
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
