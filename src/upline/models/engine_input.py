"""What a run reads besides members, trees and entries: forced ranks, further volumes, rates."""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    Integer,
    Numeric,
    SmallInteger,
    String,
    func,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from upline.core.db import Base, BigId, CountryCode, Currency, RecordedIn, Small


class RankOverride(Base):
    """A rank given by an administrator for some periods; append-only.

    A row with `lifts_id` ends the override it names: `first_period_id` is the first period without
    it. Without `last_period_id` an override holds until it is lifted.
    """

    __tablename__ = "rank_overrides"

    override_id: Mapped[BigId]
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.customer_id"))
    rank_id: Mapped[Small]
    first_period_id: Mapped[int] = mapped_column(Integer)
    last_period_id: Mapped[int | None] = mapped_column(Integer)
    lifts_id: Mapped[int | None] = mapped_column(ForeignKey("rank_overrides.override_id"))
    reason: Mapped[str] = mapped_column(String(200))
    created_by: Mapped[str] = mapped_column(String(100))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    recorded_in: Mapped[RecordedIn]

    __table_args__ = (
        CheckConstraint("last_period_id >= first_period_id", name="last_period_id"),
        CheckConstraint("reason <> ''", name="reason"),
        Index("ix_rank_overrides_customer_id", "customer_id", "first_period_id"),
        Index(
            "uq_rank_overrides_lifts_id",
            "lifts_id",
            unique=True,
            postgresql_where=text("lifts_id IS NOT NULL"),
        ),
    )


class VolumeKind(Base):
    """A kind of volume beside PV and CV, named by a plan."""

    __tablename__ = "volume_kinds"

    kind_id: Mapped[int] = mapped_column(SmallInteger, Identity(), primary_key=True)
    code: Mapped[str] = mapped_column(String(16), unique=True)


class EntryVolume(Base):
    """Volume of a further kind that an entry credits; append-only, with the entry."""

    __tablename__ = "entry_volumes"

    entry_id: Mapped[int] = mapped_column(
        ForeignKey("volume_entries.entry_id"), primary_key=True, autoincrement=False
    )
    kind_id: Mapped[int] = mapped_column(
        SmallInteger, ForeignKey("volume_kinds.kind_id"), primary_key=True, autoincrement=False
    )
    amount: Mapped[Decimal]


class PriceVolume(Base):
    """Volume of a further kind that a product brings in one country."""

    __tablename__ = "price_volumes"

    product_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    country_code: Mapped[CountryCode] = mapped_column(primary_key=True)
    kind_id: Mapped[int] = mapped_column(
        SmallInteger, ForeignKey("volume_kinds.kind_id"), primary_key=True, autoincrement=False
    )
    amount: Mapped[Decimal]

    __table_args__ = (
        ForeignKeyConstraint(
            ["product_id", "country_code"],
            ["product_prices.product_id", "product_prices.country_code"],
        ),
    )


class ExchangeRate(Base):
    """Fixed rates from a period on, until a later one has its own; append-only, the last counts.

    rate_in: plan volume for one unit of local money. rate_out: local money for one unit of plan
    money.
    """

    __tablename__ = "exchange_rates"

    rate_id: Mapped[BigId]
    currency_code: Mapped[Currency]
    period_id: Mapped[int] = mapped_column(Integer)
    rate_in: Mapped[Decimal] = mapped_column(Numeric(13, 6))
    rate_out: Mapped[Decimal] = mapped_column(Numeric(13, 6))
    created_by: Mapped[str] = mapped_column(String(100))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    recorded_in: Mapped[RecordedIn]

    __table_args__ = (
        CheckConstraint("rate_in > 0", name="rate_in"),
        CheckConstraint("rate_out > 0", name="rate_out"),
        Index("ix_exchange_rates_currency_code", "currency_code", "period_id", "rate_id"),
    )
