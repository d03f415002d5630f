"""Contests: points come from reasons, and more of them stand higher."""

from upline.services.verify.invariants.invariant import Invariant

CONTESTS = (
    Invariant(
        "C1",
        "A member's points in a contest are the sum of the reasons for them.",
        """
        SELECT 'customer ' || customer_id, s.points || ' but reasons ' || e.points
        FROM (SELECT contest_id, customer_id, points FROM contest_standings
              WHERE run_id = :run_id) s
        FULL JOIN (SELECT contest_id, customer_id, sum(points) AS points FROM contest_entries
                   WHERE run_id = :run_id GROUP BY 1, 2) e USING (contest_id, customer_id)
        WHERE s.points IS DISTINCT FROM e.points
        """,
        per_run=True,
    ),
    Invariant(
        "C2",
        "Whoever stands before another in a contest has as many points or more.",
        """
        SELECT 'customer ' || customer_id, points || ' after ' || above
        FROM (SELECT customer_id, points, position_no, ordinal, lag(points) OVER w AS above,
                     lag(position_no) OVER w AS position_above
              FROM contest_standings WHERE run_id = :run_id
              WINDOW w AS (PARTITION BY contest_id ORDER BY ordinal)) s
        WHERE points > above OR position_no NOT IN (position_above, ordinal + 1)
        """,
        per_run=True,
    ),
)
