"""Volume: what a member and their organization bought, period by period."""

from typing import Annotated

from pydantic import Field

from upline.core.paging import Paged
from upline.routers.backoffice.routing import Router
from upline.routers.backoffice.volume import schemas as s
from upline.routers.deps import Ctx, Paging
from upline.routers.policies import SelfOrUpline
from upline.services.organization import statistics
from upline.services.organization.statistics import Level
from upline.services.organization.visibility import Genealogy
from upline.services.volume import entries, legs, projected, queries
from upline.services.volume.entries import Entry
from upline.services.volume.legs import Carryover, Legs
from upline.services.volume.projected import Projection
from upline.services.volume.queries import Volume

router = Router("Volume")

UPLINE = SelfOrUpline("customer_id", tuple(Genealogy))
# Above somebody in another genealogy only, one does not see who stands below them in this one.
SPONSORS = SelfOrUpline("customer_id", (Genealogy.SPONSOR,))

DEEPEST = 2**31 - 1
MaxLevel = Annotated[int, Field(ge=1, le=DEEPEST)]


@router.get("/volume/{customerid}", policy=UPLINE, response_model=list[s.Volume])
async def list_volumes(ctx: Ctx, customer_id: int, page: Paging) -> Paged[Volume]:
    """Get collection volume by customer id.

    Every week and month with figures since the member enrolled, newest first.
    """
    return await queries.list_volumes(ctx, customer_id, page)


@router.get("/volume/{customerid}/current", policy=UPLINE, response_model=list[s.Volume])
async def list_current(ctx: Ctx, customer_id: int) -> list[Volume]:
    """Get single volume by customer id and current period.

    The running week and the running month, in this order.
    """
    return await queries.list_current(ctx, customer_id)


@router.get("/volume/{customerid}/period/{periodid}", policy=UPLINE, response_model=s.Volume)
async def get_volume(ctx: Ctx, customer_id: int, period_id: int) -> Volume:
    """Get single volume by customer id and selected period id.

    Period 0 is the current month.
    """
    return await queries.get_volume(ctx, customer_id, period_id)


@router.get("/volume/{customerid}/binary", policy=UPLINE, response_model=s.Legs)
async def get_legs(ctx: Ctx, customer_id: int, period_id: int = 0) -> Legs:
    """Get volume for organization tree.

    Both binary legs with what was carried in, which of them is the strong one, and what the binary
    bonuses come to so far. Period 0 is the one running now that the plan pays by.
    """
    return await legs.get_legs(ctx, customer_id, period_id)


@router.get("/volume/{CustomerId}/carryover", policy=UPLINE, response_model=list[s.Carryover])
async def list_carryover(ctx: Ctx, customer_id: int, page: Paging) -> Paged[Carryover]:
    """Get Carryover Volume By Customer Id.

    Every period, newest first: In + New - Paid - Flushed = Out, on both legs.
    """
    return await legs.list_carryover(ctx, customer_id, page)


@router.get("/volume/{customerid}/detail/{periodid}", policy=SPONSORS, response_model=list[s.Entry])
async def list_entries(ctx: Ctx, customer_id: int, period_id: int, page: Paging) -> Paged[Entry]:
    """Get Customer by volume detail by Customer and period id.

    The entries behind the organization's volume, the member's own at level 0. Those posted since
    the last full calculation stand first, newest first; the others in the order of the tree.
    """
    return await entries.list_entries(ctx, customer_id, period_id, page)


@router.get("/volume/{customerid}/monthly", policy=SPONSORS, response_model=list[s.Level])
async def list_levels(
    ctx: Ctx, customer_id: int, page: Paging, max_level: MaxLevel = DEEPEST, period_id: int = 0
) -> Paged[Level]:
    """Get Unilevel Volume By Level.

    From the first level below the member down, 100 levels a page; X-Total-Count is how many there
    are (`maxLevel` at most). Volume is the PV of the level's members.
    """
    return await statistics.list_levels(ctx, customer_id, period_id, page, max_level)


@router.get("/volume/projected/{customerid}", policy=UPLINE, response_model=s.Projection)
async def get_current_projection(ctx: Ctx, customer_id: int) -> Projection:
    """Get projected volume by customer id.

    This month's volumes with the autoships still due, and the volumes that are missing for the
    next rank even then. What else a rank asks for: organization/rankadvancement.
    """
    return await projected.get_projection(ctx, customer_id, 0)


@router.get(
    "/volume/projected/{customerid}/period/{periodid}",
    policy=UPLINE,
    response_model=s.Projection,
)
async def get_projection(ctx: Ctx, customer_id: int, period_id: int) -> Projection:
    """Get projected volume by customer id and period id.

    In a later month every active autoship is expected; in a past period none.
    """
    return await projected.get_projection(ctx, customer_id, period_id)
