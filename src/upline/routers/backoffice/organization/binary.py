"""Organization: the binary tree, as lists and as the picture members place newcomers by."""

from datetime import timedelta
from typing import Annotated

from pydantic import Field

from upline.core.context import Context
from upline.core.paging import DEFAULT_SIZE, Page, Paged
from upline.routers.backoffice.organization import schemas as s
from upline.routers.backoffice.organization.filters import BinaryFilter
from upline.routers.backoffice.organization.searching import Searching
from upline.routers.backoffice.routing import Router
from upline.routers.deps import Ctx, Paging
from upline.routers.policies import SelfOrUpline
from upline.services.organization import downlines, legs, nested, trees
from upline.services.organization.downline_filters import Filter
from upline.services.organization.legs import Bottom
from upline.services.organization.nodes import Node
from upline.services.organization.visibility import Genealogy
from upline.services.period import calendar

router = Router("Organization")

Position = Annotated[int, Field(ge=1, le=2)]

# Whoever stands above in another tree only does not see the binary one.
BINARY = SelfOrUpline("customer_id", (Genealogy.BINARY,))


@router.post(
    "/organization/{customerid}/binary",
    policy=BINARY,
    response_model=list[s.Member],
    keyed=False,
)
async def filter_binary(
    ctx: Ctx,
    customer_id: int,
    searches: Searching,
    body: BinaryFilter | None = None,
    period_id: int = 0,
) -> Paged[Node]:
    """Get binary distributor by customer id.

    The binary downline, narrowed by the body: one leg (PositionId 1 left, 2 right), MaxLevel,
    Search, RankIds, StatusIds, EnrolledFrom and EnrolledTo (days, both included), Page, PageSize.
    In tree order, or sorted as `personal` is; lists of more than 10,000 members can not be sorted.
    """
    asked = body or BinaryFilter()
    return await downlines.list_downline(
        ctx,
        await trees.get_tree(ctx, Genealogy.BINARY, period_id),
        customer_id,
        _wanted(ctx, asked),
        Page(asked.page or 1, asked.page_size or DEFAULT_SIZE),
        position_id=asked.position_id,
        sort=asked.sort or "",
        searches=searches,
    )


@router.get("/organization/binary/{CustomerId}/all", policy=BINARY, response_model=list[s.Member])
async def list_binary(ctx: Ctx, customer_id: int, page: Paging, period_id: int = 0) -> Paged[Node]:
    """The whole binary downline, flattened: each member stands right before their own downline,
    the left leg before the right one."""
    tree = await trees.get_tree(ctx, Genealogy.BINARY, period_id)
    return await downlines.list_downline(ctx, tree, customer_id, Filter(), page)


@router.get(
    "/organization/binary/{CustomerId}/{DownlineCustomerId}",
    policy=BINARY,
    response_model=s.BinaryNode,
)
async def get_binary(
    ctx: Ctx, customer_id: int, downline_customer_id: int, period_id: int = 0
) -> Node:
    """Get Graphical Genealogy of Customer ID.

    The downline member with four levels below, Level counting from them. Every member has two
    Children, left and right; where nobody stands, {PositionId, ParentId, IsOpen}.
    """
    tree = await trees.get_tree(ctx, Genealogy.BINARY, period_id)
    await trees.require_below(ctx, tree, customer_id, downline_customer_id)
    return await nested.get_binary(ctx, tree, downline_customer_id)


@router.get(
    "/organization/binarypositon/{customerId}/{positionId}",
    policy=BINARY,
    response_model=s.Bottom,
)
async def get_bottom(
    ctx: Ctx, customer_id: int, position_id: Position, period_id: int = 0
) -> Bottom:
    """Get bottom binary postition id based on customer id and position.

    The last member of the outer leg, Level steps below; the member themselves, with Level 0, when
    nobody stands on that side.
    """
    tree = await trees.get_tree(ctx, Genealogy.BINARY, period_id)
    return await legs.get_bottom(ctx, tree, customer_id, position_id)


def _wanted(ctx: Context, asked: BinaryFilter) -> Filter:
    """The body as a filter; days are the company's."""
    zone, until = ctx.company.time_zone, asked.enrolled_to
    start = asked.enrolled_from
    return Filter(
        max_level=asked.max_level,
        search=asked.search or "",
        rank_ids=tuple(asked.rank_ids or ()),
        status_ids=tuple(asked.status_ids or ()),
        enrolled_start=calendar.local_midnight(start, zone) if start else None,
        enrolled_end=calendar.local_midnight(until + timedelta(days=1), zone) if until else None,
    )
