"""Why a bonus was paid, or why it was not: beyond the documented operations, beside a statement."""

from upline.routers.backoffice.commission import explain_schemas as s
from upline.routers.backoffice.routing import Router
from upline.routers.backoffice.wire import Id
from upline.routers.deps import Ctx
from upline.routers.policies import Self
from upline.services.explain import queries
from upline.services.explain.queries import Explanation
from upline.services.organization import visibility

router = Router("Commission")


@router.get(
    "/commission/{EncryptedCustomerId}/{PeriodId}/explain",
    policy=Self("customer_id"),
    response_model=s.Explanation,
)
async def explain(
    ctx: Ctx, customer_id: int, period_id: int, from_customer_id: Id | None = None
) -> Explanation:
    """Explain a period's bonuses, or with `fromCustomerId` what that member's volume left.

    Every bonus of the plan with its rule, what it asks and what the member had, what it paid, and
    with a source the path walked: who held which level, who was passed over and why.
    """
    if from_customer_id is None:
        return await queries.explain_period(ctx, customer_id, period_id)
    await visibility.require_seen(ctx, from_customer_id, period_id)
    return await queries.explain_source(ctx, customer_id, period_id, from_customer_id)


@router.get(
    "/commission/{EncryptedCustomerId}/{PeriodId}/explain/{LineId}",
    policy=Self("customer_id"),
    response_model=s.Explanation,
)
async def explain_line(ctx: Ctx, customer_id: int, period_id: int, line_id: Id) -> Explanation:
    """Explain one line of a statement: its rule, the path from its source, rate and rounding."""
    return await queries.explain_line(ctx, customer_id, period_id, line_id)
