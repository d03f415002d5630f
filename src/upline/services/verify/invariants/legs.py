"""Binary legs: what came in was paid, flushed or carried on."""

from upline.services.verify.invariants.invariant import Invariant

LEGS = (
    Invariant(
        "I12a",
        "No leg volume is lost: carry-in + new - paid - flushed = carry-out, on both legs.",
        # Without a binary bonus the four figures are NULL and the carry stays as it is.
        """
        SELECT 'customer ' || customer_id || ' ' || leg, carry_in || ' + ' || coalesce(new, 0)
               || ' - ' || coalesce(paid, 0) || ' - ' || coalesce(flushed, 0)
               || ' but ' || carry_out
        FROM member_periods m CROSS JOIN LATERAL (VALUES
          ('left', carry_left_in, left_new, left_paid, left_flushed, carry_left_out),
          ('right', carry_right_in, right_new, right_paid, right_flushed, carry_right_out)
        ) AS l (leg, carry_in, new, paid, flushed, carry_out)
        WHERE run_id = :run_id AND carry_out <>
          carry_in + coalesce(new, 0) - coalesce(paid, 0) - coalesce(flushed, 0)
        """,
        per_run=True,
    ),
    Invariant(
        "I12b",
        "What a run brings in of a leg is what the run before it carried out.",
        """
        SELECT 'customer ' || customer_id,
               coalesce(m.left_in, 0) || ' | ' || coalesce(m.right_in, 0) || ' but '
               || coalesce(p.left_out, 0) || ' | ' || coalesce(p.right_out, 0)
        FROM (SELECT customer_id, carry_left_in AS left_in, carry_right_in AS right_in
              FROM member_periods
              WHERE run_id = :run_id AND (carry_left_in <> 0 OR carry_right_in <> 0)) m
        FULL JOIN (
          SELECT customer_id, carry_left_out AS left_out, carry_right_out AS right_out
          FROM member_periods
          WHERE run_id = (SELECT previous_run_id FROM commission_runs WHERE run_id = :run_id)
            AND (carry_left_out <> 0 OR carry_right_out <> 0)
        ) p USING (customer_id)
        WHERE coalesce(m.left_in, 0) <> coalesce(p.left_out, 0)
           OR coalesce(m.right_in, 0) <> coalesce(p.right_out, 0)
        """,
        per_run=True,
    ),
    Invariant(
        "I12c",
        "A final run takes its carry from the last period closed before its own.",
        """
        SELECT 'run ' || r.run_id, 'run ' || r.previous_run_id || ' of period ' || p.period_id
        FROM commission_runs r
        LEFT JOIN commission_runs p ON p.run_id = r.previous_run_id
        WHERE r.run_id = :run_id AND r.kind_id = 2 AND p.period_id IS DISTINCT FROM (
          SELECT max(b.period_id) FROM periods a
          JOIN periods b ON b.period_type_id = a.period_type_id AND b.period_id < a.period_id
          WHERE a.period_id = r.period_id AND b.status_id >= 3)
        """,
        per_run=True,
    ),
    Invariant(
        "I12d",
        "Dated lots are the carry, where a run has any.",
        """
        SELECT 'customer ' || customer_id, l.left_volume || ' | ' || l.right_volume
        FROM (SELECT customer_id, carry_left_out, carry_right_out FROM member_periods
              WHERE run_id = :run_id) m
        FULL JOIN (SELECT customer_id, sum(left_volume) AS left_volume,
                          sum(right_volume) AS right_volume
                   FROM binary_lots WHERE run_id = :run_id GROUP BY 1) l USING (customer_id)
        WHERE EXISTS (SELECT FROM binary_lots WHERE run_id = :run_id)
          AND (coalesce(l.left_volume, 0), coalesce(l.right_volume, 0))
              IS DISTINCT FROM (m.carry_left_out, m.carry_right_out)
        """,
        per_run=True,
    ),
)
