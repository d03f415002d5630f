"""What must hold at any moment, as queries that find whatever breaks it.

Each query returns (subject, detail) per breach; none may return a row. Those marked per_run are
asked once for each run a period points at, with :run_id bound, so that one partition is read.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Invariant:
    """A sentence that must be true, and the query that finds exceptions."""

    code: str
    sentence: str
    query: str
    per_run: bool = False


LEDGER = (
    Invariant(
        "I1",
        "Every ledger transaction sums to zero in each currency.",
        """
        SELECT 'transaction ' || e.transaction_id, a.currency_code || ' ' || sum(e.amount)
        FROM ledger_entries e JOIN ledger_accounts a USING (account_id)
        GROUP BY e.transaction_id, a.currency_code HAVING sum(e.amount) <> 0
        """,
    ),
    Invariant(
        "I2",
        "All accounts together sum to zero in each currency.",
        """
        SELECT currency_code, sum(balance)::text FROM ledger_accounts
        GROUP BY currency_code HAVING sum(balance) <> 0
        """,
    ),
    Invariant(
        "I3",
        "The balance of an account is the sum of its entries.",
        """
        SELECT 'account ' || a.account_id, a.balance || ' but entries ' || coalesce(e.total, 0)
        FROM ledger_accounts a
        LEFT JOIN (SELECT account_id, sum(amount) AS total FROM ledger_entries GROUP BY 1) e
          USING (account_id)
        WHERE a.balance <> coalesce(e.total, 0)
        """,
    ),
    Invariant(
        "I4",
        "No account is below zero unless it may be.",
        """
        SELECT 'account ' || account_id, balance::text FROM ledger_accounts
        WHERE balance < 0 AND NOT may_be_negative
        """,
    ),
    Invariant(
        "I10",
        "A payout batch, its payouts and what the ledger took from wallets agree.",
        """
        SELECT 'batch ' || b.payout_batch_id,
               b.total || ' / ' || coalesce(p.amount, 0) || ' / ' || coalesce(l.amount, 0)
        FROM payout_batches b
        LEFT JOIN (SELECT payout_batch_id, sum(amount) AS amount, sum(amount + fee) AS gross
                   FROM payouts GROUP BY 1) p USING (payout_batch_id)
        LEFT JOIN (SELECT e.transaction_id, -sum(e.amount) AS amount
                   FROM ledger_entries e JOIN ledger_accounts a USING (account_id)
                   WHERE a.customer_id IS NOT NULL GROUP BY 1) l USING (transaction_id)
        WHERE b.total <> coalesce(p.amount, 0) OR coalesce(p.gross, 0) <> coalesce(l.amount, 0)
        """,
    ),
)

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
                 sum(amount) FILTER (WHERE kind_id IN (2, 3)) AS other
          FROM check_items WHERE run_id = :run_id GROUP BY 1) i USING (customer_id)
        WHERE coalesce(c.total_commission, 0) <> coalesce(i.bonus, 0)
           OR coalesce(c.adjustments, 0) <> coalesce(i.other, 0)
           OR c.net <> c.total_commission + c.adjustments - c.donation
        """,
        per_run=True,
    ),
    Invariant(
        "I5b",
        "What a final run's checks come to is what the ledger credited for its period.",
        """
        SELECT 'period ' || r.period_id, c.net || ' but ledger ' || coalesce(l.amount, 0)
        FROM commission_runs r
        CROSS JOIN LATERAL (SELECT coalesce(sum(net), 0) AS net FROM commission_checks
                            WHERE run_id = r.run_id) c
        LEFT JOIN LATERAL (
          SELECT sum(e.amount) AS amount FROM ledger_transactions t
          JOIN ledger_entries e USING (transaction_id)
          JOIN ledger_accounts a USING (account_id)
          WHERE t.reference = 'commission:' || r.period_id AND a.customer_id IS NOT NULL) l ON true
        WHERE r.run_id = :run_id AND r.kind_id = 2 AND c.net <> coalesce(l.amount, 0)
        """,
        per_run=True,
    ),
    Invariant(
        "I6",
        "Each bonus item is its lines, rounded once where the run's rounding rule says.",
        # PostgreSQL's round() is half away from zero; other modes are left to the engine's tests.
        """
        WITH rule AS (
          SELECT rounding_place, rounding_unit / 10000.0 AS unit FROM commission_runs
          WHERE run_id = :run_id AND rounding_mode = 'half_up'
        ), line AS (
          SELECT customer_id, bonus_id, paid_level,
                 -- A line's amount is cut to four places; a cap or a flat sum makes it differ more.
                 CASE WHEN abs(base * rate - amount) < 0.0001 THEN base * rate
                      ELSE amount END AS exact
          FROM commission_lines WHERE run_id = :run_id
        ), due AS (
          SELECT l.customer_id, l.bonus_id,
                 CASE WHEN r.rounding_place = 'bonus' THEN 0 ELSE l.paid_level END AS level,
                 CASE WHEN r.rounding_place = 'line'
                      THEN sum(round(l.exact / r.unit) * r.unit)
                      ELSE round(sum(l.exact) / r.unit) * r.unit END AS amount
          FROM line l CROSS JOIN rule r
          WHERE r.rounding_place IN ('line', 'level')
          GROUP BY 1, 2, 3, r.rounding_place, r.unit
        ), item AS (
          SELECT customer_id, bonus_id, level, sum(amount) AS amount FROM check_items, rule
          WHERE run_id = :run_id AND kind_id = 1 AND rounding_place IN ('line', 'level')
          GROUP BY 1, 2, 3
        )
        SELECT 'customer ' || customer_id || ' bonus ' || bonus_id || ' level ' || level,
               coalesce(i.amount, 0) || ' but lines ' || coalesce(d.amount, 0)
        FROM due d FULL JOIN item i USING (customer_id, bonus_id, level)
        WHERE coalesce(i.amount, 0) <> coalesce(d.amount, 0)
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

VOLUMES = (
    Invariant(
        "I9",
        "Nothing was posted to a period after it closed.",
        """
        SELECT 'entry ' || e.entry_id, 'period ' || p.period_id
        FROM periods p JOIN volume_entries e ON e.period_id = p.period_id
        WHERE p.status_id >= 3 AND p.period_type_id = 2 AND e.posted_at > p.closed_at
        """,
    ),
    Invariant(
        "I11a",
        "Every paid order posted its volume exactly once.",
        """
        SELECT 'order ' || o.order_id, coalesce(e.entries, 0) || ' entries'
        FROM orders o
        LEFT JOIN (SELECT order_id, count(*) AS entries, sum(pv) AS pv, sum(cv) AS cv
                   FROM volume_entries WHERE entry_type_id = 1 GROUP BY 1) e USING (order_id)
        WHERE o.paid_at IS NOT NULL
          AND (coalesce(e.entries, 0) <> 1 OR e.pv <> o.pv OR e.cv <> o.cv)
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
              FROM member_periods WHERE run_id = :run_id) m
        FULL JOIN (
          SELECT customer_id, carry_left_out AS left_out, carry_right_out AS right_out
          FROM member_periods
          WHERE run_id = (SELECT previous_run_id FROM commission_runs WHERE run_id = :run_id)
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

TREES = (
    Invariant(
        "I13a",
        "Live placements are acyclic: each stands one step below its parent.",
        """
        SELECT 'customer ' || c.customer_id, 'genealogy ' || c.genealogy_id
        FROM placements c
        LEFT JOIN placements p ON p.genealogy_id = c.genealogy_id AND p.customer_id = c.parent_id
                              AND p.valid_to IS NULL
        WHERE c.valid_to IS NULL
          AND c.depth IS DISTINCT FROM CASE WHEN c.parent_id IS NULL THEN 0 ELSE p.depth + 1 END
        """,
    ),
    Invariant(
        "I13b",
        "Every jump pointer leads where the rule of its depth says.",
        """
        SELECT 'customer ' || c.customer_id, 'genealogy ' || c.genealogy_id
        FROM placements c
        LEFT JOIN placements p ON p.genealogy_id = c.genealogy_id AND p.customer_id = c.parent_id
                              AND p.valid_to IS NULL
        LEFT JOIN placements j ON j.genealogy_id = c.genealogy_id AND j.customer_id = p.jump_id
                              AND j.valid_to IS NULL
        LEFT JOIN placements k ON k.genealogy_id = c.genealogy_id AND k.customer_id = j.jump_id
                              AND k.valid_to IS NULL
        WHERE c.valid_to IS NULL AND c.jump_id IS DISTINCT FROM
          CASE WHEN c.parent_id IS NULL THEN c.customer_id
               WHEN p.depth - j.depth = j.depth - k.depth THEN j.jump_id
               ELSE c.parent_id END
        """,
    ),
    Invariant(
        "I13e",
        "Every place on a straight leg names where the leg begins.",
        """
        SELECT 'customer ' || c.customer_id, 'leg top ' || coalesce(c.leg_top_id::text, 'none')
        FROM placements c
        LEFT JOIN placements p ON p.genealogy_id = 3 AND p.customer_id = c.parent_id
                              AND p.valid_to IS NULL
        WHERE c.valid_to IS NULL AND c.leg_top_id IS DISTINCT FROM
          CASE WHEN c.genealogy_id = 3 AND c.position_id = p.position_id THEN p.leg_top_id
               WHEN c.genealogy_id = 3 THEN p.customer_id END
        """,
    ),
    Invariant(
        "I13d",
        "Blocks of a run count each of its members once.",
        """
        SELECT 'genealogy ' || genealogy_id || ', facet ' || facet_id || ', value ' || value,
               sum(members) || ' off'
        FROM (
            SELECT genealogy_id, facet_id, value, members FROM downline_counts
            WHERE run_id = :run_id
            UNION ALL
            SELECT p.genealogy_id, f.facet_id, f.value, -count(*)
            FROM member_periods m
            CROSS JOIN LATERAL (
                VALUES (2, m.pre, m.level), (3, m.binary_pre, m.binary_level)
            ) p (genealogy_id, pre, level)
            CROSS JOIN LATERAL (
                VALUES (0, 0), (1, m.rank_id::integer), (2, m.status_id::integer), (3, p.level)
            ) f (facet_id, value)
            WHERE m.run_id = :run_id AND p.pre IS NOT NULL
            GROUP BY 1, 2, 3
        ) AS both_sides
        GROUP BY genealogy_id, facet_id, value HAVING sum(members) <> 0
        """,
        per_run=True,
    ),
    Invariant(
        "I13c",
        "The snapshot of a run nests: every member lies inside its sponsor's range.",
        """
        SELECT 'customer ' || m.customer_id, 'pre ' || m.pre
        FROM (SELECT * FROM member_periods WHERE run_id = :run_id) m
        LEFT JOIN (SELECT * FROM member_periods WHERE run_id = :run_id) s
          ON s.customer_id = m.sponsor_id
        WHERE m.pre_end <= m.pre
           OR (m.sponsor_id IS NULL AND m.level <> 0)
           OR (m.sponsor_id IS NOT NULL
               AND (s.customer_id IS NULL OR m.level <> s.level + 1
                    OR m.pre <= s.pre OR m.pre_end > s.pre_end))
        """,
        per_run=True,
    ),
)

POINTS = (
    Invariant(
        "I18a",
        "No lot of points gave more than it held.",
        """
        SELECT 'lot ' || l.entry_id, l.amount || ' less ' || t.amount
        FROM point_entries l
        JOIN (SELECT lot_id, -sum(amount) AS amount FROM point_entries GROUP BY 1) t
          ON t.lot_id = l.entry_id
        WHERE t.amount > l.amount
        """,
    ),
    Invariant(
        "I18b",
        "Points belong to whoever placed the order, and are taken from their own lots.",
        """
        SELECT 'entry ' || e.entry_id, 'customer ' || e.customer_id
        FROM point_entries e JOIN orders o USING (order_id)
        LEFT JOIN point_entries l ON l.entry_id = e.lot_id
        WHERE o.customer_id <> e.customer_id OR l.customer_id <> e.customer_id
        """,
    ),
)

GUARDS = (
    Invariant(
        "I17",
        "Append-only tables are guarded.",
        """
        SELECT name, 'UPDATE and DELETE are not refused'
        FROM unnest(ARRAY['volume_entries', 'commission_adjustments', 'member_periods',
                          'commission_checks', 'check_items', 'commission_lines',
                          'ledger_transactions', 'ledger_entries', 'audit_entries',
                          'plan_versions', 'point_entries', 'binary_lots']) AS name
        WHERE NOT EXISTS (
          SELECT FROM pg_trigger t
          WHERE t.tgrelid = to_regclass(name) AND NOT t.tgisinternal AND t.tgenabled <> 'D'
            AND (t.tgtype & 8) <> 0 AND (t.tgtype & 16) <> 0)
        """,
    ),
)

INVARIANTS = LEDGER + CHECKS + VOLUMES + LEGS + TREES + POINTS + GUARDS
