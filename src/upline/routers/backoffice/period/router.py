"""Weeks and months of the company's calendar."""

from upline.core.paging import Paged
from upline.routers.backoffice.period import schemas as s
from upline.routers.backoffice.routing import Router
from upline.routers.deps import Ctx, Paging
from upline.routers.policies import Authenticated
from upline.services.period import queries as periods
from upline.services.period.calendar import PeriodType
from upline.services.period.queries import PeriodView

router = Router("Period")


@router.get("/period/week", policy=Authenticated(), response_model=s.Period)
async def current_week(ctx: Ctx) -> PeriodView:
    """The week running now in the company's time zone."""
    return await periods.current(ctx, PeriodType.WEEK)


@router.get("/period/month", policy=Authenticated(), response_model=s.Period)
async def current_month(ctx: Ctx) -> PeriodView:
    """The month running now in the company's time zone."""
    return await periods.current(ctx, PeriodType.MONTH)


@router.get("/period/week/past", policy=Authenticated(), response_model=list[s.Period])
async def past_weeks(ctx: Ctx, page: Paging) -> Paged[PeriodView]:
    """The weeks before the current one, newest first."""
    items, total = await periods.past(ctx, PeriodType.WEEK, page.limit, page.offset)
    return Paged(items, total, page)


@router.get("/period/month/past", policy=Authenticated(), response_model=list[s.Period])
async def past_months(ctx: Ctx, page: Paging) -> Paged[PeriodView]:
    """The months before the current one, newest first."""
    items, total = await periods.past(ctx, PeriodType.MONTH, page.limit, page.offset)
    return Paged(items, total, page)


@router.get("/period/{PeriodId}", policy=Authenticated(), response_model=s.Period)
async def one_period(ctx: Ctx, period_id: int) -> PeriodView:
    """One week or month by its number; 0 is the current month.

    Months count (year × 12 + month) − (2014 × 12 + 5) + 400, weeks 10000 + whole weeks since Monday
    2014-05-05.
    """
    return await periods.get_period(ctx, period_id)
