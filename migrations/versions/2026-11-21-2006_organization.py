"""What the organization pages look up: outer legs, counts by block, indexes of the binary tree.

A straight run of lefts (or of rights) begins at `leg_top_id`, so its bottom is the deepest of those
who share it: one index look-up on a leg of any length. Downlines are counted by adding up blocks of
members in tree order, and a page deep inside one is found by passing over whole blocks.
"""

from alembic import op

revision = "organization"
down_revision = "live"
branch_labels = None
depends_on = None

LEGS = """
ALTER TABLE placements ADD COLUMN leg_top_id bigint;
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX ix_placements_leg ON placements (leg_top_id, position_id, depth)
    WHERE valid_to IS NULL AND leg_top_id IS NOT NULL;

CREATE FUNCTION leg_top_below(parent bigint, side smallint) RETURNS bigint
LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN p.position_id = side THEN p.leg_top_id ELSE p.customer_id END
    FROM placements p
    WHERE p.customer_id = parent AND p.genealogy_id = 3 AND p.valid_to IS NULL
$$;
COMMENT ON FUNCTION leg_top_below(bigint, smallint) IS
    'Where the straight run begins that goes on from parent to that side.';

-- Named to run after place_customer, which has the parent's row locked.
CREATE FUNCTION place_on_leg() RETURNS trigger LANGUAGE plpgsql SET enable_seqscan = off AS $$
BEGIN
    NEW.leg_top_id := leg_top_below(NEW.parent_id, NEW.position_id);
    RETURN NEW;
END
$$;
CREATE TRIGGER place_on_leg BEFORE INSERT ON placements
    FOR EACH ROW WHEN (NEW.genealogy_id = 3 AND NEW.valid_to IS NULL)
    EXECUTE FUNCTION place_on_leg();
"""

RELINK = """
CREATE OR REPLACE FUNCTION relink_subtree() RETURNS trigger
LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE
    level bigint[] := ARRAY[NEW.customer_id];
    next_level bigint[];
    parent bigint;
    link record;
    child bigint;
BEGIN
    IF NOT EXISTS (
        SELECT FROM placements p WHERE p.customer_id = NEW.customer_id
            AND p.genealogy_id = NEW.genealogy_id AND p.valid_to IS NOT NULL
    ) THEN
        RETURN NULL;  -- placed for the first time: those below were placed after
    END IF;
    WHILE cardinality(level) > 0 LOOP
        next_level := ARRAY[]::bigint[];
        FOREACH parent IN ARRAY level LOOP
            link := link_below(NEW.genealogy_id, parent);
            FOR child IN
                UPDATE placements c SET depth = link.depth, jump_id = link.jump_id{leg}
                WHERE c.parent_id = parent AND c.genealogy_id = NEW.genealogy_id
                    AND c.valid_to IS NULL
                RETURNING c.customer_id
            LOOP
                next_level := array_append(next_level, child);
            END LOOP;
        END LOOP;
        level := next_level;
    END LOOP;
    RETURN NULL;
END
$$;
"""
RELINK_LEG = """,
                    leg_top_id = CASE WHEN c.genealogy_id = 3
                        THEN leg_top_below(parent, c.position_id) END"""

GUARD = """
CREATE OR REPLACE FUNCTION guard_placement() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        -- {what} are set by relink_subtree alone, one trigger further in.
        IF OLD.valid_to IS NULL
            AND (NEW.customer_id, NEW.genealogy_id, NEW.valid_from, NEW.parent_id, NEW.position_id)
            IS NOT DISTINCT FROM
            (OLD.customer_id, OLD.genealogy_id, OLD.valid_from, OLD.parent_id, OLD.position_id)
            AND ({links} OR pg_trigger_depth() > 1)
        THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION '% of placements is refused: a stay is closed and a new one begun', TG_OP
        USING ERRCODE = 'restrict_violation', TABLE = 'placements',
            CONSTRAINT = 'placements_history';
END
$$;
"""
OLD_LINKS = "(NEW.depth, NEW.jump_id) = (OLD.depth, OLD.jump_id)"
NEW_LINKS = (
    "(NEW.depth, NEW.jump_id, NEW.leg_top_id)"
    " IS NOT DISTINCT FROM (OLD.depth, OLD.jump_id, OLD.leg_top_id)"
)

COUNTS = """
CREATE TABLE downline_counts (
    run_id bigint NOT NULL,
    genealogy_id smallint NOT NULL,
    facet_id smallint NOT NULL,
    value integer NOT NULL,
    block bigint NOT NULL,
    members integer NOT NULL,
    CONSTRAINT pk_downline_counts PRIMARY KEY (run_id, genealogy_id, facet_id, value, block)
);

-- Facets of services/organization/blocks.py: 0 everybody, 1 rank, 2 status, 3 level.
CREATE FUNCTION count_downlines() RETURNS trigger
LANGUAGE plpgsql SET enable_seqscan = off AS $$
BEGIN
    INSERT INTO downline_counts AS c
    SELECT m.run_id, p.genealogy_id, f.facet_id, f.value,
           coalesce((SELECT max(b.block) FROM downline_counts b
                     WHERE b.run_id = m.run_id AND b.genealogy_id = p.genealogy_id
                       AND b.facet_id = 0 AND b.value = 0 AND b.block <= p.pre), 0) AS block,
           sum(m.sign)
    FROM (
        SELECT 1 AS sign, (NEW).* WHERE TG_OP <> 'DELETE'
        UNION ALL
        SELECT -1, (OLD).* WHERE TG_OP <> 'INSERT'
    ) m
    CROSS JOIN LATERAL (
        VALUES (2, m.pre, m.level), (3, m.binary_pre, m.binary_level)
    ) p (genealogy_id, pre, level)
    CROSS JOIN LATERAL (
        VALUES (0, 0), (1, m.rank_id::integer), (2, m.status_id::integer), (3, p.level)
    ) f (facet_id, value)
    WHERE p.pre IS NOT NULL
    GROUP BY 1, 2, 3, 4, 5
    HAVING sum(m.sign) <> 0
    ON CONFLICT (run_id, genealogy_id, facet_id, value, block)
        DO UPDATE SET members = c.members + excluded.members;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION count_downlines() IS
    'Keeps the blocks right while single figures change; runs write theirs with their figures.';
CREATE TRIGGER count_newcomer AFTER INSERT ON member_periods
    FOR EACH ROW EXECUTE FUNCTION count_downlines();
CREATE TRIGGER count_changed AFTER UPDATE ON member_periods
    FOR EACH ROW WHEN (
        (NEW.pre, NEW.level, NEW.binary_pre, NEW.binary_level, NEW.rank_id, NEW.status_id)
        IS DISTINCT FROM
        (OLD.pre, OLD.level, OLD.binary_pre, OLD.binary_level, OLD.rank_id, OLD.status_id)
    ) EXECUTE FUNCTION count_downlines();
CREATE TRIGGER count_removed AFTER DELETE ON member_periods
    FOR EACH ROW EXECUTE FUNCTION count_downlines();
"""

INDEXES = """
-- squawk-ignore require-concurrent-index-deletion
DROP INDEX ix_member_periods_enroller_id;
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX ix_member_periods_enroller_id
    ON member_periods (run_id, enroller_id, customer_type_id, customer_id);
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX ix_customers_enrolled_at ON customers (enrolled_at);
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX ix_member_periods_rank_id ON member_periods (run_id, rank_id, pre);
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX ix_member_periods_binary_pre ON member_periods (run_id, binary_pre);
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX ix_member_periods_binary_parent_id
    ON member_periods (run_id, binary_parent_id, binary_position_id);
"""

DOWNGRADE = """
DROP INDEX ix_member_periods_binary_parent_id;
DROP INDEX ix_member_periods_binary_pre;
DROP INDEX ix_member_periods_rank_id;
DROP INDEX ix_customers_enrolled_at;
DROP INDEX ix_member_periods_enroller_id;
CREATE INDEX ix_member_periods_enroller_id ON member_periods (run_id, enroller_id);
DROP TRIGGER count_removed ON member_periods;
DROP TRIGGER count_changed ON member_periods;
DROP TRIGGER count_newcomer ON member_periods;
DROP FUNCTION count_downlines();
DROP TABLE downline_counts;
DROP TRIGGER place_on_leg ON placements;
DROP FUNCTION place_on_leg();
DROP FUNCTION leg_top_below(bigint, smallint);
DROP INDEX ix_placements_leg;
ALTER TABLE placements DROP COLUMN leg_top_id;
"""


def upgrade() -> None:
    op.execute(LEGS)
    op.execute(RELINK.format(leg=RELINK_LEG))
    op.execute(GUARD.format(what="Depths, jumps and legs", links=NEW_LINKS))
    op.execute(COUNTS)
    op.execute(INDEXES)


def downgrade() -> None:
    op.execute(RELINK.format(leg=""))
    op.execute(GUARD.format(what="Depths and jumps", links=OLD_LINKS))
    op.execute(DOWNGRADE)
