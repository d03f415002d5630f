"""What the organization pages look up."""

revision = "organization"
down_revision = "live"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
