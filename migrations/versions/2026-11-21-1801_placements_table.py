"""Where customers stand in each genealogy, now and before."""

from alembic import op

revision = "placements_table"
down_revision = "customers"
branch_labels = None
depends_on = None

UPGRADE = """
CREATE TABLE placements (
    customer_id bigint NOT NULL,
    genealogy_id smallint NOT NULL,
    valid_from timestamptz NOT NULL,
    valid_to timestamptz,
    parent_id bigint,
    position_id smallint,
    depth integer NOT NULL,
    jump_id bigint NOT NULL,
    CONSTRAINT pk_placements PRIMARY KEY (customer_id, genealogy_id, valid_from),
    CONSTRAINT ck_placements_genealogy_id CHECK (genealogy_id BETWEEN 1 AND 3),
    CONSTRAINT ck_placements_own_parent CHECK (customer_id <> parent_id),
    CONSTRAINT ck_placements_interval CHECK (valid_to > valid_from),
    CONSTRAINT ck_placements_position_id
        CHECK ((genealogy_id = 3 AND parent_id IS NOT NULL) = (position_id IS NOT NULL)),
    CONSTRAINT fk_placements_customer_id
        FOREIGN KEY (customer_id) REFERENCES customers (customer_id),
    CONSTRAINT fk_placements_parent_id FOREIGN KEY (parent_id) REFERENCES customers (customer_id)
);
CREATE INDEX ix_placements_children
    ON placements (parent_id, genealogy_id, customer_id)
    WHERE valid_to IS NULL;
CREATE UNIQUE INDEX uq_placements_binary_position
    ON placements (parent_id, position_id)
    WHERE valid_to IS NULL AND genealogy_id = 3;
CREATE UNIQUE INDEX uq_placements_live
    ON placements (customer_id, genealogy_id)
    INCLUDE (parent_id, depth, jump_id)
    WHERE valid_to IS NULL;
"""

DOWNGRADE = """
DROP TABLE placements;
"""


def upgrade() -> None:
    op.execute(UPGRADE)


def downgrade() -> None:
    op.execute(DOWNGRADE)
