"""Reports that were loaded to be downloaded."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, Integer, LargeBinary, String
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from upline.core.db import Base


class ReportDownload(Base):
    """A loaded report; whoever knows its guid may download it until it expires.

    Only the guid's digest is kept. `definition` holds report, filters, order and columns.
    """

    __tablename__ = "report_downloads"

    guid_digest: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.customer_id"))
    period_id: Mapped[int] = mapped_column(Integer)
    report: Mapped[str] = mapped_column(String(32))
    definition: Mapped[dict[str, object]] = mapped_column(JSONB)
    expires_at: Mapped[datetime]

    __table_args__ = (
        Index("ix_report_downloads_customer_id", "customer_id"),
        Index("ix_report_downloads_expires_at", "expires_at"),
    )
