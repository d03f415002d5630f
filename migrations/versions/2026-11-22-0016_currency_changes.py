"""Another currency of a customer is news, as another status is.

Open periods are kept up from what was recorded since their figures were read; where a plan pays in
local money, whoever is paid in another currency has another check.
"""

from alembic import op

revision = "currency_changes"
down_revision = "names"
branch_labels = None
depends_on = None

WATCHED = ("customer_type_id", "status_id", "enrolled_at", "terminated_at", "owner_id")


def upgrade() -> None:
    _watch((*WATCHED, "currency_code"))


def downgrade() -> None:
    _watch(WATCHED)


def _watch(columns: tuple[str, ...]) -> None:
    old, new = (", ".join(f"{row}.{name}" for name in columns) for row in ("OLD", "NEW"))
    op.execute(
        f"CREATE OR REPLACE TRIGGER record_change BEFORE UPDATE OF {', '.join(columns)}"
        f" ON customers FOR EACH ROW WHEN (({new}) IS DISTINCT FROM ({old}))"
        " EXECUTE FUNCTION record_change()"
    )
