"""What bonuses remember from one period to the next."""

revision = "bonus_figures"
down_revision = "binary_figures"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
