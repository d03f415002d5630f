"""Where a customer is at home."""

from sqlalchemy import select
from sqlalchemy.sql.selectable import LateralFromClause

from upline.models.customer import Address, Customer

__all__ = ["select_default_address"]


def select_default_address() -> LateralFromClause:
    """The address beside a `Customer` of the same query: for shipping, else for billing, else the
    oldest. Nobody needs to have one: join it from outside."""
    return (
        select(Address)
        .where(Address.customer_id == Customer.customer_id)
        .order_by(
            Address.is_default_shipping.desc(),
            Address.is_default_billing.desc(),
            Address.address_id,
        )
        .limit(1)
        .lateral("address")
    )
