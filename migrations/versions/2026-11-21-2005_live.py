"""Figures of an open period that are kept up order by order."""

revision = "live"
down_revision = "run_review"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
