"""Forced ranks and checks in other currencies: each goes back to a record of who said so."""

from upline.services.verify.invariants.invariant import Invariant

RANKS = (
    Invariant(
        "R1",
        "Nobody is forced to a rank but by an override that the run could see.",
        """
        SELECT 'customer ' || m.customer_id, 'rank ' || m.forced_rank_id
        FROM member_periods m JOIN commission_runs r USING (run_id)
        WHERE m.run_id = :run_id AND m.forced_rank_id <> -1 AND NOT EXISTS (
          SELECT FROM rank_overrides o
          WHERE o.customer_id = m.customer_id AND o.rank_id = m.forced_rank_id
            AND o.lifts_id IS NULL
            AND r.period_id BETWEEN o.first_period_id AND coalesce(o.last_period_id, r.period_id)
            AND pg_visible_in_snapshot((o.recorded_in::text)::xid8, r.seen::pg_snapshot))
        """,
        per_run=True,
    ),
    Invariant(
        "R2",
        "A check in another currency is its net at a rate that was loaded, or blended of such, but"
        " for rounding.",
        # How finely it is rounded stands in the plan; a whole unit is the coarsest. Blended rates
        # lie among what the currencies pay, valued at the rates at which money comes in.
        """
        SELECT 'customer ' || c.customer_id,
               c.net || ' at ' || c.exchange_rate || ' but ' || c.local_net
        FROM commission_checks c JOIN commission_runs r USING (run_id)
        JOIN plan_versions p USING (plan_version_id)
        CROSS JOIN LATERAL (SELECT p.source ~ 'exchange[.]blended|blended *=' AS blends) plan
        WHERE c.run_id = :run_id AND c.currency_code IS NOT NULL AND (
          abs(c.local_net - c.net * c.exchange_rate)
            >= 1 + CASE WHEN plan.blends THEN abs(c.net) / 1000000 ELSE 0 END
          OR NOT EXISTS (
            SELECT FROM exchange_rates x
            WHERE x.currency_code = c.currency_code AND x.rate_out = c.exchange_rate
              AND x.period_id <= r.period_id)
          AND NOT (
            plan.blends AND EXISTS (
              SELECT FROM (
                SELECT min(rate_in * rate_out) AS least, max(rate_in * rate_out) AS most
                FROM (SELECT rate_in, rate_out FROM exchange_rates
                      WHERE period_id <= r.period_id UNION ALL SELECT 1, 1) each
              ) paid, (
                SELECT rate_in FROM exchange_rates
                WHERE currency_code = c.currency_code AND period_id <= r.period_id
                UNION ALL SELECT 1 WHERE c.currency_code = r.currency_code
              ) home
              WHERE c.exchange_rate BETWEEN paid.least / home.rate_in - 0.000001
                                        AND paid.most / home.rate_in + 0.000001)))
        """,
        per_run=True,
    ),
)
