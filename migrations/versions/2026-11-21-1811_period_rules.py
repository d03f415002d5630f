"""A closed period keeps its run and bounds for good, a committed final run its whole record."""

from alembic import op

revision = "period_rules"
down_revision = "ledger_rules"
branch_labels = None
depends_on = None

UPGRADE = """
CREATE FUNCTION guard_period() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF NEW.status_id >= OLD.status_id
            AND (NEW.period_id, NEW.period_type_id, NEW.run_id, NEW.starts_at, NEW.ends_at,
                NEW.closed_at)
            IS NOT DISTINCT FROM
            (OLD.period_id, OLD.period_type_id, OLD.run_id, OLD.starts_at, OLD.ends_at,
                OLD.closed_at)
        THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION '% of period % is refused: it is closed', TG_OP, OLD.period_id
        USING ERRCODE = 'restrict_violation', TABLE = 'periods', CONSTRAINT = 'periods_closed';
END
$$;
CREATE TRIGGER guard_period BEFORE UPDATE OR DELETE ON periods
    FOR EACH ROW WHEN (OLD.status_id >= 3) EXECUTE FUNCTION guard_period();
CREATE TRIGGER append_only BEFORE TRUNCATE ON periods
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER committed BEFORE UPDATE OR DELETE ON commission_runs
    FOR EACH ROW WHEN (OLD.kind_id = 2 AND OLD.status_id = 2) EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only BEFORE TRUNCATE ON commission_runs
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
"""

DOWNGRADE = """
DROP TRIGGER append_only ON commission_runs;
DROP TRIGGER committed ON commission_runs;
DROP TRIGGER append_only ON periods;
DROP TRIGGER guard_period ON periods;
DROP FUNCTION guard_period();
"""


def upgrade() -> None:
    op.execute(UPGRADE)


def downgrade() -> None:
    op.execute(DOWNGRADE)
