"""Money on its way out: how members want to be paid, batches, payouts, files, settlements."""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    String,
    false,
    func,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from upline.core.db import Amount, Base, BigId, CountryCode, Currency, Small


class PayoutMethod(Base):
    """A way to be paid; `version_no` names the version of its details in force."""

    __tablename__ = "payout_methods"

    payout_method_id: Mapped[BigId]
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.customer_id"))
    version_no: Mapped[int] = mapped_column(Integer, server_default="1")
    is_default: Mapped[bool] = mapped_column(Boolean, server_default=false())
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())

    __table_args__ = (
        Index("ix_payout_methods_customer_id", "customer_id"),
        Index(
            "uq_payout_methods_default",
            "customer_id",
            unique=True,
            postgresql_where=text("is_default"),
        ),
    )


class PayoutMethodVersion(Base):
    """The details of a method from one change to the next; append-only.

    type_id: 1 bank account, 2 check, 3 Payoneer, 4 wallet. account_type_id: 1 checking, 2 savings.
    Numbers are sealed in `details_cipher`, of which `last_four` may be shown. Before `held_until`
    nothing is paid by it.
    """

    __tablename__ = "payout_method_versions"

    payout_method_id: Mapped[int] = mapped_column(
        ForeignKey("payout_methods.payout_method_id"), primary_key=True, autoincrement=False
    )
    version_no: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    type_id: Mapped[Small]
    country_code: Mapped[CountryCode] = mapped_column(ForeignKey("countries.country_code"))
    name_on_account: Mapped[str] = mapped_column(String(100), server_default="")
    bank_name: Mapped[str] = mapped_column(String(100), server_default="")
    account_type_id: Mapped[int | None] = mapped_column(SmallInteger)
    last_four: Mapped[str] = mapped_column(String(4), server_default="")
    details_cipher: Mapped[bytes] = mapped_column(LargeBinary)
    held_until: Mapped[datetime]
    recorded_by: Mapped[str] = mapped_column(String(100))
    recorded_at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint("type_id BETWEEN 1 AND 4", name="type_id"),
        CheckConstraint("account_type_id BETWEEN 1 AND 2", name="account_type_id"),
    )


class PayoutBatch(Base):
    """What is paid together, in one currency. status_id: 1 prepared, 2 approved, 3 settled,
    4 cancelled.

    Frozen once `transaction_id` is booked; approved by somebody else than prepared it.
    `covers_until`: commissions posted later stay on account (plan, payout.hold_days).
    """

    __tablename__ = "payout_batches"

    payout_batch_id: Mapped[BigId]
    # None for a payment between periods.
    period_id: Mapped[int | None] = mapped_column(ForeignKey("periods.period_id"))
    status_id: Mapped[Small] = mapped_column(SmallInteger, server_default="1")
    pay_date: Mapped[date]
    currency_code: Mapped[Currency]
    payout_count: Mapped[int] = mapped_column(server_default="0")
    total: Mapped[Amount]
    transaction_id: Mapped[int | None]
    prepared_by: Mapped[str] = mapped_column(String(100))
    frozen_at: Mapped[datetime]
    covers_until: Mapped[datetime]
    approved_by: Mapped[str | None] = mapped_column(String(100))
    approved_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())

    __table_args__ = (
        CheckConstraint("status_id BETWEEN 1 AND 4", name="status_id"),
        CheckConstraint(
            "approved_by <> prepared_by AND (approved_by IS NULL) = (approved_at IS NULL)",
            name="two_people",
        ),
        CheckConstraint("status_id IN (1, 4) OR approved_by IS NOT NULL", name="approved"),
        Index(
            "uq_payout_batches_period_id",
            "period_id",
            "currency_code",
            unique=True,
            postgresql_where=text("status_id <> 4"),
        ),
    )


class Payout(Base):
    """One payment to one member, out of their wallet. status_id: 1 pending, 2 paid, 3 failed,
    4 returned, 5 cancelled; the last three gave the money back to the wallet."""

    __tablename__ = "payouts"

    payout_id: Mapped[BigId]
    payout_batch_id: Mapped[int] = mapped_column(ForeignKey("payout_batches.payout_batch_id"))
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.customer_id"))
    amount: Mapped[Decimal]
    fee: Mapped[Amount]
    status_id: Mapped[Small] = mapped_column(SmallInteger, server_default="1")
    payout_method_id: Mapped[int]
    version_no: Mapped[int] = mapped_column(Integer)
    # The file it goes into: nacha, sepa, payoneer, checks, transfers.
    format: Mapped[str] = mapped_column(String(16))
    paid_on: Mapped[date | None]
    undone_on: Mapped[date | None]
    undone_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(String(200), server_default="")

    __table_args__ = (
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint("fee >= 0", name="fee"),
        CheckConstraint("(status_id IN (2, 4)) = (paid_on IS NOT NULL)", name="paid_on"),
        CheckConstraint(
            "(status_id IN (3, 4, 5)) = (undone_at IS NOT NULL)"
            " AND (undone_at IS NULL) = (undone_on IS NULL)",
            name="undone",
        ),
        ForeignKeyConstraint(
            ["payout_method_id", "version_no"],
            ["payout_method_versions.payout_method_id", "payout_method_versions.version_no"],
            name="fk_payouts_payout_method_id",
        ),
        Index("ix_payouts_payout_batch_id", "payout_batch_id", "status_id"),
        Index(
            "uq_payouts_customer_id_payout_batch_id",
            "customer_id",
            "payout_batch_id",
            unique=True,
        ),
    )


class PayoutFile(Base):
    """A file a batch was written to; it can be written again, and then has the same digest."""

    __tablename__ = "payout_files"

    payout_file_id: Mapped[BigId]
    payout_batch_id: Mapped[int] = mapped_column(ForeignKey("payout_batches.payout_batch_id"))
    format: Mapped[str] = mapped_column(String(16))
    name: Mapped[str] = mapped_column(String(100))
    payout_count: Mapped[int]
    total: Mapped[Amount]
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    created_by: Mapped[str] = mapped_column(String(100))
    created_at: Mapped[datetime]

    __table_args__ = (Index("uq_payout_files_format", "payout_batch_id", "format", unique=True),)


class PayoutSettlement(Base):
    """News of the bank about some payouts of a batch, booked together; append-only.

    outcome_id: the status they came to. `happened_on` is the day that counts for taxes.
    """

    __tablename__ = "payout_settlements"

    payout_settlement_id: Mapped[BigId]
    payout_batch_id: Mapped[int] = mapped_column(ForeignKey("payout_batches.payout_batch_id"))
    outcome_id: Mapped[Small]
    happened_on: Mapped[date]
    payout_count: Mapped[int]
    total: Mapped[Amount]
    transaction_id: Mapped[int] = mapped_column(ForeignKey("ledger_transactions.transaction_id"))
    recorded_by: Mapped[str] = mapped_column(String(100))
    recorded_at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint("outcome_id BETWEEN 2 AND 5", name="outcome_id"),
        Index("ix_payout_settlements_payout_batch_id", "payout_batch_id"),
    )
