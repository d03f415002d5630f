"""Placements keep themselves right: depths, jump pointers, no cycles, nothing rewritten.

A jump pointer names an ancestor so far up that any ancestor is reached in O(log n) steps, on a
chain of a million as well: from depth d it leads either to the parent, or, when the parent's jump
and the jump after it are equally long, across both of them. A root jumps to itself.

The functions plan without sequential scans: their plans are kept by the session and must not be
those of a table that was still small.
"""

from alembic import op

revision = "placement_rules"
down_revision = "operation"
branch_labels = None
depends_on = None

IS_UPLINE = """
CREATE FUNCTION is_upline(genealogy integer, ancestor bigint, descendant bigint)
RETURNS boolean LANGUAGE plpgsql STABLE PARALLEL SAFE SET enable_seqscan = off AS $$
DECLARE
    here bigint := descendant;
    goal integer;
    place record;
BEGIN
    IF ancestor = descendant THEN
        RETURN true;
    END IF;
    SELECT p.depth INTO goal FROM placements p
    WHERE p.genealogy_id = genealogy AND p.customer_id = ancestor AND p.valid_to IS NULL;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    LOOP
        SELECT p.parent_id, p.depth, p.jump_id, j.depth AS jump_depth INTO place
        FROM placements p
        JOIN placements j ON j.genealogy_id = p.genealogy_id AND j.customer_id = p.jump_id
            AND j.valid_to IS NULL
        WHERE p.genealogy_id = genealogy AND p.customer_id = here AND p.valid_to IS NULL;
        IF NOT FOUND OR place.depth <= goal THEN
            RETURN FOUND AND here = ancestor;
        END IF;
        here := CASE WHEN place.jump_depth >= goal THEN place.jump_id ELSE place.parent_id END;
    END LOOP;
END
$$;
COMMENT ON FUNCTION is_upline(integer, bigint, bigint) IS
    'Whether ancestor stands above descendant, or is the same, in the live tree; O(log n).';
"""

LINK = """
CREATE FUNCTION link_below(genealogy integer, parent bigint, OUT depth integer, OUT jump_id bigint)
LANGUAGE sql STABLE AS $$
    SELECT p.depth + 1, CASE WHEN p.depth - j.depth = j.depth - s.depth
        THEN s.customer_id ELSE p.customer_id END
    FROM placements p
    JOIN placements j ON j.customer_id = p.jump_id AND j.genealogy_id = p.genealogy_id
        AND j.valid_to IS NULL
    JOIN placements s ON s.customer_id = j.jump_id AND s.genealogy_id = j.genealogy_id
        AND s.valid_to IS NULL
    WHERE p.customer_id = parent AND p.genealogy_id = genealogy AND p.valid_to IS NULL
$$;
"""

# A customer without children cannot close a cycle, so only moves of whole subtrees queue up.
PLACE = """
CREATE FUNCTION place_customer() RETURNS trigger
LANGUAGE plpgsql SET enable_seqscan = off AS $$
BEGIN
    IF NEW.valid_to IS NOT NULL THEN  -- history is read by its dates and never followed upwards
        NEW.depth := coalesce(NEW.depth, 0);
        NEW.jump_id := coalesce(NEW.jump_id, NEW.customer_id);
        RETURN NEW;
    END IF;
    IF NEW.parent_id IS NULL THEN
        NEW.depth := 0;
        NEW.jump_id := NEW.customer_id;
        RETURN NEW;
    END IF;
    IF EXISTS (
        SELECT FROM placements c WHERE c.genealogy_id = NEW.genealogy_id
            AND c.parent_id = NEW.customer_id AND c.valid_to IS NULL
    ) THEN
        PERFORM pg_advisory_xact_lock(1431325698, NEW.genealogy_id);
        PERFORM refuse_cycle(NEW.genealogy_id, NEW.customer_id, NEW.parent_id);
    END IF;
    -- The lock keeps the parent where it is until we commit. A parent that was being moved is gone
    -- from the first look, and back in the second.
    FOR look IN 1..2 LOOP
        PERFORM FROM placements p
        WHERE p.customer_id = NEW.parent_id AND p.genealogy_id = NEW.genealogy_id
            AND p.valid_to IS NULL
        FOR SHARE;
        EXIT WHEN FOUND;
    END LOOP;
    SELECT l.depth, l.jump_id INTO NEW.depth, NEW.jump_id
    FROM link_below(NEW.genealogy_id, NEW.parent_id) l;
    IF NEW.depth IS NULL THEN
        RAISE EXCEPTION 'customer % cannot be placed under %, who has no place in genealogy %',
            NEW.customer_id, NEW.parent_id, NEW.genealogy_id
            USING ERRCODE = 'foreign_key_violation', TABLE = 'placements',
                CONSTRAINT = 'placements_parent_is_placed';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER place_customer BEFORE INSERT ON placements
    FOR EACH ROW EXECUTE FUNCTION place_customer();
"""

# Runs while the customer's old row is closed and the rows below still tell their old depths: they
# lead up to the customer, or past their depth when the new parent is somewhere else.
REFUSE_CYCLE = """
CREATE FUNCTION refuse_cycle(genealogy integer, customer bigint, parent bigint)
RETURNS void LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE
    here bigint := parent;
    goal integer;
    place record;
BEGIN
    SELECT c.depth - 1 INTO goal FROM placements c
    WHERE c.genealogy_id = genealogy AND c.parent_id = customer AND c.valid_to IS NULL
    LIMIT 1;
    LOOP
        IF here = customer THEN
            RAISE EXCEPTION 'customer % cannot be placed below themselves in genealogy %',
                customer, genealogy
                USING ERRCODE = 'check_violation', TABLE = 'placements',
                    CONSTRAINT = 'placements_no_cycle';
        END IF;
        SELECT p.parent_id, p.depth, p.jump_id, j.depth AS jump_depth INTO place
        FROM placements p
        LEFT JOIN placements j ON j.genealogy_id = p.genealogy_id AND j.customer_id = p.jump_id
            AND j.valid_to IS NULL
        WHERE p.genealogy_id = genealogy AND p.customer_id = here AND p.valid_to IS NULL;
        EXIT WHEN NOT FOUND OR place.depth <= goal;
        here := CASE WHEN place.jump_id = customer OR place.jump_depth >= goal
            THEN place.jump_id ELSE place.parent_id END;
    END LOOP;
END
$$;
"""

# The subtree comes along when its root moves: level by level, parents before their children. All of
# it, because jumps of rows that stay as they are may lead over jumps that do not.
RELINK = """
CREATE FUNCTION relink_subtree() RETURNS trigger
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
                UPDATE placements c SET depth = link.depth, jump_id = link.jump_id
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
CREATE TRIGGER relink_subtree AFTER INSERT ON placements
    FOR EACH ROW WHEN (NEW.valid_to IS NULL) EXECUTE FUNCTION relink_subtree();
"""

GUARD = """
CREATE FUNCTION guard_placement() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        -- Depths and jumps are set by relink_subtree alone, one trigger further in.
        IF OLD.valid_to IS NULL
            AND (NEW.customer_id, NEW.genealogy_id, NEW.valid_from, NEW.parent_id, NEW.position_id)
            IS NOT DISTINCT FROM
            (OLD.customer_id, OLD.genealogy_id, OLD.valid_from, OLD.parent_id, OLD.position_id)
            AND ((NEW.depth, NEW.jump_id) = (OLD.depth, OLD.jump_id) OR pg_trigger_depth() > 1)
        THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION '% of placements is refused: a stay is closed and a new one begun', TG_OP
        USING ERRCODE = 'restrict_violation', TABLE = 'placements',
            CONSTRAINT = 'placements_history';
END
$$;
CREATE TRIGGER guard_placement BEFORE UPDATE OR DELETE ON placements
    FOR EACH ROW EXECUTE FUNCTION guard_placement();
CREATE TRIGGER guard_placements BEFORE TRUNCATE ON placements
    FOR EACH STATEMENT EXECUTE FUNCTION guard_placement();
"""

# Checked when the transaction ends: a move closes one row and inserts the next.
NO_ORPHANS = """
CREATE FUNCTION refuse_orphans() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM placements p WHERE p.genealogy_id = NEW.genealogy_id
            AND p.customer_id = NEW.customer_id AND p.valid_to IS NULL
    ) AND EXISTS (
        SELECT FROM placements c WHERE c.genealogy_id = NEW.genealogy_id
            AND c.parent_id = NEW.customer_id AND c.valid_to IS NULL
    ) THEN
        RAISE EXCEPTION 'customer % left genealogy % with others still placed below',
            NEW.customer_id, NEW.genealogy_id
            USING ERRCODE = 'foreign_key_violation', TABLE = 'placements',
                CONSTRAINT = 'placements_no_orphans';
    END IF;
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER refuse_orphans AFTER UPDATE OF valid_to ON placements
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (NEW.valid_to IS NOT NULL) EXECUTE FUNCTION refuse_orphans();
"""

DOWNGRADE = """
DROP TRIGGER refuse_orphans ON placements;
DROP TRIGGER guard_placements ON placements;
DROP TRIGGER guard_placement ON placements;
DROP TRIGGER relink_subtree ON placements;
DROP TRIGGER place_customer ON placements;
DROP FUNCTION refuse_orphans();
DROP FUNCTION guard_placement();
DROP FUNCTION relink_subtree();
DROP FUNCTION place_customer();
DROP FUNCTION link_below(integer, bigint);
DROP FUNCTION refuse_cycle(integer, bigint, bigint);
DROP FUNCTION is_upline(integer, bigint, bigint);
"""


def upgrade() -> None:
    for statements in (IS_UPLINE, LINK, REFUSE_CYCLE, PLACE, RELINK, GUARD, NO_ORPHANS):
        op.execute(statements)


def downgrade() -> None:
    op.execute(DOWNGRADE)
