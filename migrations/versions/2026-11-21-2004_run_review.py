"""Review and approval of runs, and corrections after a close.

A final run waits (status 5) until a second person approves it (2) or rejects it (6). Restatements
(kind 3) recompute closed periods as now known; what they find different is posted once as an
adjustment in the open period.
"""

from alembic import op

revision = "run_review"
down_revision = "bonus_figures"
branch_labels = None
depends_on = None

# Constant defaults rewrite nothing. Runs of before this revision were committed by one person whom
# nobody wrote down: they get names that say so.
COLUMNS = """
ALTER TABLE commission_runs
    ADD COLUMN percent smallint NOT NULL DEFAULT 0,
    ADD COLUMN started_by varchar(100) NOT NULL DEFAULT 'administrator:unknown',
    ADD COLUMN approved_by varchar(100) DEFAULT 'administrator:before-approval',
    ADD COLUMN approved_at timestamptz DEFAULT now(),
    ADD COLUMN previous_run_id bigint,
    ADD COLUMN limits jsonb NOT NULL DEFAULT '{}',
    ADD COLUMN figures jsonb;
ALTER TABLE commission_runs
    ALTER COLUMN started_by SET DEFAULT 'system',
    -- squawk-ignore ban-drop-default
    ALTER COLUMN approved_by DROP DEFAULT,
    -- squawk-ignore ban-drop-default
    ALTER COLUMN approved_at DROP DEFAULT;
ALTER TABLE placements ADD COLUMN closed_in bigint;
ALTER TABLE volume_entries ADD COLUMN is_late boolean NOT NULL DEFAULT false;
ALTER TABLE commission_adjustments
    ADD COLUMN restated_run_id bigint,
    ADD COLUMN kind_id smallint,
    ADD COLUMN bonus_id smallint;
"""

CHECKS = """
ALTER TABLE commission_runs
    -- squawk-ignore constraint-missing-not-valid
    ADD CONSTRAINT ck_commission_runs_two_people CHECK (
        kind_id <> 2 OR status_id <> 2 OR (
            approved_by IS NOT NULL AND approved_at IS NOT NULL
            AND approved_by LIKE 'administrator:%' AND started_by LIKE 'administrator:%'
            AND approved_by <> started_by)
    ),
    -- squawk-ignore constraint-missing-not-valid
    ADD CONSTRAINT ck_commission_runs_percent CHECK (percent BETWEEN 0 AND 100);
ALTER TABLE commission_adjustments
    -- squawk-ignore constraint-missing-not-valid
    ADD CONSTRAINT ck_commission_adjustments_restated CHECK (
    (restated_run_id IS NULL) = (kind_id IS NULL) AND (kind_id IS NULL) = (bonus_id IS NULL)
    AND (restated_run_id IS NULL OR corrects_run_id IS NOT NULL)
);
"""

INDEXES = """
-- Few rows: nothing waits for long.
-- squawk-ignore require-concurrent-index-deletion
DROP INDEX uq_commission_runs_committed;
-- A period has one final run, waiting or committed.
-- squawk-ignore require-concurrent-index-creation
CREATE UNIQUE INDEX uq_commission_runs_final ON commission_runs (period_id)
    WHERE kind_id = 2 AND status_id IN (2, 5);
-- squawk-ignore require-concurrent-index-creation
CREATE UNIQUE INDEX uq_commission_adjustments_restated
    ON commission_adjustments (restated_run_id, customer_id, kind_id, bonus_id)
    WHERE restated_run_id IS NOT NULL;
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX ix_commission_adjustments_corrects_run_id
    ON commission_adjustments (corrects_run_id) WHERE corrects_run_id IS NOT NULL;
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX ix_volume_entries_late ON volume_entries (period_id) WHERE is_late;
"""

CAUSES = """
CREATE TABLE run_causes (
    run_id bigint NOT NULL,
    cause_no integer NOT NULL,
    kind_id smallint NOT NULL,
    customer_id bigint,
    order_id bigint,
    entry_id bigint,
    genealogy_id smallint,
    valid_from timestamptz,
    source_run_id bigint,
    CONSTRAINT pk_run_causes PRIMARY KEY (run_id, cause_no),
    CONSTRAINT fk_run_causes_run_id FOREIGN KEY (run_id) REFERENCES commission_runs (run_id),
    CONSTRAINT ck_run_causes_kind_id CHECK (CASE kind_id
        WHEN 1 THEN entry_id IS NOT NULL
        WHEN 2 THEN genealogy_id IS NOT NULL AND valid_from IS NOT NULL
        WHEN 3 THEN customer_id IS NOT NULL
        WHEN 4 THEN source_run_id IS NOT NULL
        ELSE kind_id = 5 END)
);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON run_causes
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
"""

# A run in review may only be decided on, a committed one is final. Restatements are committed by
# whoever posts them: what they post is approved with the period it is posted to.
RUNS = """
DROP TRIGGER committed ON commission_runs;
CREATE TRIGGER committed BEFORE UPDATE OR DELETE ON commission_runs
    FOR EACH ROW WHEN (OLD.kind_id IN (2, 3) AND OLD.status_id = 2)
    EXECUTE FUNCTION refuse_change();
CREATE FUNCTION guard_review() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF NEW.status_id IN (2, 5, 6)
            AND (NEW.run_id, NEW.period_id, NEW.kind_id, NEW.plan_version_id, NEW.started_by,
                NEW.started_at, NEW.snapshot_digest, NEW.plan_digest, NEW.result_digest, NEW.seen,
                NEW.member_count, NEW.line_count, NEW.check_count, NEW.total, NEW.previous_run_id)
            IS NOT DISTINCT FROM
            (OLD.run_id, OLD.period_id, OLD.kind_id, OLD.plan_version_id, OLD.started_by,
                OLD.started_at, OLD.snapshot_digest, OLD.plan_digest, OLD.result_digest, OLD.seen,
                OLD.member_count, OLD.line_count, OLD.check_count, OLD.total, OLD.previous_run_id)
        THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION '% of run % is refused: its figures wait for a decision', TG_OP, OLD.run_id
        USING ERRCODE = 'restrict_violation', TABLE = 'commission_runs',
            CONSTRAINT = 'commission_runs_review';
END
$$;
CREATE TRIGGER guard_review BEFORE UPDATE OR DELETE ON commission_runs
    FOR EACH ROW WHEN (OLD.status_id = 5) EXECUTE FUNCTION guard_review();
"""

PERIODS = """
CREATE FUNCTION require_approval() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM commission_runs r WHERE r.run_id = NEW.run_id
            AND r.period_id = NEW.period_id AND r.kind_id = 2 AND r.status_id = 2
    ) THEN
        RAISE EXCEPTION 'period % cannot close: run % is not its approved final run',
            NEW.period_id, NEW.run_id
            USING ERRCODE = 'restrict_violation', TABLE = 'periods',
                CONSTRAINT = 'periods_approved';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER require_approval BEFORE INSERT OR UPDATE ON periods
    FOR EACH ROW WHEN (NEW.status_id >= 3)
    EXECUTE FUNCTION require_approval();
"""

# The share lock makes a close that begins meanwhile wait, and see the adjustment then.
ADJUSTMENTS = """
CREATE FUNCTION require_open_period() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    status smallint;
BEGIN
    SELECT p.status_id INTO status FROM periods p WHERE p.period_id = NEW.period_id FOR SHARE;
    IF status > 1 THEN
        RAISE EXCEPTION 'period % is not open: nobody would pay the adjustment', NEW.period_id
            USING ERRCODE = 'restrict_violation', TABLE = 'commission_adjustments',
                CONSTRAINT = 'commission_adjustments_open';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER require_open_period BEFORE INSERT ON commission_adjustments
    FOR EACH ROW EXECUTE FUNCTION require_open_period();
"""

# What was known when can be told of the end of a stay as well as of its beginning.
PLACEMENTS = """
CREATE FUNCTION note_closing() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.closed_in := (pg_current_xact_id()::text)::bigint;
    RETURN NEW;
END
$$;
CREATE TRIGGER note_closing BEFORE UPDATE OF valid_to ON placements
    FOR EACH ROW WHEN (OLD.valid_to IS NULL AND NEW.valid_to IS NOT NULL)
    EXECUTE FUNCTION note_closing();
"""

# Rows are hashed one by one and their hashes together, in chunks, so that neither the sort nor the
# text grows with the width of the table. The columns are named: those added later do not count.
DIGEST = """
CREATE FUNCTION figures_digest(part regclass, fields text[], keys text[]) RETURNS bytea
LANGUAGE plpgsql STABLE SET work_mem = '64MB' AS $$
DECLARE
    digest bytea;
    listed text;
    ordered text;
BEGIN
    SELECT string_agg(quote_ident(f), ', ') INTO listed FROM unnest(fields) f;
    SELECT string_agg(quote_ident(k), ', ') INTO ordered FROM unnest(keys) k;
    EXECUTE format(
        'SELECT sha256(coalesce(string_agg(hash, '''' ORDER BY chunk), ''''))'
        ' FROM (SELECT chunk, sha256(string_agg(hash, ''''::bytea ORDER BY %1$s)) AS hash'
        ' FROM (SELECT (%2$I)::bigint >> 16 AS chunk, %1$s, sha256(record_send(ROW(%3$s))) AS hash'
        ' FROM %4$s) r GROUP BY chunk) c',
        ordered, keys[1], listed, part) INTO digest;
    RETURN digest;
END
$$;
COMMENT ON FUNCTION figures_digest(regclass, text[], text[]) IS
    'SHA-256 over the named columns of every row, in the order of the keys.';
"""

DOWNGRADE = """
DROP FUNCTION figures_digest(regclass, text[], text[]);
DROP TRIGGER note_closing ON placements;
DROP FUNCTION note_closing();
DROP TRIGGER require_open_period ON commission_adjustments;
DROP FUNCTION require_open_period();
DROP TRIGGER require_approval ON periods;
DROP FUNCTION require_approval();
DROP TRIGGER guard_review ON commission_runs;
DROP FUNCTION guard_review();
DROP TRIGGER committed ON commission_runs;
CREATE TRIGGER committed BEFORE UPDATE OR DELETE ON commission_runs
    FOR EACH ROW WHEN (OLD.kind_id = 2 AND OLD.status_id = 2) EXECUTE FUNCTION refuse_change();
DROP TABLE run_causes;
DROP INDEX ix_volume_entries_late;
DROP INDEX ix_commission_adjustments_corrects_run_id;
DROP INDEX uq_commission_adjustments_restated;
DROP INDEX uq_commission_runs_final;
CREATE UNIQUE INDEX uq_commission_runs_committed ON commission_runs (period_id)
    WHERE kind_id = 2 AND status_id = 2;
ALTER TABLE commission_adjustments
    DROP CONSTRAINT ck_commission_adjustments_restated,
    DROP COLUMN restated_run_id, DROP COLUMN kind_id, DROP COLUMN bonus_id;
ALTER TABLE volume_entries DROP COLUMN is_late;
ALTER TABLE placements DROP COLUMN closed_in;
ALTER TABLE commission_runs
    DROP CONSTRAINT ck_commission_runs_percent,
    DROP CONSTRAINT ck_commission_runs_two_people,
    DROP COLUMN percent, DROP COLUMN started_by, DROP COLUMN approved_by,
    DROP COLUMN approved_at, DROP COLUMN previous_run_id, DROP COLUMN limits, DROP COLUMN figures;
"""


def upgrade() -> None:
    for statements in (
        COLUMNS, CHECKS, INDEXES, CAUSES, RUNS, PERIODS, ADJUSTMENTS, PLACEMENTS, DIGEST,
    ):  # fmt: skip
        op.execute(statements)


def downgrade() -> None:
    op.execute(DOWNGRADE)
