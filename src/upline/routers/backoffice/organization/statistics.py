"""Organization in numbers: by place, by level, by rank."""

from typing import Annotated

from pydantic import Field

from upline.core.paging import Paged
from upline.routers.backoffice.organization import statistics_schemas as s
from upline.routers.backoffice.routing import Router
from upline.routers.deps import Ctx, Paging, Subject
from upline.routers.policies import Self, SelfOrUpline, SelfOrUplineIn
from upline.services.contest import leaders
from upline.services.contest.leaders import Leader
from upline.services.organization import statistics
from upline.services.organization.statistics import Area, Level, RankCount
from upline.services.organization.visibility import Genealogy

router = Router("Organization")

DEEPEST = 2**31 - 1
MaxLevel = Annotated[int, Field(ge=1, le=DEEPEST)]
GenealogyType = Annotated[int, Field(ge=min(Genealogy), le=max(Genealogy))]


@router.get(
    "/order/statistic/geoanalytics/{EncryptedCustomerId}",
    policy=SelfOrUpline("customer_id", (Genealogy.SPONSOR,)),
    response_model=list[s.Area],
)
async def list_areas(ctx: Ctx, customer_id: int, period_id: int = 0) -> list[Area]:
    """Get customer count by geographic area.

    The sponsor downline by country and state of the billing address, without the member; who is
    terminated is not counted. Volume is the members' own.
    """
    return await statistics.list_areas(ctx, customer_id, period_id)


@router.get(
    "/organization/chart/unilevel", policy=Self("customer_id"), response_model=list[s.Level]
)
async def list_levels(
    ctx: Ctx, customer_id: Subject, page: Paging, max_level: MaxLevel = DEEPEST, period_id: int = 0
) -> Paged[Level]:
    """Get Organization Chart.

    The caller's unilevel downline level by level, from the first down, 100 levels a page;
    X-Total-Count is how many levels there are (`maxLevel` at most). An application names the member
    with `?customerId=`.
    """
    return await statistics.list_levels(ctx, customer_id, period_id, page, max_level)


@router.get(
    "/organization/scoreboard/{CustomerId}/rank/{GenealogyTypeId}",
    policy=SelfOrUplineIn("customer_id", "genealogy_type_id"),
    response_model=list[s.RankCount],
)
@router.get(
    "/other/scoreboard/{CustomerId}/rank/{GenealogyTypeId}",
    policy=SelfOrUplineIn("customer_id", "genealogy_type_id"),
    response_model=list[s.RankCount],
)
async def list_ranks(
    ctx: Ctx, customer_id: int, genealogy_type_id: GenealogyType, period_id: int = 0
) -> list[RankCount]:
    """Get list of scoreboard, Grouped by GenealogyTypeId.

    How many distributors below the member hold each rank in a genealogy: 1 enroller, 2 unilevel,
    3 binary. NewCount are those who enrolled in the period.
    """
    genealogy = Genealogy(genealogy_type_id)
    return await statistics.list_ranks(ctx, customer_id, genealogy, period_id)


@router.get(
    "/organization/top10/leadershipactivity",
    policy=Self("customer_id"),
    response_model=list[s.Leader],
)
async def list_leaders(ctx: Ctx, customer_id: Subject, period_id: int = 0) -> list[Leader]:
    """Display top 10 customers from organization.

    The ten below the caller with most leadership points this month, with the parts: newcomers
    enrolled, ranks reached, growth of volume. An application names the member with `?customerId=`.
    """
    return await leaders.list_leaders(ctx, customer_id, period_id)
