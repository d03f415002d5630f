"""Money out: batches, files, settlements and tax years against the ledger."""

from upline.services.verify.invariants.invariant import Invariant

PAYOUTS = (
    Invariant(
        "I10a",
        "A payout batch, its payouts and what the ledger took from wallets agree.",
        """
        SELECT 'batch ' || b.payout_batch_id,
               b.total || ' / ' || coalesce(p.amount, 0) || ' / ' || coalesce(l.amount, 0)
        FROM payout_batches b
        LEFT JOIN (SELECT payout_batch_id, count(*) AS payouts, sum(amount) AS amount,
                          sum(amount + fee) AS gross
                   FROM payouts GROUP BY 1) p USING (payout_batch_id)
        LEFT JOIN (SELECT e.transaction_id, -sum(e.amount) AS amount
                   FROM ledger_entries e JOIN ledger_accounts a USING (account_id)
                   WHERE a.customer_id IS NOT NULL GROUP BY 1) l USING (transaction_id)
        WHERE b.total <> coalesce(p.amount, 0) OR b.payout_count <> coalesce(p.payouts, 0)
           OR coalesce(p.gross, 0) <> coalesce(l.amount, 0)
        """,
    ),
    Invariant(
        "I10b",
        "A file holds all payouts of its kind, and the files of a batch come to its total.",
        """
        SELECT 'batch ' || coalesce(f.payout_batch_id, p.payout_batch_id) || ' '
               || coalesce(f.format, p.format),
               coalesce(f.total, 0) || ' but payouts ' || coalesce(p.amount, 0)
        FROM payout_files f
        FULL JOIN (
          SELECT payout_batch_id, format, count(*) AS payouts, sum(amount) AS amount
          FROM payouts
          WHERE payout_batch_id IN (SELECT payout_batch_id FROM payout_files)
          GROUP BY 1, 2) p USING (payout_batch_id, format)
        WHERE coalesce(f.total, 0) <> coalesce(p.amount, 0)
           OR coalesce(f.payout_count, 0) <> coalesce(p.payouts, 0)
        """,
    ),
    Invariant(
        "I10c",
        "Payouts stand where their settlements say, and no settlement is without its entries.",
        """
        WITH said AS (
          SELECT s.payout_batch_id, s.outcome_id, sum(s.payout_count) AS payouts,
                 sum(s.total) AS total,
                 sum((SELECT sum(e.amount) FROM ledger_entries e
                      WHERE e.transaction_id = s.transaction_id AND e.ledger_type_id = 4
                        AND e.amount > 0)) AS booked
          FROM payout_settlements s GROUP BY 1, 2
        ), stands AS (
          SELECT p.payout_batch_id, o.outcome_id, count(*) AS payouts, sum(p.amount) AS total
          FROM payouts p
          JOIN (VALUES (2, 2), (4, 2), (3, 3), (4, 4), (5, 5)) o (status_id, outcome_id)
            USING (status_id)
          GROUP BY 1, 2
        )
        SELECT 'batch ' || payout_batch_id || ' outcome ' || outcome_id,
               coalesce(said.total, 0) || ' / ' || coalesce(said.booked, 0) || ' but payouts '
               || coalesce(stands.total, 0)
        FROM said FULL JOIN stands USING (payout_batch_id, outcome_id)
        WHERE said.total IS DISTINCT FROM stands.total
           OR said.payouts IS DISTINCT FROM stands.payouts
           OR said.booked IS DISTINCT FROM said.total
        """,
    ),
    Invariant(
        "I10d",
        "What is in transit is what payouts still wait for.",
        """
        SELECT 'transit ' || a.currency_code, a.balance || ' but pending ' || coalesce(p.amount, 0)
        FROM ledger_accounts a
        LEFT JOIN (SELECT b.currency_code, sum(p.amount) AS amount
                   FROM payouts p JOIN payout_batches b USING (payout_batch_id)
                   WHERE p.status_id = 1 GROUP BY 1) p USING (currency_code)
        WHERE a.code = 'payouts-in-transit' AND a.balance <> coalesce(p.amount, 0)
        """,
    ),
    Invariant(
        "I18",
        "The payments of a year, by the day they were made, are what left the company's cash.",
        """
        WITH paid AS (
          SELECT extract(year FROM p.paid_on) AS year, b.currency_code, sum(p.amount) AS amount
          FROM payouts p JOIN payout_batches b USING (payout_batch_id)
          WHERE p.paid_on IS NOT NULL GROUP BY 1, 2
        ), booked AS (
          SELECT extract(year FROM s.happened_on) AS year, a.currency_code, sum(e.amount) AS amount
          FROM payout_settlements s
          JOIN ledger_entries e USING (transaction_id)
          JOIN ledger_accounts a USING (account_id)
          WHERE s.outcome_id = 2 AND a.code = 'cash' GROUP BY 1, 2
        )
        SELECT 'year ' || year || ' ' || currency_code,
               coalesce(paid.amount, 0) || ' but cash ' || coalesce(booked.amount, 0)
        FROM paid FULL JOIN booked USING (year, currency_code)
        WHERE paid.amount IS DISTINCT FROM booked.amount
        """,
    ),
)
