"""Where the members of a run stand by name, packed, and who has had another name since.

A search reads the places of everybody whose name begins with a word, and nothing of anybody else.
Places are as of the run: members who are not found by them (newcomers, moved ones) are few, stand
in an index of their own and are looked at one by one, and so are those who were renamed.
"""

from alembic import op

revision = "names"
down_revision = "opened_accounts"
branch_labels = None
depends_on = None

BLOCKS = """
CREATE TABLE name_blocks (
    run_id bigint NOT NULL,
    lowest text COLLATE "C" NOT NULL,
    names bytea NOT NULL,
    sizes bytea NOT NULL,
    sponsor_places bytea NOT NULL,
    binary_places bytea NOT NULL,
    read_at timestamp with time zone NOT NULL,
    CONSTRAINT pk_name_blocks PRIMARY KEY (run_id, lowest)
);
-- Numbers that hardly compress.
ALTER TABLE name_blocks
    ALTER COLUMN sponsor_places SET STORAGE EXTERNAL,
    ALTER COLUMN binary_places SET STORAGE EXTERNAL;
"""

RENAMINGS = """
CREATE TABLE renamings (
    customer_id bigint NOT NULL,
    renamed_at timestamp with time zone NOT NULL,
    CONSTRAINT pk_renamings PRIMARY KEY (customer_id),
    CONSTRAINT fk_renamings_customer_id FOREIGN KEY (customer_id)
        REFERENCES customers (customer_id)
);
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX ix_renamings_renamed_at ON renamings (renamed_at);

CREATE FUNCTION note_renaming() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO renamings (customer_id, renamed_at) VALUES (NEW.customer_id, clock_timestamp())
    ON CONFLICT (customer_id) DO UPDATE SET renamed_at = excluded.renamed_at;
    RETURN NULL;
END
$$;
CREATE TRIGGER note_renaming AFTER UPDATE OF first_name, last_name ON customers
    FOR EACH ROW WHEN (
        (lower(NEW.first_name), lower(NEW.last_name))
        IS DISTINCT FROM (lower(OLD.first_name), lower(OLD.last_name))
    ) EXECUTE FUNCTION note_renaming();
"""

LOOSE = """
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX ix_member_periods_loose ON member_periods (run_id, customer_id)
    WHERE pre IS DISTINCT FROM sponsor_place::bigint << 32
       OR binary_pre IS DISTINCT FROM binary_place::bigint << 32;
"""

DOWNGRADE = """
-- squawk-ignore require-concurrent-index-deletion
DROP INDEX ix_member_periods_loose;
DROP TRIGGER note_renaming ON customers;
DROP FUNCTION note_renaming();
-- squawk-ignore ban-drop-table
DROP TABLE renamings;
-- squawk-ignore ban-drop-table
DROP TABLE name_blocks;
"""


def upgrade() -> None:
    for statements in (BLOCKS, RENAMINGS, LOOSE):
        op.execute(statements)


def downgrade() -> None:
    op.execute(DOWNGRADE)
