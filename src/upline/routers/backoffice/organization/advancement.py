"""Organization: ranks, and the way to the next one."""

from upline.routers.backoffice.organization import advancement_schemas as s
from upline.routers.backoffice.routing import Router
from upline.routers.deps import Ctx
from upline.routers.policies import SelfOrUpline
from upline.services.organization import advancement
from upline.services.organization.advancement import Advancement, RankView
from upline.services.organization.visibility import Genealogy

router = Router("Organization")

# Legs are organizations of the sponsor tree: an enroller alone does not see them.
SPONSORS = SelfOrUpline("customer_id", (Genealogy.SPONSOR,))


@router.get("/organization/ranks/{CustomerId}", policy=SPONSORS, response_model=list[s.Rank])
async def list_ranks(ctx: Ctx, customer_id: int, period_id: int = 0) -> list[RankView]:
    """Get all of ranks with description.

    Every rank of the plan, lowest first, with what it asks and what the member has of it.
    """
    return await advancement.list_ranks(ctx, customer_id, period_id)


@router.get(
    "/organization/rankadvancement/{EncryptedCustomerId}",
    policy=SPONSORS,
    response_model=s.Advancement,
)
@router.get(
    "/other/rankadvancement/{EncryptedCustomerId}",
    policy=SPONSORS,
    response_model=s.Advancement,
)
async def get_advancement(ctx: Ctx, customer_id: int, period_id: int = 0) -> Advancement:
    """Get rank advancement.

    Requirement by requirement what the next rank asks, the legs (the 50 largest), and the cheapest
    way there: which leg needs how much, what to buy, and what is missing beside that.
    """
    return await advancement.get_advancement(ctx, customer_id, period_id)
