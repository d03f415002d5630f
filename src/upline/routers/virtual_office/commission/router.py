"""The caller's own commission checks; nobody reads another member's."""

from upline.routers.deps import Ctx
from upline.routers.policies import Authenticated
from upline.routers.virtual_office.auth import caller
from upline.routers.virtual_office.commission import schemas as s
from upline.routers.virtual_office.routing import Router
from upline.routers.virtual_office.wire import LevelNumber, PeriodId
from upline.services.commission import check_levels, checks

router = Router()


@router.get(
    "/vo.dlv.api/commission/check/summary/{periodid}",
    policy=Authenticated(),
    response_model=s.CheckSummary,
)
async def check_summary(ctx: Ctx, periodid: PeriodId) -> s.CheckSummary:
    """Commission check summary of a period; the running period answers with its preview."""
    return s.CheckSummary.of(await checks.get_check(ctx, caller(ctx), periodid))


@router.get(
    "/vo.dlv.api/commission/check/unilevel/{periodid}/{levelnum}",
    policy=Authenticated(),
    response_model=s.UnilevelCheck,
)
async def check_unilevel(ctx: Ctx, periodid: PeriodId, levelnum: LevelNumber) -> s.UnilevelCheck:
    """Check details of one unilevel level: the members its volume came from."""
    level = await check_levels.get_unilevel_level(ctx, caller(ctx), periodid, levelnum)
    return s.UnilevelCheck.of(level)


@router.get(
    "/vo.dlv.api/commission/history/{periodid}",
    policy=Authenticated(),
    response_model=s.CheckHistory,
)
async def check_history(ctx: Ctx, periodid: PeriodId) -> s.CheckHistory:
    """Check history up to a period, newest first."""
    history = await checks.get_history(ctx, caller(ctx), periodid)
    return s.CheckHistory(
        customer_id=caller(ctx), checks=[s.HistoryCheck.of(check) for check in history]
    )
