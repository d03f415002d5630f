"""How members pay: methods kept in a provider's vault, and checkouts on their way there."""

from datetime import datetime

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    SmallInteger,
    String,
    false,
    func,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from upline.core.db import Base, BigId, Small


class PaymentMethod(Base):
    """A stored method: the vault's token, and what may be shown of it. No card number is here.

    type_id: 1 card, 2 bank account, 3 PayPal. The token is sealed; its digest tells whether it is
    known. Methods are removed by a date, because autoships and payments refer to them.
    """

    __tablename__ = "payment_methods"

    payment_method_id: Mapped[BigId]
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.customer_id"))
    type_id: Mapped[Small]
    provider: Mapped[str] = mapped_column(String(32))
    token_cipher: Mapped[bytes] = mapped_column(LargeBinary)
    token_digest: Mapped[bytes] = mapped_column(LargeBinary)
    brand: Mapped[str] = mapped_column(String(32), server_default="")
    last_four: Mapped[str] = mapped_column(String(4), server_default="")
    first_name: Mapped[str] = mapped_column(String(100), server_default="")
    last_name: Mapped[str] = mapped_column(String(100), server_default="")
    email: Mapped[str] = mapped_column(String(254), server_default="")
    expires_month: Mapped[int | None] = mapped_column(SmallInteger)
    expires_year: Mapped[int | None] = mapped_column(SmallInteger)
    billing_address_id: Mapped[int | None] = mapped_column(ForeignKey("addresses.address_id"))
    is_default: Mapped[bool] = mapped_column(Boolean, server_default=false())
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    removed_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint("type_id BETWEEN 1 AND 3", name="type_id"),
        CheckConstraint("last_four ~ '^([0-9]{4})?$'", name="last_four"),
        CheckConstraint("expires_month BETWEEN 1 AND 12", name="expires_month"),
        Index("ix_payment_methods_customer_id", "customer_id"),
        Index("uq_payment_methods_token_digest", "token_digest", unique=True),
        Index(
            "uq_payment_methods_default",
            "customer_id",
            unique=True,
            postgresql_where=text("is_default AND removed_at IS NULL"),
        ),
    )


class PaymentSetup(Base):
    """A provider's checkout a member began; completed once, into one payment method.

    It binds the provider's token, known to the member's browser, to the member.
    """

    __tablename__ = "payment_setups"

    token_digest: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.customer_id"))
    provider: Mapped[str] = mapped_column(String(32))
    started_at: Mapped[datetime]
    payment_method_id: Mapped[int | None] = mapped_column(
        ForeignKey("payment_methods.payment_method_id")
    )
    completed_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint("(payment_method_id IS NULL) = (completed_at IS NULL)", name="completed"),
        Index("ix_payment_setups_started_at", "started_at"),
    )
