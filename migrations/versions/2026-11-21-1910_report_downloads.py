"""Reports that were loaded to be downloaded: whoever knows the guid may, for a while."""

from alembic import op

revision = "report_downloads"
down_revision = "rewards"
branch_labels = None
depends_on = None

UPGRADE = """
CREATE TABLE report_downloads (
    guid_digest bytea NOT NULL,
    customer_id bigint NOT NULL,
    period_id integer NOT NULL,
    report varchar(32) NOT NULL,
    definition jsonb NOT NULL,
    expires_at timestamptz NOT NULL,
    CONSTRAINT pk_report_downloads PRIMARY KEY (guid_digest),
    CONSTRAINT fk_report_downloads_customer_id
        FOREIGN KEY (customer_id) REFERENCES customers (customer_id)
);
CREATE INDEX ix_report_downloads_customer_id ON report_downloads (customer_id);
CREATE INDEX ix_report_downloads_expires_at ON report_downloads (expires_at);
"""


def upgrade() -> None:
    op.execute(UPGRADE)


def downgrade() -> None:
    op.execute("DROP TABLE report_downloads")
