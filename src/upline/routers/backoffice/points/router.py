"""Points: who stands where in the contests of the plan."""

from typing import Annotated

from pydantic import Field

from upline.core.context import Scope
from upline.core.paging import Paged
from upline.routers.backoffice.points import schemas as s
from upline.routers.backoffice.routing import Router
from upline.routers.deps import Ctx, Paging
from upline.routers.policies import Scoped, SelfOrUpline
from upline.services.contest import standings
from upline.services.contest.standings import Entry, Placed, Standings, Total

router = Router("Points")

UPLINE = SelfOrUpline("customer_id")
ContestId = Annotated[int, Field(ge=0, le=2**15 - 1)]


@router.get(
    "/points/top50", policy=Scoped(Scope.BACKOFFICE, customers=True), response_model=list[s.Placed]
)
async def list_top(ctx: Ctx, contest_id: ContestId = 0, period_id: int = 0) -> list[Placed]:
    """Get top 50 qualified.

    The first fifty of a contest, best first; IsQualified tells who is over the qualifying line.
    Without `contestId` the plan's first contest.
    """
    return await standings.list_top(ctx, contest_id, period_id)


@router.get("/points/{customerId}/total", policy=UPLINE, response_model=s.Total)
async def get_total(
    ctx: Ctx, customer_id: int, contest_id: ContestId = 0, period_id: int = 0
) -> Total:
    """Get total of customerId.

    Position is null without points; AsOf is when the points were counted.
    """
    return await standings.get_total(ctx, customer_id, contest_id, period_id)


@router.get("/points/detail/{customerId}", policy=UPLINE, response_model=list[s.Entry])
async def list_entries(
    ctx: Ctx, customer_id: int, page: Paging, contest_id: ContestId = 0, period_id: int = 0
) -> Paged[Entry]:
    """Get bonus detail.

    Every reason the member has points for: the newcomer enrolled, the rank reached, the volume
    bought or grown by, or what earlier periods brought.
    """
    return await standings.list_entries(ctx, customer_id, contest_id, period_id, page)


@router.get("/points/{customerId}/standings", policy=UPLINE, response_model=s.Standings)
async def get_standings(
    ctx: Ctx, customer_id: int, contest_id: ContestId = 0, period_id: int = 0
) -> Standings:
    """Get current standings.

    GapToNext is what is missing to whoever stands next above (0 when only the tie rule decides),
    PointsToQualify what is missing to the qualifying line. Neighbours are the two above and below.
    """
    return await standings.get_standings(ctx, customer_id, contest_id, period_id)
