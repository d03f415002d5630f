"""What explaining a payment looks up."""

revision = "explanations"
down_revision = "payouts"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
