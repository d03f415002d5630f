"""What becomes of figures that wait: committed for good, or given up."""

from collections.abc import Sequence

from sqlalchemy import func, select, update

from upline.core.context import Context, PrincipalKind
from upline.core.errors import DomainError, Kind
from upline.models.commission import CommissionRun
from upline.services.audit import trail
from upline.services.commission import fingerprints
from upline.services.commission.runs import COMMITTED, REJECTED, WAITING

PERSON = f"{PrincipalKind.ADMINISTRATOR.value}:"


class SamePerson(DomainError):
    """Figures are looked at by somebody else than made them."""

    code = "same_person"
    kind = Kind.FORBIDDEN
    message = "Whoever closed the period cannot approve it: a second administrator must."
    constraint = "ck_commission_runs_two_people"


async def approve(ctx: Context, run_id: int) -> None:
    """Commit a waiting final run in the caller's name, whose figures somebody compares with their
    seals meanwhile (fingerprints.compare).

    Raises SamePerson unless two administrators have had to do with it.
    """
    approver = trail.actor_of(ctx.principal)
    started_by = await ctx.session.scalar(
        select(CommissionRun.started_by).where(CommissionRun.run_id == run_id)
    )
    people = {name for name in (started_by, approver) if name and name.startswith(PERSON)}
    if len(people) < 2:
        raise SamePerson
    await ctx.session.execute(
        update(CommissionRun)
        .where(CommissionRun.run_id == run_id)
        .values(
            status_id=COMMITTED,
            stage="committed",
            approved_by=approver,
            approved_at=ctx.now,
            finished_at=func.clock_timestamp(),
            figures=await fingerprints.recorded(ctx.session, run_id),
        )
    )


async def commit_restatements(ctx: Context, run_ids: Sequence[int]) -> None:
    """Let restated figures stand; the caller posts what they differ by. Raises FiguresChanged."""
    for run_id in run_ids:
        await fingerprints.compare(ctx.session, run_id)
        await ctx.session.execute(
            update(CommissionRun)
            .where(CommissionRun.run_id == run_id)
            .values(
                status_id=COMMITTED,
                stage="committed",
                finished_at=func.clock_timestamp(),
                figures=await fingerprints.recorded(ctx.session, run_id),
            )
        )


async def reject(ctx: Context, run_ids: Sequence[int]) -> None:
    """Give up figures that waited; the worker frees their room."""
    await ctx.session.execute(
        update(CommissionRun)
        .where(CommissionRun.run_id.in_(run_ids), CommissionRun.status_id == WAITING)
        .values(status_id=REJECTED, stage="rejected", finished_at=func.clock_timestamp())
    )
