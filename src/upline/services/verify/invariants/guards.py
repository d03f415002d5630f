"""The guards of what is final."""

from upline.services.verify.invariants.invariant import Invariant

GUARDS = (
    Invariant(
        "I17",
        "Append-only tables are guarded.",
        """
        SELECT name, 'UPDATE and DELETE are not refused'
        FROM unnest(ARRAY['volume_entries', 'commission_adjustments', 'member_periods',
                          'commission_checks', 'check_items', 'commission_lines',
                          'ledger_transactions', 'ledger_entries', 'audit_entries',
                          'plan_versions', 'point_entries', 'binary_lots', 'rank_overrides',
                          'run_causes', 'former_owners', 'entry_volumes', 'exchange_rates',
                          'payout_method_versions', 'payout_files', 'payout_settlements']) AS name
        WHERE NOT EXISTS (
          SELECT FROM pg_trigger t
          WHERE t.tgrelid = to_regclass(name) AND NOT t.tgisinternal AND t.tgenabled <> 'D'
            AND (t.tgtype & 8) <> 0 AND (t.tgtype & 16) <> 0)
        """,
    ),
)
