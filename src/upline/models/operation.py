"""The traces of work: audit trail, outbox, idempotency keys, imports."""

from datetime import datetime

from sqlalchemy import Index, Integer, LargeBinary, SmallInteger, String, Text, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from upline.core.db import Base, BigId


class AuditEntry(Base):
    """Who changed what, in which request; append-only."""

    __tablename__ = "audit_entries"

    audit_entry_id: Mapped[BigId]
    at: Mapped[datetime] = mapped_column(server_default=func.now())
    actor: Mapped[str] = mapped_column(String(100))
    request_id: Mapped[str] = mapped_column(String(64), server_default="")
    action: Mapped[str] = mapped_column(String(64))
    subject: Mapped[str] = mapped_column(String(100))
    detail: Mapped[dict[str, object]] = mapped_column(JSONB, server_default="{}")

    __table_args__ = (Index("ix_audit_entries_subject", "subject", "audit_entry_id"),)


class OutboxMessage(Base):
    """Something to send after commit: mail, SMS, webhook. `key` makes each message unique."""

    __tablename__ = "outbox_messages"

    outbox_message_id: Mapped[BigId]
    channel: Mapped[str] = mapped_column(String(16))
    key: Mapped[str] = mapped_column(String(128), unique=True)
    payload: Mapped[dict[str, object]] = mapped_column(JSONB)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    due_at: Mapped[datetime] = mapped_column(server_default=func.now())
    attempts: Mapped[int] = mapped_column(Integer, server_default="0")
    sent_at: Mapped[datetime | None]
    last_error: Mapped[str] = mapped_column(Text, server_default="")

    __table_args__ = (
        Index("ix_outbox_messages_due_at", "due_at", postgresql_where=text("sent_at IS NULL")),
    )


class IdempotencyKey(Base):
    """The stored answer of a write; commits together with the effect it stands for."""

    __tablename__ = "idempotency_keys"

    principal: Mapped[str] = mapped_column(String(100), primary_key=True)
    key: Mapped[str] = mapped_column(String(255), primary_key=True)
    request_digest: Mapped[bytes] = mapped_column(LargeBinary)
    status: Mapped[int | None] = mapped_column(SmallInteger)
    media_type: Mapped[str] = mapped_column(String(100), server_default="")
    body: Mapped[bytes | None] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())

    __table_args__ = (Index("ix_idempotency_keys_created_at", "created_at"),)
