"""Checks, their items and lines, and what the ledger was told of them."""

from upline.services.verify.invariants.invariant import Invariant

CHECKS = (
    Invariant(
        "I5a",
        "A check is the sum of its items.",
        """
        SELECT 'customer ' || customer_id,
               c.total_commission || ' + ' || c.adjustments || ' but items '
               || coalesce(i.bonus, 0) || ' + ' || coalesce(i.other, 0)
        FROM (SELECT * FROM commission_checks WHERE run_id = :run_id) c
        FULL JOIN (
          SELECT customer_id, sum(amount) FILTER (WHERE kind_id = 1) AS bonus,
                 sum(amount) FILTER (WHERE kind_id IN (2, 3)) AS other,
                 sum(amount) FILTER (WHERE kind_id = 4) AS given
          FROM check_items WHERE run_id = :run_id GROUP BY 1) i USING (customer_id)
        WHERE coalesce(c.total_commission, 0) <> coalesce(i.bonus, 0)
           OR coalesce(c.adjustments, 0) <> coalesce(i.other, 0)
           OR coalesce(c.donation, 0) <> -coalesce(i.given, 0)
           OR c.net <> c.total_commission + c.adjustments - c.donation
        """,
        per_run=True,
    ),
    Invariant(
        "I5f",
        "A check knows how many lines stand behind it.",
        """
        SELECT 'customer ' || customer_id, c.line_count || ' but ' || count(l.line_no) || ' lines'
        FROM commission_checks c
        LEFT JOIN commission_lines l USING (run_id, customer_id)
        WHERE c.run_id = :run_id GROUP BY customer_id, c.line_count
        HAVING c.line_count <> count(l.line_no)
        """,
        per_run=True,
    ),
    Invariant(
        "I5b",
        "What a final run's checks come to is what the ledger credited, currency by currency.",
        """
        WITH run AS (
          SELECT run_id, currency_code, 'commission:' || period_id AS reference
          FROM commission_runs WHERE run_id = :run_id AND kind_id = 2
        ), due AS (
          SELECT coalesce(c.currency_code, run.currency_code) AS currency,
                 sum(coalesce(c.local_net, c.net)) AS amount
          FROM run JOIN commission_checks c USING (run_id) GROUP BY 1
        ), credited AS (
          SELECT a.currency_code AS currency, sum(e.amount) AS amount
          FROM run JOIN ledger_transactions t USING (reference)
          JOIN ledger_entries e USING (transaction_id)
          JOIN ledger_accounts a USING (account_id)
          WHERE a.customer_id IS NOT NULL GROUP BY 1
        )
        SELECT currency, coalesce(d.amount, 0) || ' but ledger ' || coalesce(l.amount, 0)
        FROM due d FULL JOIN credited l USING (currency)
        WHERE coalesce(d.amount, 0) <> coalesce(l.amount, 0)
        """,
        per_run=True,
    ),
    Invariant(
        "I6",
        "Each bonus item is its lines, rounded once where the run's rounding rule says.",
        # PostgreSQL's round() is half away from zero; other modes are left to the engine's tests.
        # A line without a rate, such as a part of a pool, is known to four places only: its item
        # may be half a unit away from it. What a cap cuts is rounded so that all of a member's
        # items come to the cap: each may be a unit away, for each cap there is.
        """
        WITH rule AS (
          SELECT rounding_place, rounding_unit / 10000.0 AS unit,
                 coalesce(limits -> 'cut', '{}') AS cut
          FROM commission_runs
          WHERE run_id = :run_id AND rounding_mode = 'half_up'
        ), line AS (
          SELECT customer_id, bonus_id, paid_level, rate = 0 AS is_flat,
                 -- A line's amount is cut to four places; a cap or a flat sum makes it differ more.
                 CASE WHEN abs(base * rate - amount) < 0.0001 THEN base * rate
                      ELSE amount END AS exact
          FROM commission_lines WHERE run_id = :run_id
        ), due AS (
          SELECT l.customer_id, l.bonus_id,
                 CASE WHEN r.rounding_place = 'bonus' THEN 0 ELSE l.paid_level END AS level,
                 CASE WHEN r.rounding_place = 'line'
                      THEN sum(round(l.exact / r.unit) * r.unit)
                      ELSE round(sum(l.exact) / r.unit) * r.unit END AS amount,
                 sum(l.exact) AS exact,
                 CASE WHEN r.cut ? l.bonus_id::text
                      THEN (r.unit + count(*) * 0.0001) * (r.cut -> l.bonus_id::text)::int
                      WHEN bool_or(l.is_flat) THEN r.unit / 2 + count(*) * 0.0001 END AS apart
          FROM line l CROSS JOIN rule r
          WHERE r.rounding_place IN ('line', 'level')
          GROUP BY 1, 2, 3, r.rounding_place, r.unit, r.cut
        ), item AS (
          SELECT customer_id, bonus_id, level, sum(amount) AS amount FROM check_items, rule
          WHERE run_id = :run_id AND kind_id = 1 AND rounding_place IN ('line', 'level')
          GROUP BY 1, 2, 3
        )
        SELECT 'customer ' || customer_id || ' bonus ' || bonus_id || ' level ' || level,
               coalesce(i.amount, 0) || ' but lines ' || coalesce(d.amount, 0)
        FROM due d FULL JOIN item i USING (customer_id, bonus_id, level)
        WHERE coalesce(i.amount, 0) <> coalesce(d.amount, 0)
          AND (abs(coalesce(i.amount, 0) - d.exact) <= d.apart) IS NOT TRUE
        """,
        per_run=True,
    ),
    Invariant(
        "I7",
        "No line pays more than its rate of its base; only flat sums have no rate.",
        """
        SELECT 'line ' || line_no, amount || ' of ' || base || ' at ' || rate
        FROM commission_lines
        WHERE run_id = :run_id AND rate <> 0 AND abs(amount) >= abs(base * rate) + 0.0001
        """,
        per_run=True,
    ),
    Invariant(
        "I8",
        "A run still holds exactly what it recorded when it finished.",
        """
        SELECT 'run ' || r.run_id, 'members, lines, checks or total differ'
        FROM commission_runs r
        WHERE r.run_id = :run_id AND (
          r.member_count <> (SELECT count(*) FROM member_periods WHERE run_id = :run_id)
          OR r.line_count <> (SELECT count(*) FROM commission_lines WHERE run_id = :run_id)
          OR r.check_count <> (SELECT count(*) FROM commission_checks WHERE run_id = :run_id)
          OR r.total <> (SELECT coalesce(sum(total_commission), 0)
                         FROM commission_checks WHERE run_id = :run_id))
        """,
        per_run=True,
    ),
)
