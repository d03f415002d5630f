"""Organization: members who enrolled others decide under whom they stand."""

from upline.core.paging import Paged
from upline.routers.backoffice.identity import ActingCustomer
from upline.routers.backoffice.organization import schemas as s
from upline.routers.backoffice.organization.filters import SponsorUpdate
from upline.routers.backoffice.routing import Router
from upline.routers.deps import Ctx, Paging
from upline.routers.policies import Self
from upline.services.organization import sponsor_changes
from upline.services.organization.sponsor_changes import Change, Movable

router = Router("Organization")


@router.get(
    "/organization/personal/sponsorupdate",
    policy=Self("customer_id"),
    response_model=list[s.MovableMember],
)
async def list_movable(ctx: Ctx, customer_id: ActingCustomer, page: Paging) -> Paged[Movable]:
    """Get collection of eligble customer id to change their sponsor.

    Members the caller personally enrolled, newest first, whose sponsor may still be changed:
    before ChangeUntil, which the plan decides.
    """
    return await sponsor_changes.list_movable(ctx, customer_id, page)


@router.put(
    "/organization/personal/sponsorupdate",
    policy=Self("customer_id"),
    response_model=s.SponsorChange,
)
async def change_sponsor(ctx: Ctx, customer_id: ActingCustomer, body: SponsorUpdate) -> Change:
    """Submit Sponsorship Update.

    {CustomerId, NewSponsorId}: the member, with everybody below, stands under another distributor
    of the caller's own downline from now on. Closed periods keep the tree they were paid by.
    """
    return await sponsor_changes.change_sponsor(
        ctx, customer_id, body.customer_id, body.new_sponsor_id
    )
