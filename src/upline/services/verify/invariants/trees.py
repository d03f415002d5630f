"""Genealogies: acyclic, and every number that walks them right."""

from upline.services.verify.invariants.invariant import Invariant

TREES = (
    Invariant(
        "I13a",
        "Live placements are acyclic: each stands one step below its parent.",
        """
        SELECT 'customer ' || c.customer_id, 'genealogy ' || c.genealogy_id
        FROM placements c
        LEFT JOIN placements p ON p.genealogy_id = c.genealogy_id AND p.customer_id = c.parent_id
                              AND p.valid_to IS NULL
        WHERE c.valid_to IS NULL
          AND c.depth IS DISTINCT FROM CASE WHEN c.parent_id IS NULL THEN 0 ELSE p.depth + 1 END
        """,
    ),
    Invariant(
        "I13b",
        "Every jump pointer leads where the rule of its depth says.",
        """
        SELECT 'customer ' || c.customer_id, 'genealogy ' || c.genealogy_id
        FROM placements c
        LEFT JOIN placements p ON p.genealogy_id = c.genealogy_id AND p.customer_id = c.parent_id
                              AND p.valid_to IS NULL
        LEFT JOIN placements j ON j.genealogy_id = c.genealogy_id AND j.customer_id = p.jump_id
                              AND j.valid_to IS NULL
        LEFT JOIN placements k ON k.genealogy_id = c.genealogy_id AND k.customer_id = j.jump_id
                              AND k.valid_to IS NULL
        WHERE c.valid_to IS NULL AND c.jump_id IS DISTINCT FROM
          CASE WHEN c.parent_id IS NULL THEN c.customer_id
               WHEN p.depth - j.depth = j.depth - k.depth THEN j.jump_id
               ELSE c.parent_id END
        """,
    ),
    Invariant(
        "I13e",
        "Every place on a straight leg names where the leg begins.",
        """
        SELECT 'customer ' || c.customer_id, 'leg top ' || coalesce(c.leg_top_id::text, 'none')
        FROM placements c
        LEFT JOIN placements p ON p.genealogy_id = 3 AND p.customer_id = c.parent_id
                              AND p.valid_to IS NULL
        WHERE c.valid_to IS NULL AND c.leg_top_id IS DISTINCT FROM
          CASE WHEN c.genealogy_id = 3 AND c.position_id = p.position_id THEN p.leg_top_id
               WHEN c.genealogy_id = 3 THEN p.customer_id END
        """,
    ),
    Invariant(
        "I13d",
        "Blocks of a run count each of its members once.",
        """
        SELECT 'genealogy ' || genealogy_id || ', facet ' || facet_id || ', value ' || value,
               sum(members) || ' off'
        FROM (
            SELECT genealogy_id, facet_id, value, members FROM downline_counts
            WHERE run_id = :run_id
            UNION ALL
            SELECT p.genealogy_id, f.facet_id, f.value, -count(*)
            FROM member_periods m
            CROSS JOIN LATERAL (
                VALUES (2, m.pre, m.level), (3, m.binary_pre, m.binary_level)
            ) p (genealogy_id, pre, level)
            CROSS JOIN LATERAL (
                VALUES (0, 0), (1, m.rank_id::integer), (2, m.status_id::integer), (3, p.level)
            ) f (facet_id, value)
            WHERE m.run_id = :run_id AND p.pre IS NOT NULL
            GROUP BY 1, 2, 3
        ) AS both_sides
        GROUP BY genealogy_id, facet_id, value HAVING sum(members) <> 0
        """,
        per_run=True,
    ),
    Invariant(
        "I13c",
        "The snapshot of a run nests: every member lies inside its sponsor's range.",
        """
        SELECT 'customer ' || m.customer_id, 'pre ' || m.pre
        FROM (SELECT * FROM member_periods WHERE run_id = :run_id) m
        LEFT JOIN (SELECT * FROM member_periods WHERE run_id = :run_id) s
          ON s.customer_id = m.sponsor_id
        WHERE m.pre_end <= m.pre
           OR (m.sponsor_id IS NULL AND m.level <> 0)
           OR (m.sponsor_id IS NOT NULL
               AND (s.customer_id IS NULL OR m.level <> s.level + 1
                    OR m.pre <= s.pre OR m.pre_end > s.pre_end))
        """,
        per_run=True,
    ),
)
