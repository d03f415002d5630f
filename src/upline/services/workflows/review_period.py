"""Deciding about final figures that wait: a second person commits them, or they are dropped.

Approval is one transaction: the run with its lines and checks, ranks achieved, the ledger, loyalty
points, the period's status and the pointer everybody reads by. Carry is a column of the run and is
handed on with it. The database refuses a period that closes with a run nobody else approved. While
all of that is written, another connection compares the figures with their seals; without its word
nothing is committed.
"""

from sqlalchemy import text, update

from upline.core.context import Context, ContextFactory, Principal
from upline.core.errors import DomainError, Kind
from upline.core.together import together
from upline.models.period import Period
from upline.services.audit import trail
from upline.services.commission import decisions, fingerprints, runs
from upline.services.ledger import postings
from upline.services.period import calendar, commands
from upline.services.period.calendar import PeriodType
from upline.services.period.queries import CLOSED
from upline.services.points import posting
from upline.services.workflows.close_period import PeriodClosed, close, reopen

# In the order of the table's key, so that neighbours go to the same page of it.
ACHIEVED = """
INSERT INTO rank_achievements (customer_id, rank_id, period_id, achieved_at)
SELECT m.customer_id, m.rank_id, :period_id, :at FROM member_periods m
WHERE m.run_id = :run_id AND m.rank_id >= 0
  AND NOT EXISTS (SELECT FROM rank_achievements a
                  WHERE a.customer_id = m.customer_id AND a.rank_id >= m.rank_id)
ORDER BY m.customer_id
"""


class NothingToReview(DomainError):
    """Figures are reviewed after they were calculated and before they are committed."""

    code = "nothing_to_review"
    kind = Kind.CONFLICT
    message = "No final figures of the period wait for approval; close it first."


async def approve(contexts: ContextFactory, period_id: int, actor: Principal) -> runs.Outcome:
    """Commit the figures that wait, in the name of a second administrator.

    Raises NothingToReview, PeriodClosed, SamePerson, FiguresChanged, or RunInProgress while a run
    is under way.
    """
    async with contexts.open(actor) as ctx, contexts.open(actor) as beside:
        run_id = await _waiting(ctx, period_id)
        async with together() as group:
            group.create_task(_commit(ctx, period_id, run_id))
            group.create_task(fingerprints.compare(beside.session, run_id))
        outcome = await runs.find_outcome(ctx, run_id)
    assert outcome is not None  # noqa: S101 - the run was there a moment ago
    return outcome


async def reject(
    contexts: ContextFactory, period_id: int, actor: Principal, reason: str = ""
) -> None:
    """Drop the figures that wait and open the period again; anybody on the staff may.

    Raises NothingToReview, PeriodClosed, or RunInProgress while a run is under way.
    """
    async with contexts.open(actor) as ctx:
        run_id = await _waiting(ctx, period_id)
        await decisions.reject(ctx, [run_id])
        await reopen(ctx, period_id)
        detail = {"run": run_id, "reason": reason}
        await trail.record(ctx, "period.reject", f"period:{period_id}", detail)


async def close_and_approve(
    contexts: ContextFactory, period_id: int, closer: Principal, approver: Principal
) -> runs.Outcome:
    """The whole way at once, for history that is told afterwards; by two people all the same."""
    await close(contexts, period_id, closer)
    return await approve(contexts, period_id, approver)


async def _waiting(ctx: Context, period_id: int) -> int:
    """The run to decide on, its period locked against every other decision and run."""
    await runs.lock_period(ctx.session, period_id)
    status, _ = await commands.lock(ctx, period_id)
    if status >= CLOSED:
        raise PeriodClosed
    run_id = await runs.find_waiting(ctx.session, period_id)
    if run_id is None:
        raise NothingToReview
    return run_id


async def _commit(ctx: Context, period_id: int, run_id: int) -> None:
    await decisions.approve(ctx, run_id)
    _, ends_at = calendar.bounds(period_id, ctx.company.time_zone)
    await ctx.session.execute(
        text(ACHIEVED), {"period_id": period_id, "at": ends_at, "run_id": run_id}
    )
    currency = await runs.get_currency(ctx.session, run_id)
    await postings.post_commissions(ctx, run_id, period_id, currency)
    if calendar.period_type(period_id) is PeriodType.MONTH:
        await posting.post_months(ctx, [period_id])
    await ctx.session.execute(
        update(Period)
        .where(Period.period_id == period_id)
        .values(status_id=CLOSED, run_id=run_id, closed_at=ctx.now)
    )
    await runs.supersede_previews(ctx, period_id, run_id)
    await trail.record(ctx, "period.approve", f"period:{period_id}", {"run": run_id})
