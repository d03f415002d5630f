"""Figures are sealed when they are stored, by sums of row hashes that approval can afford to check.

SHA-256 of every row in the order of its keys cost more than the rest of an approval. What was
recorded in that way is checked in that way.
"""

from alembic import op

revision = "seals"
down_revision = "explanations"
branch_labels = None
depends_on = None

# A sum does not ask for an order, so rows are neither sorted nor made text; parallel workers may
# share the scan. Equal numbers have equal hashes however many zeros they are written with.
PRINTS = """
CREATE FUNCTION figures_print(part regclass, how jsonb) RETURNS text
LANGUAGE plpgsql STABLE STRICT AS $$
DECLARE
    fields text[] := ARRAY(SELECT jsonb_array_elements_text(how -> 'fields'));
    listed text;
    print text;
BEGIN
    IF how ? 'sha256' THEN
        RETURN 'sha256:' || encode(figures_digest(
            part, fields, ARRAY(SELECT jsonb_array_elements_text(how -> 'keys'))), 'hex');
    END IF;
    SELECT string_agg(quote_ident(f), ', ') INTO listed FROM unnest(fields) f;
    EXECUTE format(
        'SELECT count(*) || '':'' || coalesce(sum(hash_record_extended(ROW(%s), 0)), 0) FROM %s',
        listed, part) INTO print;
    RETURN 'rows:' || print;
END
$$;
COMMENT ON FUNCTION figures_print(regclass, jsonb) IS
    'Number of rows and sum of 64-bit hashes over the named columns; SHA-256 where that was taken.';
"""

# What a waiting run is sealed with is not changed either; runs of before have none yet.
GUARD = """
CREATE OR REPLACE FUNCTION guard_review() RETURNS trigger LANGUAGE plpgsql AS $$
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
            {sealed}
        THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION '% of run % is refused: its figures wait for a decision', TG_OP, OLD.run_id
        USING ERRCODE = 'restrict_violation', TABLE = 'commission_runs',
            CONSTRAINT = 'commission_runs_review';
END
$$;
"""
SEALED = "AND (OLD.figures IS NULL OR NEW.figures = OLD.figures)"


def upgrade() -> None:
    op.execute(PRINTS)
    op.execute(GUARD.format(sealed=SEALED))


def downgrade() -> None:
    op.execute(GUARD.format(sealed=""))
    op.execute("DROP FUNCTION figures_print(regclass, jsonb)")
