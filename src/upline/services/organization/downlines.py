"""A whole downline as a flat list, of the sponsor tree or of the binary one.

A downline is a range of labels in a run, in tree order: each member right before their own
downline. Lists that at most one of rank, status and level narrows are counted and paged by blocks
(`blocks.py`), at the same cost in any organization, and names are found by the places of those who
have them (`named.py`). What else is asked for (dates, several at once, other orders) is looked for
(`lookups.py`) among those the shortest way leads to, and what took long to find is kept for a while
(`searches.py`). Before the first run the live tree is walked.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from sqlalchemy import (
    ARRAY,
    BigInteger,
    Select,
    SmallInteger,
    bindparam,
    func,
    select,
    true,
)
from sqlalchemy.orm import aliased

from upline.core.context import Context
from upline.core.errors import FieldInvalid
from upline.core.paging import Page, Paged
from upline.models.volume import MemberPeriod
from upline.services.organization import blocks, lookups, named, sorts
from upline.services.organization.blocks import ORDERS, Facet, Kind
from upline.services.organization.downline_filters import Filter, Shape
from upline.services.organization.lookups import Find, Listed
from upline.services.organization.nodes import Node, fetch_nodes, fetch_page, select_nodes
from upline.services.organization.places import column_of, find_place, select_place
from upline.services.organization.searches import Matches, Searches
from upline.services.organization.trees import RUN_ID, Source, Tree

# A downline up to this size is searched member by member, a larger one through the names.
SEARCHED_MEMBERS = 1_000
# A list in another order than the tree's is sorted as a whole.
SORTED_MEMBERS = 10_000
# Up to here a page is found by passing over those before it, beyond by blocks.
PASSED_MEMBERS = 16_384

_CUSTOMER_ID = bindparam("customer_id", None, BigInteger)
_POSITION_ID = bindparam("position_id", None, SmallInteger)
_OFFSET = bindparam("offset", None, BigInteger)


async def list_downline(
    ctx: Context,
    tree: Tree,
    customer_id: int,
    wanted: Filter,
    page: Page,
    *,
    position_id: int | None = None,
    sort: str = "",
    searches: Searches | None = None,
) -> Paged[Node]:
    """Everybody below a customer, flattened in tree order, or sorted by one of SORTS.

    `tree` is the sponsor or the binary genealogy; `position_id` takes one leg of the binary one.
    What takes long to find is kept in `searches`, or else found anew.
    Empty when the customer did not stand in that period's tree; FieldInvalid for a list too long to
    be sorted. Source: contract, Organization unilevel and binary.
    """
    order = sorts.parse(sort)
    values: dict[str, object] = {**wanted.parameters, "customer_id": customer_id}
    is_leg = position_id is not None
    if is_leg:
        values["position_id"] = position_id
    kind = _kind(wanted) if order is None else None
    if kind is not None:
        found = await _fetch_narrowed(ctx, tree, kind, is_leg, values, page)
        if found is not None:
            return found
    kept, key = searches or Searches(), (tree, customer_id, position_id, wanted)
    is_first = page.number == 1
    matches = kept.find(key, ctx.now, first=is_first) if order is None else None
    if matches is not None:
        return await _cut(ctx, tree, matches, is_leg, values, page)
    place, labels = None, None
    if wanted.words:
        place, labels = await named.find(ctx, tree, wanted, values, is_leg)
    place = place or await find_place(ctx, tree, values, is_leg)
    if place is None and not tree.source.is_live:
        return Paged([], 0, page)
    if place is None:
        walk: Listed = (lookups.walked, tree.source, wanted.shape, is_leg, order)
        return await _fetch_listed(ctx, tree, walk, values, page)
    if kind is not None:
        return Paged([], await _count(ctx, tree, kind, is_leg, values), page)
    values |= {"start": place.start, "stop": place.stop, "top_level": place.top_level}
    if labels is not None and wanted.shape.asks_names_alone and order is None:
        these = labels[page.offset : page.offset + page.limit].tolist()
        nodes = await _fetch_those(ctx, tree, these, is_leg, values, by_label=True)
        return Paged(nodes, len(labels), page)
    find: Find = lookups.matched
    looked_at, is_large = place.members, place.members > SEARCHED_MEMBERS
    if labels is not None:
        find, looked_at = lookups.labelled, len(labels)
        values["labels"] = labels.tolist()
    if order is not None or looked_at <= SEARCHED_MEMBERS:
        listed: Listed = (find, tree.source, wanted.shape, is_large, order)
        return await _fetch_listed(ctx, tree, listed, values, page)

    async def find_everybody() -> Matches:
        return await _find_everybody(ctx, tree, wanted.shape, labels is not None, values)

    matches = await kept.get(key, ctx.now, find_everybody, first=is_first)
    return await _cut(ctx, tree, matches, is_leg, values, page)


async def _fetch_listed(
    ctx: Context, tree: Tree, shape: Listed, values: Mapping[str, object], page: Page
) -> Paged[Node]:
    """A page of a list that is looked for; counted first where it may be too long to be sorted."""
    *_, order = shape
    count = tree.statement(lookups.select_count, *shape)
    total: int | None = None
    if order is not None:
        total = (await count.fetch_one(ctx.session, **values)).total
        if total > SORTED_MEMBERS:
            raise FieldInvalid(
                "sort", f"Only lists of up to {SORTED_MEMBERS:,} members can be sorted; narrow it."
            )
    found = await fetch_page(ctx, tree, lookups.select_page, shape, values, page)
    if found is not None:
        return found
    if total is None and page.offset:
        total = (await count.fetch_one(ctx.session, **values)).total
    return Paged([], total or 0, page)


async def _find_everybody(
    ctx: Context, tree: Tree, shape: Shape, is_labelled: bool, values: Mapping[str, object]
) -> Matches:
    build, asked = lookups.select_everybody, (tree.source, shape, is_labelled)
    found: Any
    if is_labelled:
        (found,) = await tree.statement(build, *asked).fetch_packed(ctx.session, **values)
    else:
        # Planned each time, by how many have those names.
        parameters = {**values, RUN_ID.key: tree.run_id}
        found = (await ctx.session.execute(build(*asked), parameters)).one()
    numbers = np.frombuffer(found.members or b"", ">i8").astype(np.int64)
    return Matches(numbers, found.looked_at, ctx.now)


async def _cut(
    ctx: Context,
    tree: Tree,
    matches: Matches,
    is_leg: bool,
    values: Mapping[str, object],
    page: Page,
) -> Paged[Node]:
    """A page of those who were found, as far as they stand there still."""
    ids = matches.part(page.offset, page.limit)
    nodes = await _fetch_those(ctx, tree, ids, is_leg, values)
    return Paged(nodes, len(matches), page)


async def _fetch_those(
    ctx: Context,
    tree: Tree,
    those: list[int],
    is_leg: bool,
    values: Mapping[str, object],
    *,
    by_label: bool = False,
) -> list[Node]:
    """Members given by number or by label, in the order given; nobody from outside the downline."""
    if not those:
        return []
    statement = tree.statement(_those, tree.source, is_leg, by_label)
    return await fetch_nodes(ctx, statement, {**values, "those": those})


def _those(source: Source, is_leg: bool, by_label: bool) -> Select[*tuple[Any, ...]]:
    columns = ORDERS[source.genealogy]
    top = select_place(columns, is_leg).subquery("top")
    given = bindparam("those", None, ARRAY(BigInteger))
    those = func.unnest(given).table_valued("key", with_ordinality="number").render_derived()
    member = aliased(MemberPeriod)
    pre = column_of(columns.pre, member)
    near = (
        select(
            member.customer_id,
            column_of(columns.parent, member).label("parent_id"),
            (column_of(columns.level, member) - top.c.level).label("level"),
        )
        .where(
            member.run_id == RUN_ID,
            (pre if by_label else member.customer_id) == those.c.key,
            pre >= top.c.start,
            pre < top.c.stop,
        )
        .limit(1)
        .lateral("near")
    )
    places = select(*near.c, those.c.number).select_from(top).join(those, true()).join(near, true())
    return select_nodes(source, places.subquery("places"))


def _kind(wanted: Filter) -> Kind | None:
    """Whom a list holds, as far as blocks know them; None where more is asked than that."""
    match wanted.shape:
        case Shape(False, False, False, False, False, 0):
            return Kind(Facet.ALL)
        case Shape(True, False, False, False, False, 0):
            return Kind(Facet.LEVEL)
        case Shape(False, True, False, False, False, 0):
            return Kind(Facet.RANK, is_one=len(wanted.rank_ids) == 1)
        case Shape(False, False, True, False, False, 0):
            return Kind(Facet.STATUS, is_one=len(wanted.status_ids) == 1)
    return None


async def _fetch_narrowed(
    ctx: Context,
    tree: Tree,
    kind: Kind,
    is_leg: bool,
    values: Mapping[str, object],
    page: Page,
) -> Paged[Node] | None:
    """A page of everybody, or of those whom blocks can tell."""
    if kind.facet is Facet.ALL and page.offset <= PASSED_MEMBERS:
        return await fetch_page(ctx, tree, _in_order, (tree.source, is_leg), values, page)
    return await fetch_page(ctx, tree, _by_blocks, (tree.source, kind, is_leg), values, page)


def _in_order(source: Source, is_leg: bool, limit: int) -> Select[*tuple[Any, ...]]:
    """A page near the begin: labels are passed over in their index, one by one."""
    columns = ORDERS[source.genealogy]
    top = select_place(columns, is_leg).subquery("top")
    member = aliased(MemberPeriod)
    pre = column_of(columns.pre, member)
    inside = (member.run_id == RUN_ID, pre >= top.c.start, pre < top.c.stop)
    first = select(pre).where(*inside).order_by(pre).offset(_OFFSET).limit(1).correlate(top)
    near = (
        select(
            member.customer_id,
            column_of(columns.parent, member).label("parent_id"),
            (column_of(columns.level, member) - top.c.level).label("level"),
            pre.label("number"),
        )
        .where(member.run_id == RUN_ID, pre >= first.scalar_subquery(), pre < top.c.stop)
        .order_by(pre)
        .limit(limit)
        .lateral("near")
    )
    places = select(*near.c, top.c.members.label("total")).select_from(top).join(near, true())
    return select_nodes(source, places.subquery("places"))


def _by_blocks(source: Source, kind: Kind, is_leg: bool, limit: int) -> Select[*tuple[Any, ...]]:
    columns = ORDERS[source.genealogy]
    return select_nodes(source, blocks.select_places(columns, kind, is_leg, limit))


async def _count(
    ctx: Context, tree: Tree, kind: Kind, is_leg: bool, values: Mapping[str, object]
) -> int:
    """How many a list has none of whom stands on the page."""
    columns = ORDERS[tree.source.genealogy]
    statement = tree.statement(blocks.select_count, columns, kind, is_leg)
    total: int = (await statement.fetch_one(ctx.session, **values)).total
    return total
