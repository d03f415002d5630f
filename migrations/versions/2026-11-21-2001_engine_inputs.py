"""What the engine reads besides members, trees and entries."""

revision = "engine_inputs"
down_revision = "report_downloads"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
