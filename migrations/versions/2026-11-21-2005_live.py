"""Figures of an open period that are kept up order by order.

Preorder numbers become labels with room between them, so that a newcomer moves nobody; how many
stand below is a column. Rows of a preview may be changed, where its partition says so; a preview
never becomes final. Changes of customers and ends of stays are found like new rows are: by the
transaction that recorded them, through an index as long as the news.
"""

from alembic import op

revision = "live"
down_revision = "run_review"
branch_labels = None
depends_on = None

# Nothing of this is released: the tables are small or empty wherever this runs.
LABELS = """
ALTER TABLE member_periods
    -- squawk-ignore changing-column-type
    ALTER COLUMN pre TYPE bigint,
    -- squawk-ignore changing-column-type
    ALTER COLUMN pre_end TYPE bigint,
    -- squawk-ignore changing-column-type
    ALTER COLUMN binary_pre TYPE bigint,
    -- squawk-ignore changing-column-type
    ALTER COLUMN binary_pre_end TYPE bigint,
    ADD COLUMN downline_count integer DEFAULT 0 NOT NULL,
    ADD COLUMN binary_downline_count integer,
    ADD COLUMN leg_place integer;
ALTER TABLE commission_runs
    ADD COLUMN label_gap bigint,
    ADD COLUMN read_at timestamptz DEFAULT now() NOT NULL;
"""

PREVIEWS = """
CREATE FUNCTION refuse_unless_preview() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM commission_runs
        WHERE run_id = TG_ARGV[0]::bigint AND kind_id = 1 AND status_id = 2
    ) THEN
        RAISE EXCEPTION '% of % is refused: what it holds is final', TG_OP, TG_TABLE_NAME
            USING ERRCODE = 'restrict_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'append_only';
    END IF;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION refuse_unless_preview() IS
    'Guards the partition of one run (its argument) in the place of append_only_rows.';

CREATE TRIGGER kind_is_for_good BEFORE UPDATE OF run_id, kind_id ON commission_runs
    FOR EACH ROW WHEN ((NEW.run_id, NEW.kind_id) IS DISTINCT FROM (OLD.run_id, OLD.kind_id))
    EXECUTE FUNCTION refuse_change();
"""

# An order counts for everybody above in the binary tree, a hundred thousand on a deep leg. They
# stand side by side in its preorder, and are kept up a block at a time.
LEGS = """
CREATE TABLE leg_blocks (
    run_id bigint NOT NULL,
    block_no integer NOT NULL,
    figures bytea NOT NULL,
    CONSTRAINT pk_leg_blocks PRIMARY KEY (run_id, block_no)
) WITH (fillfactor = 40, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);
CREATE FUNCTION leg_figure(figures bytea, place integer, figure integer) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT ('x' || encode(substr(figures, 24 * (place % 64) + 8 * figure + 1, 8), 'hex'))
        ::bit(64)::bigint
$$;
COMMENT ON FUNCTION leg_figure(bytea, integer, integer) IS
    'One of the three figures (left, right, members below) of the member at a place of its block.';
"""

RECORDED = """
CREATE FUNCTION record_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.recorded_in := (pg_current_xact_id()::text)::bigint;
    RETURN NEW;
END
$$;
ALTER TABLE customers ADD COLUMN recorded_in bigint NOT NULL
    -- squawk-ignore adding-field-with-default
    DEFAULT (pg_current_xact_id()::text)::bigint;
CREATE TRIGGER record_change
    BEFORE UPDATE OF customer_type_id, status_id, enrolled_at, terminated_at, owner_id ON customers
    FOR EACH ROW WHEN (
        (NEW.customer_type_id, NEW.status_id, NEW.enrolled_at, NEW.terminated_at, NEW.owner_id)
        IS DISTINCT FROM
        (OLD.customer_type_id, OLD.status_id, OLD.enrolled_at, OLD.terminated_at, OLD.owner_id)
    ) EXECUTE FUNCTION record_change();
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX ix_placements_closed_in ON placements (closed_in) WHERE closed_in IS NOT NULL;
"""

TABLES = ("volume_entries", "placements", "commission_adjustments")


def upgrade() -> None:
    op.execute(LABELS)
    op.execute(PREVIEWS)
    op.execute(LEGS)
    op.execute(RECORDED)
    # A BRIN index has no summary of the pages written last, which are the ones looked for.
    for table in TABLES:
        op.execute(
            f"-- squawk-ignore require-concurrent-index-deletion\nDROP INDEX ix_{table}_recorded_in"
        )
    for table in (*TABLES, "customers"):
        op.execute(
            "-- squawk-ignore require-concurrent-index-creation\n"
            f"CREATE INDEX ix_{table}_recorded_in ON {table} (recorded_in)"
        )


def downgrade() -> None:
    for table in (*TABLES, "customers"):
        op.execute(f"DROP INDEX ix_{table}_recorded_in")
    for table in TABLES:
        op.execute(f"CREATE INDEX ix_{table}_recorded_in ON {table} USING brin (recorded_in)")
    op.execute("DROP INDEX ix_placements_closed_in")
    op.execute("DROP TRIGGER record_change ON customers")
    op.execute("ALTER TABLE customers DROP COLUMN recorded_in")
    op.execute("DROP FUNCTION record_change()")
    op.execute("DROP FUNCTION leg_figure(bytea, integer, integer)")
    op.execute("DROP TABLE leg_blocks")
    op.execute("DROP TRIGGER kind_is_for_good ON commission_runs")
    op.execute("DROP FUNCTION refuse_unless_preview()")
    op.execute("ALTER TABLE commission_runs DROP COLUMN read_at, DROP COLUMN label_gap")
    op.execute(
        "ALTER TABLE member_periods DROP COLUMN leg_place,"
        " DROP COLUMN binary_downline_count, DROP COLUMN downline_count,"
        " ALTER COLUMN pre TYPE integer, ALTER COLUMN pre_end TYPE integer,"
        " ALTER COLUMN binary_pre TYPE integer, ALTER COLUMN binary_pre_end TYPE integer"
    )
