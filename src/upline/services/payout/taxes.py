"""What American members were paid in a calendar year, for forms 1099.

A payment counts on the day it was made, whatever period it was earned in; one that came back was no
payment. The fee of a payment is the member's expense, so it is part of what they were paid.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import text

from upline.core.context import Context
from upline.core.errors import FieldInvalid
from upline.services.payout.vocabulary import PayoutStatus

FIRST_YEAR, LAST_YEAR = 1990, 2100
# Nonemployee compensation is reported from here on: (first year, dollars). From 2027 the amount
# follows inflation; the years to come are added as they are published.
THRESHOLDS = ((2026, Decimal(2_000)), (FIRST_YEAR, Decimal(600)))
PUBLISHED_UNTIL = 2026
# Goods sold to a member for resale of at least this much in a year are flagged.
DIRECT_SALES = Decimal(5_000)

TOTALS = text("""
WITH paid AS (
  SELECT p.customer_id, sum(p.amount) AS paid, sum(p.fee) AS fees
  FROM payouts p JOIN payout_batches b USING (payout_batch_id)
  WHERE p.status_id = :paid AND p.paid_on >= :first AND p.paid_on < :after
    AND b.currency_code = 'USD'
  GROUP BY 1
), bought AS (
  SELECT o.customer_id, sum(o.subtotal - o.discount) AS amount
  FROM orders o JOIN customers c USING (customer_id)
  WHERE c.customer_type_id = 2 AND o.currency_code = 'USD' AND o.order_status_id <> 40
    AND o.payment_status_id IN (30, 35)
    AND o.paid_at >= (CAST(:first AS timestamp) AT TIME ZONE :zone)
    AND o.paid_at < (CAST(:after AS timestamp) AT TIME ZONE :zone)
  GROUP BY 1 HAVING sum(o.subtotal - o.discount) >= :direct_sales
)
SELECT c.customer_id, concat_ws(' ', c.first_name, c.last_name) AS name, c.company_name,
       a.address1, a.address2, a.city, a.state_province, a.postal_code,
       coalesce(paid.paid, 0) AS paid, coalesce(paid.fees, 0) AS fees,
       coalesce(bought.amount, 0) AS bought
FROM paid FULL JOIN bought USING (customer_id)
JOIN customers c USING (customer_id)
LEFT JOIN LATERAL (
  SELECT * FROM addresses a WHERE a.customer_id = c.customer_id
  ORDER BY a.is_default_billing DESC, a.address_id LIMIT 1) a ON true
WHERE c.country_code = 'US'
ORDER BY c.customer_id
""")


@dataclass(frozen=True, slots=True)
class TaxTotal:
    """One member's year. `is_reported`: a 1099-NEC is due; `has_direct_sales`: its box too."""

    customer_id: int
    name: str
    company: str
    address: tuple[str, ...]
    paid: Decimal
    fees: Decimal
    compensation: Decimal
    is_reported: bool
    has_direct_sales: bool


def threshold(year: int) -> Decimal:
    """From which compensation on a form is due for payments of a year; raises FieldInvalid."""
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise FieldInvalid("year", f"The year must be {FIRST_YEAR} to {LAST_YEAR}.")
    return next(amount for first, amount in THRESHOLDS if year >= first)


async def list_totals(ctx: Context, year: int) -> Sequence[TaxTotal]:
    """Everybody in the United States who was paid in a year, or bought much for resale."""
    least = threshold(year)
    rows = await ctx.session.execute(
        TOTALS,
        {
            "paid": PayoutStatus.PAID,
            "first": date(year, 1, 1),
            "after": date(year + 1, 1, 1),
            "zone": ctx.company.time_zone,
            "direct_sales": DIRECT_SALES,
        },
    )
    return [
        TaxTotal(
            customer_id=row.customer_id,
            name=row.name,
            company=row.company_name,
            address=(
                row.address1 or "",
                row.address2 or "",
                row.city or "",
                row.state_province or "",
                row.postal_code or "",
            ),
            paid=row.paid,
            fees=row.fees,
            compensation=row.paid + row.fees,
            is_reported=row.paid + row.fees >= least,
            has_direct_sales=row.bought >= DIRECT_SALES,
        )
        for row in rows
    ]
