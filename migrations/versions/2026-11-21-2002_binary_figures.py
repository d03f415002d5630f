"""What binary bonuses paid, flushed and carry, lot by lot."""

revision = "binary_figures"
down_revision = "engine_inputs"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
