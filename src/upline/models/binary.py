"""When carried leg volume came in, and whose carry is spared."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String, func
from sqlalchemy.orm import Mapped, mapped_column

from upline.core.db import Amount, Base, BigId, RecordedIn


class BinaryLot(Base):
    """Leg volume a run carries out, by the period it came from; partitioned by run, append-only.

    Only plans whose carry expires have lots. A member's lots sum to the carry of that run.
    """

    __tablename__ = "binary_lots"

    run_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    customer_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    period_id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    left_volume: Mapped[Amount]
    right_volume: Mapped[Amount]

    __table_args__ = ({"postgresql_partition_by": "LIST (run_id)"},)


class CarryExemption(Base):
    """While it is in force, a member's carry is kept where a plan would flush it."""

    __tablename__ = "carry_exemptions"

    exemption_id: Mapped[BigId]
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.customer_id"))
    valid_from: Mapped[datetime]
    valid_to: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(String(200))
    created_by: Mapped[str] = mapped_column(String(100))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    recorded_in: Mapped[RecordedIn]

    __table_args__ = (
        CheckConstraint("valid_to > valid_from", name="valid_to"),
        Index("ix_carry_exemptions_customer_id", "customer_id"),
    )
