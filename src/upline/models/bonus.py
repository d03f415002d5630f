"""What bonuses remember between periods, and what members give away of their checks."""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, Numeric, String, func
from sqlalchemy.orm import Mapped, mapped_column

from upline.core.db import Amount, Base, BigId, RecordedIn, Small


class BonusMemory(Base):
    """Streaks, first periods and lifetime totals after a run; partitioned by run, append-only.

    Only bonuses that ask have rows. slot tells a bonus's own memories apart; link_id is a member.
    """

    __tablename__ = "bonus_memories"

    run_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    customer_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    bonus_id: Mapped[Small] = mapped_column(primary_key=True, autoincrement=False)
    slot: Mapped[Small] = mapped_column(primary_key=True, autoincrement=False)
    first_period_id: Mapped[int] = mapped_column(Integer, server_default="0")
    counted: Mapped[int] = mapped_column(Integer, server_default="0")
    total: Mapped[Amount]
    link_id: Mapped[int] = mapped_column(server_default="0")

    __table_args__ = ({"postgresql_partition_by": "LIST (run_id)"},)


class DonationPledge(Base):
    """From a period on, a share of a member's commission and an amount are given away.

    Append-only: the latest row up to a period counts, and one of nothing ends it.
    """

    __tablename__ = "donation_pledges"

    pledge_id: Mapped[BigId]
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.customer_id"))
    first_period_id: Mapped[int] = mapped_column(Integer)
    rate: Mapped[Decimal] = mapped_column(Numeric(13, 6), server_default="0")
    amount: Mapped[Amount]
    created_by: Mapped[str] = mapped_column(String(100))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    recorded_in: Mapped[RecordedIn]

    __table_args__ = (
        CheckConstraint("rate BETWEEN 0 AND 1", name="rate"),
        CheckConstraint("amount >= 0", name="amount"),
        Index("ix_donation_pledges_customer_id", "customer_id", "first_period_id"),
    )
