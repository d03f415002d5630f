"""Commission periods. The calendar decides their bounds; a row exists once something happened."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Integer, SmallInteger, func
from sqlalchemy.orm import Mapped, mapped_column

from upline.core.db import Base, Small


class Period(Base):
    """The state of one week or month.

    period_type_id: 1 week, 2 month. status_id: 1 open, 2 closing, 3 closed, 4 paid.
    `run_id` names the commission run whose figures are in force: the preview while the period is
    open, the committed one afterwards. Readers follow this pointer, so replacing all figures of a
    period is one UPDATE.
    """

    __tablename__ = "periods"

    period_id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    period_type_id: Mapped[Small]
    status_id: Mapped[Small] = mapped_column(SmallInteger, server_default="1")
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    pay_date: Mapped[date | None]
    run_id: Mapped[int | None]
    closed_at: Mapped[datetime | None]
    paid_at: Mapped[datetime | None]
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())

    __table_args__ = (
        CheckConstraint("ends_at > starts_at", name="bounds"),
        CheckConstraint("status_id < 3 OR run_id IS NOT NULL", name="closed_has_run"),
    )
