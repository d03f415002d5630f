"""Volumes: every order counts once, in one period, for everybody above."""

from upline.services.verify.invariants.invariant import Invariant

VOLUMES = (
    Invariant(
        "I11a",
        "Every paid order posted its volume exactly once, in parts of several periods if at all.",
        """
        SELECT 'order ' || o.order_id, coalesce(e.entries, 0) || ' entries'
        FROM orders o
        LEFT JOIN (SELECT order_id, count(*) AS entries, sum(pv) AS pv, sum(cv) AS cv,
                          count(DISTINCT (period_id, week_id)) AS periods
                   FROM volume_entries WHERE entry_type_id = 1 GROUP BY 1) e USING (order_id)
        WHERE o.paid_at IS NOT NULL
          AND (e.entries IS NULL OR e.entries <> e.periods OR e.pv <> o.pv OR e.cv <> o.cv)
        """,
    ),
    Invariant(
        "I11b",
        "The volume of a run is the volume posted to its period, member by member.",
        """
        SELECT 'customer ' || customer_id, m.pv || ' but entries ' || coalesce(e.pv, 0)
        FROM (SELECT customer_id, pv FROM member_periods WHERE run_id = :run_id) m
        LEFT JOIN (
          SELECT e.customer_id, sum(e.pv) AS pv FROM volume_entries e
          JOIN commission_runs r ON r.run_id = :run_id
           AND pg_visible_in_snapshot((e.recorded_in::text)::xid8, r.seen::pg_snapshot)
           AND r.period_id IN (e.period_id, e.week_id)
          GROUP BY 1) e USING (customer_id)
        WHERE m.pv <> coalesce(e.pv, 0)
          -- PV that orders give in their own money is another number in the run.
          AND NOT EXISTS (SELECT FROM commission_runs
                          WHERE run_id = :run_id AND 'pv' = ANY(exchanged_volumes))
        """,
        per_run=True,
    ),
    Invariant(
        "I11c",
        "Organization volume is own volume plus that of every branch.",
        """
        SELECT 'customer ' || p.customer_id, p.ov || ' but ' || p.pv + coalesce(c.ov, 0)
        FROM (SELECT customer_id, pv, ov FROM member_periods
              WHERE run_id = :run_id AND customer_type_id = 2) p
        LEFT JOIN (SELECT sponsor_id,
                          sum(CASE WHEN customer_type_id = 2 THEN ov ELSE pv END) AS ov
                   FROM member_periods WHERE run_id = :run_id GROUP BY 1) c
          ON c.sponsor_id = p.customer_id
        WHERE p.ov <> p.pv + coalesce(c.ov, 0)
        """,
        per_run=True,
    ),
)
