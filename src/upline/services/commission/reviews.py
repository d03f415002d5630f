"""What a second person looks at before figures are committed: totals, and what differs.

Figures are compared with the run before (of the period before) and with the last preview of the
same period: by member, and by line, where a line is what one source pays one member of one bonus
on one level.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import bindparam, select, text

from upline.core.context import Context
from upline.models.commission import CommissionRun
from upline.models.period import Period
from upline.services.commission import runs
from upline.services.period.queries import CLOSED

NOTHING = Decimal(0)
BY_BONUS = """
SELECT i.run_id, CASE i.kind_id WHEN 1 THEN coalesce(b.code, 'bonus ' || i.bonus_id)
         WHEN 2 THEN 'fees' WHEN 3 THEN 'adjustments' ELSE 'donations' END AS name,
       count(DISTINCT i.customer_id) AS members, sum(i.amount) AS amount
FROM check_items i LEFT JOIN bonuses b ON b.bonus_id = i.bonus_id AND i.kind_id = 1
WHERE i.run_id IN :runs GROUP BY i.run_id, i.kind_id, i.bonus_id, b.code
ORDER BY i.kind_id, i.bonus_id
"""
BY_COUNTRY = """
SELECT k.run_id, c.country_code AS name, count(*) AS members, sum(k.net) AS amount
FROM commission_checks k JOIN customers c USING (customer_id)
WHERE k.run_id IN :runs GROUP BY 1, 2 ORDER BY 2
"""
BY_RANK = """
SELECT m.run_id, coalesce(r.name, 'rank ' || m.paid_rank_id) AS name, count(*) AS members,
       coalesce(sum(k.net), 0) AS amount
FROM member_periods m
LEFT JOIN ranks r ON r.rank_id = m.paid_rank_id
LEFT JOIN commission_checks k ON k.run_id = m.run_id AND k.customer_id = m.customer_id
WHERE m.run_id IN :runs GROUP BY m.run_id, m.paid_rank_id, r.name ORDER BY m.paid_rank_id
"""
TOTALS = {"bonus": BY_BONUS, "country": BY_COUNTRY, "rank": BY_RANK}
MEMBERS = """
SELECT customer_id, NULL AS source_id, NULL AS bonus, NULL AS level,
       sum(net) FILTER (WHERE run_id = :run_id) AS now,
       sum(net) FILTER (WHERE run_id = :other) AS before
FROM commission_checks WHERE run_id IN (:run_id, :other) GROUP BY customer_id
"""
LINES = """
SELECT l.customer_id, l.source_id, b.code AS bonus, l.level,
       sum(l.amount) FILTER (WHERE l.run_id = :run_id) AS now,
       sum(l.amount) FILTER (WHERE l.run_id = :other) AS before
FROM commission_lines l LEFT JOIN bonuses b USING (bonus_id)
WHERE l.run_id IN (:run_id, :other) GROUP BY 1, 2, 3, 4
"""
LARGEST_FIRST = """
SELECT customer_id, source_id, bonus, level, coalesce(now, 0) AS now, coalesce(before, 0) AS before
FROM ({sides}) AS sides WHERE coalesce(now, 0) <> coalesce(before, 0)
ORDER BY abs(coalesce(now, 0) - coalesce(before, 0)) DESC, customer_id, bonus, source_id, level
"""


class By(StrEnum):
    """What is compared."""

    MEMBERS = "members"
    LINES = "lines"


class Against(StrEnum):
    """What it is compared with."""

    PREVIEW = "preview"
    PREVIOUS = "previous"


@dataclass(frozen=True, slots=True)
class Sum:
    """How many members get what."""

    members: int = 0
    amount: Decimal = NOTHING


@dataclass(frozen=True, slots=True)
class Total:
    """One bonus, country or rank in the run and in those it is compared with."""

    by: str
    name: str
    now: Sum
    previous: Sum
    preview: Sum


@dataclass(frozen=True, slots=True)
class Difference:
    """What a member, or one line of theirs, gets now and got in the other run."""

    customer_id: int
    source_id: int | None
    bonus: str | None
    level: int | None
    now: Decimal
    before: Decimal


@dataclass(frozen=True, slots=True)
class Reviewed:
    """The figures under review, whose they are, and what they are compared with; None where there
    is nothing to compare with."""

    outcome: runs.Outcome
    started_by: str
    approved_by: str | None
    previous_run: int | None
    preview_run: int | None

    def other(self, against: Against) -> int | None:
        """The run that `against` means."""
        return self.preview_run if against is Against.PREVIEW else self.previous_run


async def find_reviewed(ctx: Context, period_id: int) -> Reviewed | None:
    """The final figures of a period that wait, or were approved; None before they exist."""
    period = (
        await ctx.session.execute(
            select(Period.run_id, Period.status_id).where(Period.period_id == period_id)
        )
    ).one_or_none()
    if period is None:
        return None
    waiting = await runs.find_waiting(ctx.session, period_id)
    run_id = waiting or (period.run_id if period.status_id >= CLOSED else None)
    outcome = await runs.find_outcome(ctx, run_id) if run_id else None
    if outcome is None:
        return None
    run = (
        await ctx.session.execute(
            select(
                CommissionRun.started_by, CommissionRun.approved_by, CommissionRun.previous_run_id
            ).where(CommissionRun.run_id == run_id)
        )
    ).one()
    return Reviewed(outcome, *run, preview_run=period.run_id if waiting else None)


async def list_totals(ctx: Context, reviewed: Reviewed) -> Sequence[Total]:
    """By bonus, country and rank, in that order."""
    compared = (reviewed.outcome.run_id, reviewed.previous_run, reviewed.preview_run)
    known = [run_id for run_id in compared if run_id is not None]
    totals = []
    for by, query in TOTALS.items():
        rows = await ctx.session.execute(
            text(query).bindparams(bindparam("runs", expanding=True)), {"runs": known}
        )
        sums: dict[str, dict[int, Sum]] = {}
        for row in rows:
            sums.setdefault(row.name, {})[row.run_id] = Sum(row.members, row.amount)
        totals += [
            Total(by, name, *(runs_of.get(run_id or 0, Sum()) for run_id in compared))
            for name, runs_of in sums.items()
        ]
    return totals


async def stream_differences(
    ctx: Context, run_id: int, other: int, by: By, limit: int | None = None
) -> AsyncIterator[Difference]:
    """Whatever differs between two runs, largest first; all of it without a limit."""
    query = LARGEST_FIRST.format(sides=MEMBERS if by is By.MEMBERS else LINES)
    rows = await ctx.session.stream(
        text(f"{query} LIMIT :limit"), {"run_id": run_id, "other": other, "limit": limit}
    )
    async for row in rows:
        yield Difference(*row)
