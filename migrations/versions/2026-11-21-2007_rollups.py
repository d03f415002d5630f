"""Sums over organizations, kept by block."""

revision = "rollups"
down_revision = "organization"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
