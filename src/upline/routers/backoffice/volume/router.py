"""Volume: what a member and their organization bought, period by period."""

from upline.core.paging import Paged
from upline.routers.backoffice.routing import Router
from upline.routers.backoffice.volume import schemas as s
from upline.routers.deps import Ctx, Paging
from upline.routers.policies import SelfOrUpline
from upline.services.organization.visibility import Genealogy
from upline.services.volume import queries
from upline.services.volume.queries import Volume

router = Router("Volume")

UPLINE = SelfOrUpline("customer_id", tuple(Genealogy))


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
