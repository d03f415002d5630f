"""People: distributors, preferred and retail customers, their address books."""

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

from upline.core.db import Base, BigId, CountryCode, Currency, RecordedIn, Small


class Customer(Base):
    """One person or household. Type and status codes are those of the Back Office vocabulary.

    customer_type_id: 1 preferred customer, 2 distributor, 3 retail customer.
    status_id: 1 active, 2 inactive, 3 on hold, 4 terminated.
    """

    __tablename__ = "customers"

    customer_id: Mapped[BigId]
    customer_type_id: Mapped[Small]
    status_id: Mapped[Small] = mapped_column(SmallInteger, server_default="1")
    first_name: Mapped[str] = mapped_column(String(100))
    last_name: Mapped[str] = mapped_column(String(100))
    company_name: Mapped[str] = mapped_column(String(200), server_default="")
    email: Mapped[str] = mapped_column(String(254), server_default="")
    # Normalised (NFKC, case folded); NULL where there is no e-mail, so that uniqueness holds.
    email_key: Mapped[str | None] = mapped_column(String(254))
    phone: Mapped[str] = mapped_column(String(32), server_default="")
    referral_code: Mapped[str | None] = mapped_column(String(64))
    country_code: Mapped[CountryCode] = mapped_column(ForeignKey("countries.country_code"))
    language: Mapped[str] = mapped_column(String(12), server_default="en-US")
    currency_code: Mapped[Currency]
    time_zone: Mapped[str] = mapped_column(String(64), server_default="")
    enrolled_at: Mapped[datetime]
    activated_at: Mapped[datetime | None]
    terminated_at: Mapped[datetime | None]
    birth_date_cipher: Mapped[bytes | None] = mapped_column(LargeBinary)
    tax_id_cipher: Mapped[bytes | None] = mapped_column(LargeBinary)
    # Keyed hash of the tax id: tells whether it is taken without ever being read back.
    tax_id_digest: Mapped[bytes | None] = mapped_column(LargeBinary)
    hold_reason: Mapped[str] = mapped_column(String(200), server_default="")
    email_opted_out: Mapped[bool] = mapped_column(Boolean, server_default=false())
    contact_hidden: Mapped[bool] = mapped_column(Boolean, server_default=false())
    image_url: Mapped[str] = mapped_column(String(500), server_default="")
    # Whose further position this is: caps per owner look across all of them.
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("customers.customer_id"))
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())
    # Set anew by a trigger where a commission run would read the row differently.
    recorded_in: Mapped[RecordedIn]

    __table_args__ = (
        Index("ix_customers_recorded_in", "recorded_in"),
        CheckConstraint("customer_type_id BETWEEN 1 AND 3", name="customer_type_id"),
        CheckConstraint("owner_id <> customer_id", name="owner_id"),
        Index("ix_customers_owner_id", "owner_id", postgresql_where=text("owner_id IS NOT NULL")),
        CheckConstraint("status_id BETWEEN 1 AND 4", name="status_id"),
        Index("uq_customers_email_key", "email_key", unique=True),
        Index(
            "uq_customers_referral_code",
            text("lower(referral_code)"),
            unique=True,
        ),
        Index("uq_customers_tax_id_digest", "tax_id_digest", unique=True),
        Index("ix_customers_enrolled_at", "enrolled_at"),
        # Names are searched by how they begin, in any letter case.
        Index(
            "ix_customers_last_name",
            func.lower(text("last_name")).label("prefix"),
            postgresql_ops={"prefix": "text_pattern_ops"},
        ),
        Index(
            "ix_customers_first_name",
            func.lower(text("first_name")).label("prefix"),
            postgresql_ops={"prefix": "text_pattern_ops"},
        ),
    )


class Renaming(Base):
    """When a customer was last renamed; written by a trigger. Names that were read before are not
    theirs any more."""

    __tablename__ = "renamings"

    customer_id: Mapped[int] = mapped_column(
        ForeignKey("customers.customer_id"), primary_key=True, autoincrement=False
    )
    renamed_at: Mapped[datetime]

    __table_args__ = (Index("ix_renamings_renamed_at", "renamed_at"),)


class FormerOwner(Base):
    """Whose further position a customer was until some moment, NULL: nobody's; append-only.

    A period is calculated with the owners of its end, and what a restatement still pays for it goes
    to them.
    """

    __tablename__ = "former_owners"

    former_owner_id: Mapped[BigId]
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.customer_id"))
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("customers.customer_id"))
    until: Mapped[datetime]
    reason: Mapped[str] = mapped_column(String(200))
    created_by: Mapped[str] = mapped_column(String(100))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    recorded_in: Mapped[RecordedIn]

    __table_args__ = (
        CheckConstraint("owner_id <> customer_id", name="owner_id"),
        Index("ix_former_owners_customer_id", "customer_id"),
    )


class Address(Base):
    """An entry of a customer's address book; at most one default of each use."""

    __tablename__ = "addresses"

    address_id: Mapped[BigId]
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.customer_id"))
    first_name: Mapped[str] = mapped_column(String(100), server_default="")
    last_name: Mapped[str] = mapped_column(String(100), server_default="")
    company: Mapped[str] = mapped_column(String(200), server_default="")
    address1: Mapped[str] = mapped_column(String(200), server_default="")
    address2: Mapped[str] = mapped_column(String(200), server_default="")
    city: Mapped[str] = mapped_column(String(100), server_default="")
    state_province: Mapped[str] = mapped_column(String(100), server_default="")
    postal_code: Mapped[str] = mapped_column(String(20), server_default="")
    country_code: Mapped[CountryCode] = mapped_column(ForeignKey("countries.country_code"))
    phone: Mapped[str] = mapped_column(String(32), server_default="")
    is_default_billing: Mapped[bool] = mapped_column(Boolean, server_default=false())
    is_default_shipping: Mapped[bool] = mapped_column(Boolean, server_default=false())

    __table_args__ = (
        Index("ix_addresses_customer_id", "customer_id"),
        Index(
            "uq_addresses_default_billing",
            "customer_id",
            unique=True,
            postgresql_where=text("is_default_billing"),
        ),
        Index(
            "uq_addresses_default_shipping",
            "customer_id",
            unique=True,
            postgresql_where=text("is_default_shipping"),
        ),
    )
