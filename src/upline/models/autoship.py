"""Standing monthly orders."""

from datetime import date
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, SmallInteger, text
from sqlalchemy.orm import Mapped, mapped_column

from upline.core.db import Amount, Base, BigId, Currency, Small


class Autoship(Base):
    """A standing monthly order. program_id: 1 local market, 2 not for resale.

    status_id: 1 active, 2 paused, 3 cancelled. last_result_id: 0 none, 1 processed, 2 skipped,
    3 error.
    """

    __tablename__ = "autoships"

    autoship_id: Mapped[BigId]
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.customer_id"))
    program_id: Mapped[Small] = mapped_column(SmallInteger, server_default="1")
    status_id: Mapped[Small] = mapped_column(SmallInteger, server_default="1")
    day_of_month: Mapped[Small]
    next_date: Mapped[date | None]
    started_on: Mapped[date]
    cancelled_on: Mapped[date | None]
    currency_code: Mapped[Currency]
    pv: Mapped[Amount]
    cv: Mapped[Amount]
    total: Mapped[Decimal] = mapped_column(server_default="0")
    last_result_id: Mapped[Small] = mapped_column(SmallInteger, server_default="0")

    __table_args__ = (
        CheckConstraint("day_of_month BETWEEN 1 AND 28", name="day_of_month"),
        Index("ix_autoships_customer_id", "customer_id"),
        Index("ix_autoships_next_date", "next_date", postgresql_where=text("status_id = 1")),
    )


class AutoshipItem(Base):
    """One product of the template each month's order is made from."""

    __tablename__ = "autoship_items"

    autoship_id: Mapped[int] = mapped_column(ForeignKey("autoships.autoship_id"), primary_key=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("products.product_id"), primary_key=True)
    quantity: Mapped[int] = mapped_column(Integer)

    __table_args__ = (CheckConstraint("quantity BETWEEN 1 AND 99999", name="quantity"),)
