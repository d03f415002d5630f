"""The job queue's own tables, in a schema of their own.

The SQL is a copy of what the job queue's package ships, so that this revision means the same for
ever; a newer package that needs more gets a revision of its own.
"""

from pathlib import Path

from alembic import op

revision = "jobs"
down_revision = "period_rules"
branch_labels = None
depends_on = None

SQL = Path(__file__).parents[1] / "data" / "procrastinate.sql"


def upgrade() -> None:
    op.execute("CREATE SCHEMA jobs")
    op.execute("SET search_path TO jobs")
    op.execute(SQL.read_text(encoding="utf-8").replace(":", "\\:"))
    op.execute("RESET search_path")


def downgrade() -> None:
    op.execute("DROP SCHEMA jobs CASCADE")
