"""Review and approval of runs, and corrections after a close."""

revision = "run_review"
down_revision = "bonus_figures"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
