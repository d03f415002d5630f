"""The caller's front line, details of those below, and the way to the next rank."""

from upline.routers.deps import Ctx
from upline.routers.policies import Authenticated, SelfOrUpline
from upline.routers.virtual_office.auth import caller
from upline.routers.virtual_office.downline import schemas as s
from upline.routers.virtual_office.routing import Router
from upline.routers.virtual_office.wire import MemberId, PeriodId
from upline.services.organization import downline, qualification
from upline.services.organization.downline import Children, Detail
from upline.services.organization.qualification import Qualification
from upline.services.organization.visibility import Genealogy

router = Router()

OWN_DOWNLINE = SelfOrUpline("memberid", (Genealogy.SPONSOR,))


@router.get(
    "/vo.dlv.api/downline/children/user/{periodid}",
    policy=Authenticated(),
    response_model=s.UserChildren,
)
async def user_children(ctx: Ctx, periodid: PeriodId) -> Children:
    """Downline of the authorized user: one record a directly sponsored member."""
    return await downline.get_children(ctx, caller(ctx), caller(ctx), periodid)


@router.get(
    "/vo.dlv.api/downline/children/{memberid}/{periodid}",
    policy=OWN_DOWNLINE,
    response_model=s.MemberChildren,
)
async def member_children(ctx: Ctx, memberid: MemberId, periodid: PeriodId) -> Children:
    """Downline of a specific member, who must stand in the caller's organization."""
    return await downline.get_children(ctx, caller(ctx), memberid, periodid)


@router.get(
    "/vo.dlv.api/downline/detail/user/{periodid}",
    policy=Authenticated(),
    response_model=s.UserDetail,
)
async def user_detail(ctx: Ctx, periodid: PeriodId) -> Detail:
    """Details of the authorized user."""
    return await downline.get_detail(ctx, caller(ctx), caller(ctx), periodid)


@router.get(
    "/vo.dlv.api/downline/detail/{memberid}/{periodid}",
    policy=OWN_DOWNLINE,
    response_model=s.MemberDetail,
)
async def member_detail(ctx: Ctx, memberid: MemberId, periodid: PeriodId) -> Detail:
    """Details of a specific member, with the sponsors between the caller and him."""
    return await downline.get_detail(ctx, caller(ctx), memberid, periodid)


@router.get(
    "/vo.dlv.api/downline/qualification/user/{periodid}",
    policy=Authenticated(),
    response_model=s.Qualification,
)
async def user_qualification(ctx: Ctx, periodid: PeriodId) -> Qualification:
    """Rank qualification of the authorized user: what the next rank asks for, and what is met."""
    return await qualification.get_qualification(ctx, caller(ctx), periodid)
