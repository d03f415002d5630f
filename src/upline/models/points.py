"""The ledger of loyalty points: lots earned by orders, and what was taken from each."""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, Index, func, text
from sqlalchemy.orm import Mapped, mapped_column

from upline.core.db import Base, BigId, Small


class PointEntry(Base):
    """One movement of points; append-only.

    entry_type_id: 1 earned, 2 redeemed, 3 expired, 4 reversed. An earned entry is a lot with a
    date of expiry; all others are negative and name the lot they take from, which a trigger keeps
    from falling below zero. `order_id`: the order that earned, or that the points paid for.
    """

    __tablename__ = "point_entries"

    entry_id: Mapped[BigId]
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.customer_id"))
    entry_type_id: Mapped[Small]
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.order_id"))
    lot_id: Mapped[int | None] = mapped_column(ForeignKey("point_entries.entry_id"))
    amount: Mapped[Decimal]
    occurred_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    posted_at: Mapped[datetime] = mapped_column(server_default=func.now())

    __table_args__ = (
        CheckConstraint("entry_type_id BETWEEN 1 AND 4", name="entry_type_id"),
        CheckConstraint(
            "CASE entry_type_id WHEN 1 THEN amount > 0 ELSE amount < 0 END", name="amount"
        ),
        CheckConstraint("(entry_type_id = 1) = (lot_id IS NULL)", name="lot_id"),
        Index("ix_point_entries_customer_id", "customer_id", "entry_id"),
        Index("ix_point_entries_lot_id", "lot_id"),
        Index(
            "uq_point_entries_earned",
            "order_id",
            unique=True,
            postgresql_where=text("entry_type_id = 1"),
        ),
        Index(
            "uq_point_entries_expired",
            "lot_id",
            unique=True,
            postgresql_where=text("entry_type_id = 3"),
        ),
        Index(
            "ix_point_entries_expires_at",
            "expires_at",
            postgresql_where=text("entry_type_id = 1"),
        ),
    )
