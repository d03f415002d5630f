"""Loyalty points: lots that give no more than they hold."""

from upline.services.verify.invariants.invariant import Invariant

POINTS = (
    Invariant(
        "P1",
        "No lot of points gave more than it held.",
        """
        SELECT 'lot ' || l.entry_id, l.amount || ' less ' || t.amount
        FROM point_entries l
        JOIN (SELECT lot_id, -sum(amount) AS amount FROM point_entries GROUP BY 1) t
          ON t.lot_id = l.entry_id
        WHERE t.amount > l.amount
        """,
    ),
    Invariant(
        "P2",
        "Points belong to whoever placed the order, and are taken from their own lots.",
        """
        SELECT 'entry ' || e.entry_id, 'customer ' || e.customer_id
        FROM point_entries e JOIN orders o USING (order_id)
        LEFT JOIN point_entries l ON l.entry_id = e.lot_id
        WHERE o.customer_id <> e.customer_id OR l.customer_id <> e.customer_id
        """,
    ),
)
