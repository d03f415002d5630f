"""Who stands elsewhere than a run found them is written down as it happens, not indexed.

A partial index answers the same, but every run, final ones included, reads all its members once
more to find that it has nothing to hold.
"""

from alembic import op

revision = "loose_members"
down_revision = "currency_changes"
branch_labels = None
depends_on = None

UPGRADE = """
CREATE TABLE loose_members (
    run_id bigint NOT NULL,
    customer_id bigint NOT NULL,
    CONSTRAINT pk_loose_members PRIMARY KEY (run_id, customer_id)
);
INSERT INTO loose_members (run_id, customer_id)
SELECT m.run_id, m.customer_id FROM name_blocks b JOIN member_periods m USING (run_id)
WHERE b.lowest = ''
  AND (m.pre IS DISTINCT FROM m.sponsor_place::bigint << 32
       OR m.binary_pre IS DISTINCT FROM m.binary_place::bigint << 32);
-- squawk-ignore require-concurrent-index-deletion
DROP INDEX ix_member_periods_loose;

CREATE FUNCTION note_loose() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO loose_members (run_id, customer_id) VALUES (NEW.run_id, NEW.customer_id)
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION note_loose() IS
    'Runs are filled before they are attached: whoever is inserted here came after them.';
CREATE TRIGGER note_newcomer AFTER INSERT ON member_periods
    FOR EACH ROW EXECUTE FUNCTION note_loose();
CREATE TRIGGER note_moved AFTER UPDATE ON member_periods
    FOR EACH ROW WHEN ((NEW.pre, NEW.binary_pre) IS DISTINCT FROM (OLD.pre, OLD.binary_pre))
    EXECUTE FUNCTION note_loose();
"""
DOWNGRADE = """
DROP TRIGGER note_moved ON member_periods;
DROP TRIGGER note_newcomer ON member_periods;
DROP FUNCTION note_loose();
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX ix_member_periods_loose ON member_periods (run_id, customer_id)
    WHERE pre IS DISTINCT FROM sponsor_place::bigint << 32
       OR binary_pre IS DISTINCT FROM binary_place::bigint << 32;
-- squawk-ignore ban-drop-table
DROP TABLE loose_members;
"""


def upgrade() -> None:
    op.execute(UPGRADE)


def downgrade() -> None:
    op.execute(DOWNGRADE)
