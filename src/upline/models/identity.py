"""Who may call: API clients, logins of customers and administrators, and their tokens."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    Boolean,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    String,
    Uuid,
    false,
    func,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from upline.core.db import Base, BigId


class ApiClient(Base):
    """An application that may call the Back Office API; scopes: backoffice, funnel, admin."""

    __tablename__ = "api_clients"

    client_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    name: Mapped[str] = mapped_column(String(200), server_default="")
    secret_hash: Mapped[str] = mapped_column(String(255))
    scopes: Mapped[list[str]] = mapped_column(ARRAY(String(32)))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    revoked_at: Mapped[datetime | None]


class Login(Base):
    """How a customer or an administrator proves who they are.

    Raising `epoch` revokes every token issued before.
    """

    __tablename__ = "logins"

    login_id: Mapped[BigId]
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customers.customer_id"))
    username: Mapped[str | None] = mapped_column(String(100))
    password_hash: Mapped[str] = mapped_column(String(255))
    is_administrator: Mapped[bool] = mapped_column(Boolean, server_default=false())
    epoch: Mapped[int] = mapped_column(Integer, server_default="1")
    changed_at: Mapped[datetime] = mapped_column(server_default=func.now())

    __table_args__ = (
        CheckConstraint("customer_id IS NOT NULL OR username IS NOT NULL", name="names_someone"),
        Index("uq_logins_customer_id", "customer_id", unique=True),
        Index("uq_logins_username", text("lower(username)"), unique=True),
    )


class AccessToken(Base):
    """A Back Office token by its jti; it works until it expires or `revoked_at` is set."""

    __tablename__ = "access_tokens"

    token_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    client_id: Mapped[str | None] = mapped_column(ForeignKey("api_clients.client_id"))
    login_id: Mapped[int | None] = mapped_column(ForeignKey("logins.login_id"))
    issued_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]

    __table_args__ = (
        Index("ix_access_tokens_login_id", "login_id"),
        Index("ix_access_tokens_client_id", "client_id"),
        Index("ix_access_tokens_expires_at", "expires_at"),
    )
