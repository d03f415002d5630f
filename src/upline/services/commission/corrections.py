"""What a restatement pays differently from what was paid, and its posting, once.

For each member and each item of the check (bonus, fees, donation) the correction is the restated
amount less the committed one less whatever earlier restatements posted of it already. So restating
again posts nothing, and a later restatement only what has become known since.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import text

from upline.core.context import Context
from upline.services.audit import trail
from upline.services.period import calendar

# Adjustments on the checks (kind 3) are the same on both sides: a closed period takes no new ones.
DIFFERENCES = """
SELECT customer_id, kind_id, bonus_id, sum(amount) AS amount FROM (
  SELECT customer_id, kind_id, bonus_id, amount FROM check_items
  WHERE run_id = :restated AND kind_id <> 3
  UNION ALL
  SELECT customer_id, kind_id, bonus_id, -amount FROM check_items
  WHERE run_id = :closed AND kind_id <> 3
  UNION ALL
  SELECT coalesce(position_id, customer_id), kind_id, bonus_id, -amount
  FROM commission_adjustments
  WHERE corrects_run_id = :closed AND restated_run_id IS NOT NULL
) AS sides GROUP BY customer_id, kind_id, bonus_id HAVING sum(amount) <> 0
"""
LIST = text(
    f"SELECT d.customer_id, d.kind_id, d.bonus_id, b.code, d.amount FROM ({DIFFERENCES}) d"
    " LEFT JOIN bonuses b ON b.bonus_id = d.bonus_id AND d.kind_id = 1"
    " ORDER BY abs(d.amount) DESC, d.customer_id, d.kind_id, d.bonus_id"
)
POST = text(
    "INSERT INTO commission_adjustments (customer_id, position_id, period_id, amount, description,"
    " corrects_run_id, restated_run_id, kind_id, bonus_id, created_by)"
    # Who owned a position when its period ended is paid for it, whosever it is by now.
    " SELECT coalesce(was.owner_id, d.customer_id),"
    " CASE WHEN was.owner_id IS NOT NULL THEN d.customer_id END, :period_id, d.amount,"
    " :correction || CASE d.kind_id WHEN 1 THEN coalesce(b.name, 'bonus ' || d.bonus_id)"
    "                               WHEN 2 THEN 'fees' ELSE 'donation' END,"
    " :closed, :restated, d.kind_id, d.bonus_id, :actor"
    f" FROM ({DIFFERENCES}) d"
    " LEFT JOIN bonuses b ON b.bonus_id = d.bonus_id AND d.kind_id = 1"
    " LEFT JOIN LATERAL (SELECT f.owner_id FROM former_owners f"
    "   WHERE f.customer_id = d.customer_id AND f.until >= :ended"
    "   ORDER BY f.former_owner_id LIMIT 1) was ON true"
    " ORDER BY d.customer_id, d.kind_id, d.bonus_id"
)
ITEM_NAMES = {2: "fees", 4: "donation"}


@dataclass(frozen=True, slots=True)
class Correction:
    """What a member gets more, or less, for one item of a closed period's check."""

    period_id: int
    customer_id: int
    item: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Pair:
    """A closed period's committed run and what stands for it now."""

    period_id: int
    closed_run: int
    restated_run: int


async def list_corrections(ctx: Context, pairs: Sequence[Pair]) -> list[Correction]:
    """What is still to be posted for those periods, largest amounts of each first."""
    found = []
    for pair in pairs:
        rows = await ctx.session.execute(LIST, _runs(pair))
        found += [
            Correction(
                pair.period_id,
                row.customer_id,
                row.code or ITEM_NAMES.get(row.kind_id, f"bonus {row.bonus_id}"),
                row.amount,
            )
            for row in rows
        ]
    return found


async def post(ctx: Context, pairs: Sequence[Pair], period_id: int) -> None:
    """Post what is to be posted as adjustments in the open period `period_id`."""
    for pair in pairs:
        await ctx.session.execute(
            POST,
            {
                **_runs(pair),
                "period_id": period_id,
                "ended": calendar.bounds(pair.period_id, ctx.company.time_zone)[1],
                "correction": f"Correction of {calendar.describe(pair.period_id)}: ",
                "actor": trail.actor_of(ctx.principal),
            },
        )


def _runs(pair: Pair) -> dict[str, object]:
    return {"closed": pair.closed_run, "restated": pair.restated_run}
