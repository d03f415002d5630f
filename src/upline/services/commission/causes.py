"""What became known of a period between two runs over it: the causes of a restatement."""

from sqlalchemy import text

from upline.core.context import Context
from upline.services.period import calendar
from upline.services.period.calendar import PeriodType

# Each row of news is one that the run before could not see. A member has no such mark, but shows by
# not being among that run's figures.
UNSEEN = "NOT pg_visible_in_snapshot((%s::text)::xid8, b.seen::pg_snapshot)"
RECORD = """
WITH b AS (
  SELECT r.run_id, r.previous_run_id, r.seen::pg_snapshot AS seen,
         (pg_snapshot_xmin(r.seen::pg_snapshot)::text)::bigint AS since
  FROM commission_runs r WHERE r.run_id = :baseline
), news AS (
  SELECT 1 AS kind_id, e.customer_id, e.order_id, e.entry_id, NULL::smallint AS genealogy_id,
         NULL::timestamptz AS valid_from, NULL::bigint AS source_run_id
  FROM b JOIN volume_entries e ON e.{period_column} = :period_id
  WHERE e.recorded_in >= b.since AND {unseen_entry}
  UNION ALL
  SELECT 2, p.customer_id, NULL, NULL, p.genealogy_id, p.valid_from, NULL
  FROM b JOIN placements p ON p.valid_from < :end
  WHERE (p.recorded_in >= b.since AND {unseen_stay})
     OR (p.closed_in >= b.since AND p.valid_to < :end AND {unseen_end})
  UNION ALL
  SELECT 3, c.customer_id, NULL, NULL, NULL, NULL, NULL
  FROM customers c
  WHERE c.enrolled_at < :end AND NOT EXISTS (
    SELECT FROM member_periods m WHERE m.run_id = :baseline AND m.customer_id = c.customer_id)
  UNION ALL
  SELECT 4, NULL, NULL, NULL, NULL, NULL, CAST(:previous AS bigint)
  FROM b WHERE b.previous_run_id IS DISTINCT FROM CAST(:previous AS bigint)
    AND CAST(:previous AS bigint) IS NOT NULL
)
INSERT INTO run_causes (run_id, cause_no, kind_id, customer_id, order_id, entry_id, genealogy_id,
                        valid_from, source_run_id)
-- Forced ranks, rates of exchange and the like are not told one by one.
WITH told AS (
  SELECT * FROM news
  UNION ALL
  SELECT 5, NULL, NULL, NULL, NULL, NULL, NULL WHERE NOT EXISTS (SELECT FROM news)
)
SELECT :run_id,
       row_number() OVER (ORDER BY kind_id, customer_id, entry_id, genealogy_id, valid_from),
       kind_id, customer_id, order_id, entry_id, genealogy_id, valid_from, source_run_id
FROM told
"""
WAITING = f"""
SELECT count(*) FROM commission_runs b JOIN volume_entries e ON e.{{period_column}} = b.period_id
WHERE b.run_id = :standing AND e.is_late AND {UNSEEN % "e.recorded_in"}
"""


async def record(
    ctx: Context, run_id: int, period_id: int, baseline: int, previous_run: int | None
) -> int:
    """Write down what `run_id` knows of a period that `baseline` did not; returns how much.

    previous_run: where the restated run took ranks and carry from.
    """
    weekly = calendar.period_type(period_id) is PeriodType.WEEK
    query = RECORD.format(
        period_column="week_id" if weekly else "period_id",
        unseen_entry=UNSEEN % "e.recorded_in",
        unseen_stay=UNSEEN % "p.recorded_in",
        unseen_end=UNSEEN % "p.closed_in",
    )
    _, end = calendar.bounds(period_id, ctx.company.time_zone)
    result = await ctx.session.execute(
        text(query),
        {
            "run_id": run_id,
            "period_id": period_id,
            "baseline": baseline,
            "previous": previous_run,
            "end": end,
        },
    )
    return int(getattr(result, "rowcount", 0))


async def count_waiting(ctx: Context, period_id: int, standing: int) -> int:
    """How many entries came late for a closed period and are in nothing that stands for it."""
    weekly = calendar.period_type(period_id) is PeriodType.WEEK
    query = WAITING.format(period_column="week_id" if weekly else "period_id")
    return int(await ctx.session.scalar(text(query), {"standing": standing}) or 0)
