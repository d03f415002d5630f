"""What explaining a payment looks up: how many lines stand behind a check."""

from alembic import op

revision = "explanations"
down_revision = "payouts"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE commission_checks ADD COLUMN line_count integer")


def downgrade() -> None:
    op.execute("ALTER TABLE commission_checks DROP COLUMN line_count")
