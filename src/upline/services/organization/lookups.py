"""Members of a downline looked for one by one: by name or date, by several things at once, or put
in another order than the tree's.

Materialised on purpose: which side is the smaller one is known here, and no statistics tell.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from sqlalchemy import (
    ARRAY,
    CTE,
    BigInteger,
    BindParameter,
    ColumnElement,
    FromClause,
    Integer,
    LargeBinary,
    Select,
    SmallInteger,
    bindparam,
    cast,
    func,
    literal,
    literal_column,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.sql import visitors
from sqlalchemy.sql.expression import ColumnClause
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.sql.visitors import ExternallyTraversible

from upline.models.customer import Customer
from upline.models.placement import Placement
from upline.models.volume import MemberPeriod
from upline.services.organization.blocks import ORDERS
from upline.services.organization.downline_filters import Shape
from upline.services.organization.nodes import NO_RANK, select_nodes
from upline.services.organization.sorts import Sort
from upline.services.organization.trees import RUN_ID, Source
from upline.services.organization.visibility import Genealogy

# Before a period's first run nothing is labelled yet: so many are walked, nearest first.
WALKED_MEMBERS = 10_000

_CUSTOMER_ID = bindparam("customer_id", None, BigInteger)
_POSITION_ID = bindparam("position_id", None, SmallInteger)
_OFFSET = bindparam("offset", None, BigInteger)
_LABELS = bindparam("labels", None, ARRAY(BigInteger))
# How members are looked for, and all that decides how the statement reads.
Find = Callable[[Source, Shape, bool], Select[*tuple[Any, ...]]]
Listed = tuple[Find, Source, Shape, bool, Sort | None]


def select_count(
    find: Find, source: Source, shape: Shape, way: bool, order: Sort | None
) -> Select[int]:
    """How many are found, as "total"."""
    del order
    return select(func.count().label("total")).select_from(_found(find, source, shape, way))


def select_page(
    find: Find, source: Source, shape: Shape, way: bool, order: Sort | None, limit: int
) -> Select[*tuple[Any, ...]]:
    """A page of those found, by their own numbers or in the order that was asked for."""
    matched = _found(find, source, shape, way)
    total = func.count().over().label("total")
    offset = select(_OFFSET).scalar_subquery()
    if order is None:
        places = select(matched, total).order_by(matched.c.number)
    else:
        by = (*order.columns(), matched.c.number)
        number = func.row_number().over(order_by=by).label("number")
        kept = (matched.c.customer_id, matched.c.parent_id, matched.c.level)
        places = _with_figures(select(*kept, number, total), matched).order_by(*by)
    return select_nodes(source, places.limit(limit).offset(offset).subquery("places"))


def select_everybody(source: Source, shape: Shape, is_labelled: bool) -> Select[*tuple[Any, ...]]:
    """All who match in a large downline: "members", their numbers of 8 bytes in tree order, and
    "looked_at", how many had to be looked at for that."""
    if is_labelled:
        named: FromClause = _given()
        found = labelled(source, shape, True).cte("found")
    else:
        named, found = _named(source, shape)
    packed = func.string_agg(
        func.int8send(found.c.customer_id),
        aggregate_order_by(literal_column("''::bytea"), found.c.number),
        type_=LargeBinary,
    )
    looked_at = select(func.count()).select_from(named).scalar_subquery()
    return select(packed.label("members"), looked_at.label("looked_at")).select_from(found)


def _found(find: Find, source: Source, shape: Shape, way: bool) -> CTE:
    # Or the limit would lure the planner into reading along the order of the tree.
    return find(source, shape, way).cte("matched").prefix_with("MATERIALIZED")


def matched(source: Source, shape: Shape, is_large: bool) -> Select[*tuple[Any, ...]]:
    """Members of the run's range [start, stop) that match."""
    if is_large:
        return select(_named(source, shape)[1])
    near = _in_range(source, shape).cte("near").prefix_with("MATERIALIZED")
    if not shape.asks_customers:
        return _planned_once(select(near))
    this = select(Customer.customer_id).where(Customer.customer_id == near.c.customer_id)
    asked = this.where(*shape.of_customers()).limit(1).lateral()  # one by one, by the limit
    return _planned_once(select(near).join(asked, true()))


def labelled(source: Source, shape: Shape, _: bool) -> Select[*tuple[Any, ...]]:
    """Those of the members whom the words are known to name ("labels") of whom the rest is true."""
    given, member = _given(), _in_range(source, replace(shape, words=0))
    if shape.has_start or shape.has_end:
        member = member.join(Customer, Customer.customer_id == MemberPeriod.customer_id).where(
            *replace(shape, words=0).of_customers()
        )
    label = _column(ORDERS[source.genealogy].pre)
    near = _planned_once(member).where(label == given.c.label).limit(1).lateral("near")
    return select(near).select_from(given).join(near, true())


def _given() -> FromClause:
    labels = cast(select(_LABELS).scalar_subquery(), ARRAY(BigInteger))
    return func.unnest(labels).table_valued("label").render_derived("given")


def _planned_once(query: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    """The query with subqueries for its parameters: knowing their values, PostgreSQL would believe
    that a plan made for them alone is worth making each time."""

    def hide(element: ExternallyTraversible, **_: Any) -> ExternallyTraversible | None:
        if not isinstance(element, BindParameter | FunctionElement) or not _is_asked(element):
            return None
        return cast(select(element).scalar_subquery(), element.type)

    hidden: Any = visitors.replacement_traverse(query, {}, hide)
    return hidden  # type: ignore[no-any-return]


def _is_asked(value: ColumnElement[Any]) -> bool:
    """Whether parameters alone make the value, the run apart: then it is worked out once."""
    parts = list(visitors.iterate(value))
    asked = any(isinstance(part, BindParameter) and part.value is None for part in parts)
    return asked and not any(isinstance(p, ColumnClause) or p is RUN_ID for p in parts)


def _named(source: Source, shape: Shape) -> tuple[CTE, CTE]:
    """Those who have to be looked at, and those of them who match."""
    members = _in_range(source, shape)
    if not shape.asks_customers:
        found = members.cte("found").prefix_with("MATERIALIZED")
        return found, found
    asked = select(Customer.customer_id).where(*shape.of_customers())
    named = asked.cte("named").prefix_with("MATERIALIZED")
    joined = members.join(named, named.c.customer_id == MemberPeriod.customer_id)
    return named, joined.cte("found")


def _in_range(source: Source, shape: Shape) -> Select[*tuple[Any, ...]]:
    columns = ORDERS[source.genealogy]
    pre, parent = _column(columns.pre), _column(columns.parent)
    depth = _column(columns.level) - bindparam("top_level", None, Integer)
    return select(
        MemberPeriod.customer_id.label("customer_id"),
        parent.label("parent_id"),
        depth.label("level"),
        pre.label("number"),
    ).where(
        MemberPeriod.run_id == RUN_ID,
        pre >= bindparam("start", None, BigInteger),
        pre < bindparam("stop", None, BigInteger),
        *shape.of_figures(depth, MemberPeriod.rank_id, MemberPeriod.status_id),
    )


def walked(source: Source, shape: Shape, is_leg: bool) -> Select[*tuple[Any, ...]]:
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


def _column(name: str) -> ColumnElement[Any]:
    column: ColumnElement[Any] = getattr(MemberPeriod, name)
    return column
