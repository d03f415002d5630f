"""Payout methods, deposits and files to the bank."""

revision = "payouts"
down_revision = "rollups"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
