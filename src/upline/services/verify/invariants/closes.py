"""Closed periods: sealed figures, payout within the plan's caps, corrections that add up."""

from upline.services.verify.invariants.invariant import Invariant

# Rows of a closed period that its run could not see; the first comparison is answered by an index.
UNSEEN = """
  AND e.recorded_in >= (pg_snapshot_xmin(r.seen::pg_snapshot)::text)::bigint
  AND NOT pg_visible_in_snapshot((e.recorded_in::text)::xid8, r.seen::pg_snapshot)
"""

CLOSES = (
    Invariant(
        "I7b",
        "Capped bonuses pay no more than their share of the company's volume.",
        # Reductions and members without sponsor make the volume the plan pays on smaller still.
        """
        SELECT 'bonuses ' || (cap.value ->> 'bonuses'), paid.amount || ' of ' || volume.amount
        FROM commission_runs r
        CROSS JOIN LATERAL jsonb_array_elements(r.limits -> 'caps') cap
        CROSS JOIN LATERAL (
          SELECT coalesce(sum(amount), 0) AS amount, count(*) AS lines FROM commission_lines
          WHERE run_id = :run_id
            AND bonus_id IN (SELECT b::smallint
                             FROM jsonb_array_elements_text(cap.value -> 'bonuses') b)) paid
        CROSS JOIN LATERAL (
          SELECT sum(greatest(CASE r.limits ->> 'volume' WHEN 'pv' THEN pv ELSE cv END, 0))
                 AS amount
          FROM member_periods WHERE run_id = :run_id) volume
        WHERE r.run_id = :run_id AND r.limits ->> 'volume' IN ('pv', 'cv')
          -- Each line may be rounded up by half of its last place, or of the plan's.
          AND paid.amount > volume.amount * (cap.value ->> 'share')::numeric / 1000000
                            + paid.lines * CASE r.rounding_place WHEN 'line'
                                           THEN r.rounding_unit / 10000.0 ELSE 0.0001 END
        """,
        per_run=True,
    ),
    Invariant(
        "I8b",
        "Committed figures are as they were sealed when they were stored.",
        """
        SELECT 'run ' || r.run_id, f.key || ' has changed'
        FROM commission_runs r CROSS JOIN LATERAL jsonb_each(r.figures) f
        WHERE r.run_id = :run_id AND r.status_id = 2
          AND figures_print(to_regclass(f.key || '_r' || r.run_id), f.value) IS DISTINCT FROM
              coalesce(f.value ->> 'print', 'sha256:' || (f.value ->> 'sha256'))
        """,
        per_run=True,
    ),
    Invariant(
        "I8c",
        "Committed final runs and restatements are sealed; final ones by two people.",
        """
        SELECT 'run ' || run_id, 'of ' || started_by || ' and ' || coalesce(approved_by, 'nobody')
        FROM commission_runs
        WHERE kind_id IN (2, 3) AND status_id = 2
          AND (figures IS NULL AND approved_by IS DISTINCT FROM 'administrator:before-approval'
               OR (kind_id = 2 AND coalesce(approved_by, started_by) = started_by))
        """,
    ),
    Invariant(
        "I9a",
        "A closed period holds no volume that its run did not see, but what waits to be restated.",
        f"""
        SELECT 'entry ' || e.entry_id, 'period ' || p.period_id
        FROM periods p JOIN commission_runs r USING (run_id)
        JOIN volume_entries e
          ON CASE p.period_type_id WHEN 2 THEN e.period_id ELSE e.week_id END = p.period_id
        WHERE p.status_id >= 3 AND NOT e.is_late {UNSEEN}
        """,
    ),
    Invariant(
        "I9b",
        "Every adjustment of a closed period is in its figures.",
        f"""
        SELECT 'adjustment ' || e.adjustment_id, 'period ' || p.period_id
        FROM periods p JOIN commission_runs r USING (run_id)
        JOIN commission_adjustments e ON e.period_id = p.period_id
        WHERE p.status_id >= 3 {UNSEEN}
        """,
    ),
    Invariant(
        "I9c",
        "Committed figures and corrections come to the restated figures, item by item.",
        """
        WITH pair AS (
          SELECT p.run_id AS closed, max(s.run_id) AS restated
          FROM periods p JOIN commission_runs s
            ON s.period_id = p.period_id AND s.kind_id = 3 AND s.status_id = 2
          GROUP BY p.run_id
        ), side AS (
          SELECT closed, customer_id, kind_id, bonus_id, -amount AS amount
          FROM pair JOIN check_items i ON i.run_id = restated WHERE kind_id <> 3
          UNION ALL
          SELECT closed, customer_id, kind_id, bonus_id, amount
          FROM pair JOIN check_items i ON i.run_id = closed WHERE kind_id <> 3
          UNION ALL
          SELECT closed, coalesce(position_id, customer_id), kind_id, bonus_id, amount
          FROM pair JOIN commission_adjustments ON corrects_run_id = closed
          WHERE restated_run_id IS NOT NULL
        )
        SELECT 'customer ' || customer_id || ' run ' || closed,
               'kind ' || kind_id || ', bonus ' || bonus_id || ': off by ' || sum(amount)
        FROM side GROUP BY closed, customer_id, kind_id, bonus_id HAVING sum(amount) <> 0
        """,
    ),
    Invariant(
        "I9d",
        "A correction stands in a later period and names both runs and a cause.",
        """
        SELECT 'adjustment ' || a.adjustment_id, 'period ' || a.period_id
        FROM commission_adjustments a
        LEFT JOIN commission_runs closed
          ON closed.run_id = a.corrects_run_id AND closed.kind_id = 2 AND closed.status_id = 2
        LEFT JOIN commission_runs restated
          ON restated.run_id = a.restated_run_id AND restated.kind_id = 3
         AND restated.status_id = 2 AND restated.period_id = closed.period_id
        WHERE a.restated_run_id IS NOT NULL
          AND (restated.run_id IS NULL OR a.period_id <= closed.period_id
               OR NOT EXISTS (SELECT FROM run_causes c WHERE c.run_id = a.restated_run_id))
        """,
    ),
)
