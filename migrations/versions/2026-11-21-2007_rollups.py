"""Sums over organizations, kept by block; standings of contests."""

from alembic import op

revision = "rollups"
down_revision = "organization"
branch_labels = None
depends_on = None

PARTITIONED = (
    "rollup_blocks",
    "level_blocks",
    "contest_standings",
    "contest_entries",
    "contest_tops",
)
UPGRADE = """
ALTER TABLE member_periods
    ADD COLUMN sponsor_place integer,
    ADD COLUMN sponsor_place_end integer,
    ADD COLUMN sponsor_level integer,
    ADD COLUMN sponsor_height integer,
    ADD COLUMN enroller_place integer,
    ADD COLUMN enroller_place_end integer,
    ADD COLUMN binary_place integer,
    ADD COLUMN binary_place_end integer;

CREATE TABLE rollups (
    run_id bigint NOT NULL,
    seen text NOT NULL,
    legend jsonb NOT NULL,
    CONSTRAINT pk_rollups PRIMARY KEY (run_id),
    CONSTRAINT fk_rollups_run_id FOREIGN KEY (run_id) REFERENCES commission_runs (run_id)
);

CREATE TABLE rollup_blocks (
    run_id bigint NOT NULL,
    kind_id smallint NOT NULL,
    block_no integer NOT NULL,
    sums bytea NOT NULL,
    members bytea NOT NULL,
    CONSTRAINT pk_rollup_blocks PRIMARY KEY (run_id, kind_id, block_no)
) PARTITION BY LIST (run_id);

CREATE TABLE level_blocks (
    run_id bigint NOT NULL,
    level integer NOT NULL,
    place integer NOT NULL,
    sums bytea NOT NULL,
    members bytea NOT NULL,
    CONSTRAINT pk_level_blocks PRIMARY KEY (run_id, level, place)
) PARTITION BY LIST (run_id);

CREATE TABLE contest_standings (
    run_id bigint NOT NULL,
    contest_id smallint NOT NULL,
    ordinal integer NOT NULL,
    customer_id bigint NOT NULL,
    position_no integer NOT NULL,
    points numeric(19,4) NOT NULL,
    last_sale_at timestamptz,
    is_qualified boolean NOT NULL,
    CONSTRAINT pk_contest_standings PRIMARY KEY (run_id, contest_id, ordinal)
) PARTITION BY LIST (run_id);
CREATE UNIQUE INDEX uq_contest_standings_customer_id
    ON contest_standings (run_id, contest_id, customer_id);

CREATE TABLE contest_entries (
    run_id bigint NOT NULL,
    contest_id smallint NOT NULL,
    customer_id bigint NOT NULL,
    entry_no integer NOT NULL,
    reason_id smallint NOT NULL,
    source_id bigint,
    quantity numeric(19,4) NOT NULL,
    points numeric(19,4) NOT NULL,
    CONSTRAINT pk_contest_entries PRIMARY KEY (run_id, contest_id, customer_id, entry_no)
) PARTITION BY LIST (run_id);

CREATE TABLE contest_tops (
    run_id bigint NOT NULL,
    contest_id smallint NOT NULL,
    tier smallint NOT NULL,
    node_no integer NOT NULL,
    ordinals bytea NOT NULL,
    CONSTRAINT pk_contest_tops PRIMARY KEY (run_id, contest_id, tier, node_no)
) PARTITION BY LIST (run_id);
"""
# Arrays of numbers do not shrink enough to be worth compressing at every run.
UNCOMPRESSED = """
ALTER TABLE {table} ALTER COLUMN sums SET STORAGE EXTERNAL;
ALTER TABLE {table} ALTER COLUMN members SET STORAGE EXTERNAL;
"""
DOWNGRADE = """
DROP TABLE contest_tops;
DROP TABLE contest_entries;
DROP TABLE contest_standings;
DROP TABLE level_blocks;
DROP TABLE rollup_blocks;
DROP TABLE rollups;
ALTER TABLE member_periods
    DROP COLUMN sponsor_place,
    DROP COLUMN sponsor_place_end,
    DROP COLUMN sponsor_level,
    DROP COLUMN sponsor_height,
    DROP COLUMN enroller_place,
    DROP COLUMN enroller_place_end,
    DROP COLUMN binary_place,
    DROP COLUMN binary_place_end;
"""


def upgrade() -> None:
    op.execute(UPGRADE)
    for table in ("rollup_blocks", "level_blocks"):
        op.execute(UNCOMPRESSED.format(table=table))
    for table in PARTITIONED:
        op.execute(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
        op.execute(
            f"CREATE TRIGGER append_only_rows BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )


def downgrade() -> None:
    op.execute(DOWNGRADE)
