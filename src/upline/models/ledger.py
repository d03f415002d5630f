"""Double entry: accounts, transactions and their entries."""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Index,
    Integer,
    String,
    false,
    func,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from upline.core.db import Amount, Base, BigId, Currency, Small


class LedgerAccount(Base):
    """A member's wallet (customer_id set) or an account of the company's.

    `balance` is kept by a trigger on ledger_entries: credits are positive. Below zero is refused
    unless `may_be_negative`.
    """

    __tablename__ = "ledger_accounts"

    account_id: Mapped[BigId]
    code: Mapped[str] = mapped_column(String(32))
    customer_id: Mapped[int | None]
    currency_code: Mapped[Currency]
    may_be_negative: Mapped[bool] = mapped_column(Boolean, server_default=false())
    balance: Mapped[Amount]

    __table_args__ = (
        CheckConstraint("may_be_negative OR balance >= 0", name="balance"),
        Index(
            "uq_ledger_accounts_customer_id",
            "customer_id",
            "code",
            "currency_code",
            unique=True,
            postgresql_where=text("customer_id IS NOT NULL"),
        ),
        Index(
            "uq_ledger_accounts_code",
            "code",
            "currency_code",
            unique=True,
            postgresql_where=text("customer_id IS NULL"),
        ),
    )


class LedgerTransaction(Base):
    """Entries that were posted together; their amounts sum to zero in each currency.

    kind: commission, payout, adjustment. A unique `reference` makes each event post once.
    """

    __tablename__ = "ledger_transactions"

    transaction_id: Mapped[BigId]
    kind: Mapped[str] = mapped_column(String(32))
    reference: Mapped[str] = mapped_column(String(64), unique=True)
    period_id: Mapped[int | None] = mapped_column(Integer)
    posted_at: Mapped[datetime]
    # The database transaction that made it: entries may only join in that same one.
    created_xid: Mapped[str] = mapped_column(
        String(20), server_default=text("pg_current_xact_id()::text")
    )
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class LedgerEntry(Base):
    """One movement on one account; append-only. ledger_type_id: 1 commission, 2 maintenance fee,
    3 adjustment, 4 payout, 5 payout fee, 6 donation.

    The trigger that keeps balances sees to it that transaction and account exist.
    """

    __tablename__ = "ledger_entries"

    entry_id: Mapped[BigId]
    transaction_id: Mapped[int]
    account_id: Mapped[int]
    ledger_type_id: Mapped[Small]
    amount: Mapped[Decimal]

    __table_args__ = (
        Index("ix_ledger_entries_account_id", "account_id", "entry_id"),
        Index("ix_ledger_entries_transaction_id", "transaction_id"),
    )
