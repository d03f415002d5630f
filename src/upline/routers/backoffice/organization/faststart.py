"""Organization: the widget of a member's first months."""

from datetime import date

from upline.routers.backoffice.identity import ActingCustomer
from upline.routers.backoffice.routing import Router
from upline.routers.backoffice.wire import BackOfficeModel, Number, OpaqueCustomerId
from upline.routers.deps import Ctx
from upline.routers.policies import Self
from upline.services.organization import faststart

router = Router("Organization")


class Step(BackOfficeModel):
    """One enroller level: new members, their volume, where their caps lie, and the bonus."""

    name: str
    level: int
    members: int
    target: Number | None
    actual: Number
    bonus: Number


class FastStart(BackOfficeModel):
    """The member's own window, its days included; null where the plan has no fast start."""

    customer_id: int
    encrypted_customer_id: OpaqueCustomerId
    period_id: int
    window_start: date | None
    window_end: date | None
    days_left: int
    currency_code: str
    steps: list[Step]
    earned: Number


@router.get("/organization/faststart", policy=Self("customer_id"), response_model=FastStart)
async def get_fast_start(
    ctx: Ctx, customer_id: ActingCustomer, period_id: int = 0
) -> faststart.FastStart:
    """A widget for Fast start information.

    The window of the caller's first months with the days left, the enroller levels of the plan's
    fast start in the period, and what it earned since the window began.
    """
    return await faststart.get_fast_start(ctx, customer_id, period_id)
