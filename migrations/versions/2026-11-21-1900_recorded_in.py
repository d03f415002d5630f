"""Entries, placements and adjustments remember the database transaction that recorded them.

Dates may lie back and ids are drawn before rows are committed, so neither tells what a run has not
seen; the run's snapshot and this column do. Rows come in about the order of their transactions,
which is what a BRIN index is made for.
"""

import sqlalchemy as sa
from alembic import op

revision = "recorded_in"
down_revision = "countries"
branch_labels = None
depends_on = None

TABLES = ("volume_entries", "placements", "commission_adjustments")


def upgrade() -> None:
    for table in TABLES:
        # The default is the same for the whole statement, so nothing is rewritten; a BRIN index is
        # made in one read of the table.
        op.execute(
            "-- squawk-ignore adding-field-with-default\n"
            f"ALTER TABLE {table} ADD COLUMN recorded_in bigint NOT NULL"
            " DEFAULT (pg_current_xact_id()::text)::bigint"
        )
        op.execute(
            "-- squawk-ignore require-concurrent-index-creation\n"
            f"CREATE INDEX ix_{table}_recorded_in ON {table} USING brin (recorded_in)"
        )
    # No release has read this column.
    op.execute(
        "-- squawk-ignore ban-drop-column\nALTER TABLE commission_runs DROP COLUMN last_entry_id"
    )
    op.add_column("commission_runs", sa.Column("seen", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("commission_runs", "seen")
    op.add_column(
        "commission_runs",
        sa.Column("last_entry_id", sa.BigInteger(), server_default="0", nullable=False),
    )
    for table in TABLES:
        op.drop_index(f"ix_{table}_recorded_in", table)
        op.drop_column(table, "recorded_in")
