"""Paying a closed period: its wallets, once."""

from sqlalchemy import update

from upline.core.context import ContextFactory, Principal
from upline.core.errors import DomainError, Kind
from upline.models.period import Period
from upline.services.audit import trail
from upline.services.commission import payouts
from upline.services.period import calendar, commands
from upline.services.period.queries import CLOSED, PAID
from upline.services.plan import versions


class PeriodNotClosed(DomainError):
    """Only final figures are paid."""

    code = "period_not_closed"
    kind = Kind.CONFLICT
    message = "The period must be closed before it is paid."


async def pay(contexts: ContextFactory, period_id: int, actor: Principal) -> payouts.Batch:
    """Pay out a closed period. Raises PeriodNotClosed, or AlreadyPaid the second time."""
    async with contexts.open(actor) as ctx:
        status, pay_date = await commands.lock(ctx, period_id)
        if status == PAID:
            raise payouts.AlreadyPaid
        if status != CLOSED:
            raise PeriodNotClosed
        plan = (await versions.in_force(ctx.session, period_id)).document
        batch = await payouts.pay(
            ctx,
            period_id,
            pay_date or calendar.local_date(ctx.now, ctx.company.time_zone),
            plan.plan.currency,
            minimum=plan.payout.minimum,
            fee=plan.payout.fee,
        )
        await ctx.session.execute(
            update(Period)
            .where(Period.period_id == period_id)
            .values(status_id=PAID, paid_at=ctx.now)
        )
        await trail.record(
            ctx, "period.pay", f"period:{period_id}", {"batch": batch.payout_batch_id}
        )
        return batch
