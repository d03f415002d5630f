"""Organization: all operations read the running period's tree, or a past one as it stood."""

from typing import Annotated

from pydantic import Field

from upline.core.paging import Paged
from upline.routers.backoffice.organization import schemas as s
from upline.routers.backoffice.organization.filters import Code, MaxLevel, Sort, Text
from upline.routers.backoffice.organization.searching import Searching
from upline.routers.backoffice.routing import Router
from upline.routers.deps import Ctx, Paging
from upline.routers.policies import SelfOrUpline
from upline.services.customer.vocabulary import CustomerType
from upline.services.organization import downlines, enrolled, nested, trees
from upline.services.organization.downline_filters import Filter
from upline.services.organization.nodes import Node
from upline.services.organization.visibility import Genealogy

router = Router("Organization")

Level = Annotated[int, Field(ge=1, le=nested.MAX_LEVEL)]

# Above somebody as enroller only, one does not see the sponsor tree below them.
SPONSORS = (Genealogy.SPONSOR,)


@router.get(
    "/organization/{encryptedcustomerid}/personal",
    policy=SelfOrUpline("customer_id"),
    response_model=list[s.Member],
)
async def list_personal(
    ctx: Ctx, customer_id: int, page: Paging, sort: Sort = "", period_id: int = 0
) -> Paged[Node]:
    """Get personal distributor by customer id.

    Distributors the member personally enrolled. `sort`: CustomerId (default), FirstName, LastName,
    EnrollDate, StatusId, RankId, PersonalVolume, GroupVolume or OrganizationVolume; with a leading
    "-" descending. `periodId`: the tree as it stood in a past period.
    """
    tree = await trees.get_tree(ctx, Genealogy.ENROLLER, period_id)
    distributors = [CustomerType.DISTRIBUTOR]
    return await enrolled.list_enrolled(ctx, tree, customer_id, distributors, page, sort=sort)


@router.get(
    "/organization/{encryptedcustomerid}/customer",
    policy=SelfOrUpline("customer_id"),
    response_model=list[s.Member],
)
async def list_customers(
    ctx: Ctx, customer_id: int, page: Paging, sort: Sort = "", period_id: int = 0
) -> Paged[Node]:
    """Get personal customer by customer id.

    Retail and preferred customers the member personally enrolled, paged and sorted as the
    distributors are.
    """
    tree = await trees.get_tree(ctx, Genealogy.ENROLLER, period_id)
    customers = [CustomerType.RETAIL, CustomerType.PREFERRED]
    return await enrolled.list_enrolled(ctx, tree, customer_id, customers, page, sort=sort)


@router.get(
    "/organization/{encryptedcustomerid}/unilevel",
    policy=SelfOrUpline("customer_id", SPONSORS),
    response_model=list[s.Member],
)
async def list_unilevel(
    ctx: Ctx,
    customer_id: int,
    page: Paging,
    searches: Searching,
    max_level: MaxLevel | None = None,
    search: Text = "",
    rank_id: Code | None = None,
    status_id: Code | None = None,
    period_id: int = 0,
) -> Paged[Node]:
    """Get unilevel distributor by customer id.

    The whole unilevel downline, flattened: each member stands right before their own downline and
    Level counts from the member asked for. Every word of `search` must begin a first or last name
    or be the customer's number; who was found among thousands is kept for up to a minute.
    """
    wanted = Filter(
        max_level,
        search,
        rank_ids=() if rank_id is None else (rank_id,),
        status_ids=() if status_id is None else (status_id,),
    )
    tree = await trees.get_tree(ctx, Genealogy.SPONSOR, period_id)
    return await downlines.list_downline(ctx, tree, customer_id, wanted, page, searches=searches)


@router.get(
    "/organization/{encryptedcustomerid}/unileveltree/{maxlevel}",
    policy=SelfOrUpline("customer_id", SPONSORS),
    response_model=s.Node,
)
async def get_unilevel_tree(
    ctx: Ctx, customer_id: int, max_level: Level, period_id: int = 0
) -> Node:
    """Get unilevel distributor by customer id for Unilevel Tree.

    The member with Children nested down to `maxlevel` (1–10). A node gives its first 50 children
    and the answer 1,000 nodes, upper levels first; HasMore marks nodes with more below.
    """
    tree = await trees.get_tree(ctx, Genealogy.SPONSOR, period_id)
    return await nested.get_nested(ctx, tree, customer_id, max_level)


@router.get(
    "/organization/unilevel/{CustomerId}/{DownlineCustomerId}",
    policy=SelfOrUpline("customer_id", SPONSORS),
    response_model=s.Node,
)
async def get_unilevel(
    ctx: Ctx, customer_id: int, downline_customer_id: int, period_id: int = 0
) -> Node:
    """Graphical genealogy of the sponsor tree.

    A member of the downline with four levels below, cut like the nested tree; Level counts from
    that member.
    """
    tree = await trees.get_tree(ctx, Genealogy.SPONSOR, period_id)
    await trees.require_below(ctx, tree, customer_id, downline_customer_id)
    return await nested.get_nested(ctx, tree, downline_customer_id, nested.GRAPH_LEVELS)
