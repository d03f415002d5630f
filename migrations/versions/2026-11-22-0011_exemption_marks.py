"""Exemptions carry the mark of the transaction that recorded them, as whatever a closed run reads.

So a period that closed reads those that were known then, and its restatement reads all.
"""

from alembic import op

revision = "exemption_marks"
down_revision = "seals"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Those of before have been read by every run: 0 is older than any of them.
    op.execute("ALTER TABLE carry_exemptions ADD COLUMN recorded_in bigint NOT NULL DEFAULT 0")
    op.execute(
        "ALTER TABLE carry_exemptions ALTER COLUMN recorded_in"
        " SET DEFAULT (pg_current_xact_id()::text)::bigint"
    )


def downgrade() -> None:
    op.execute(
        "-- squawk-ignore ban-drop-column\nALTER TABLE carry_exemptions DROP COLUMN recorded_in"
    )
