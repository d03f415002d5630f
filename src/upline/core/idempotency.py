"""Writes that may be sent twice: the stored answer commits with the effect it stands for.

A per-key advisory lock tells "in flight" at once instead of making the second caller wait; the
primary key of the table is the belt behind it.
"""

import hashlib
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from upline.core.errors import DomainError, Kind

LONGEST_KEY = 255


class KeyReused(DomainError):
    """The key belongs to another request."""

    code = "idempotency_key_reused"
    kind = Kind.KEY_REUSED
    message = "This Idempotency-Key was used with another request."


class KeyInvalid(DomainError):
    """Longer than a key may be, or not ASCII."""

    code = "idempotency_key_invalid"
    kind = Kind.INVALID
    message = f"An Idempotency-Key has at most {LONGEST_KEY} ASCII characters."


class InFlight(DomainError):
    """The first request with this key has not finished."""

    code = "idempotency_key_in_flight"
    kind = Kind.CONFLICT
    message = "A request with this Idempotency-Key is still being processed."
    constraint = "pk_idempotency_keys"


@dataclass(frozen=True, slots=True)
class Answer:
    """A stored response."""

    status: int
    media_type: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Request:
    """One keyed write: whose, under which key, and the digest of all that decides its effect."""

    principal: str
    key: str
    digest: bytes


def digest(*parts: bytes) -> bytes:
    """SHA-256 over the parts and their bounds."""
    state = hashlib.sha256()
    for part in parts:
        state.update(len(part).to_bytes(8))
        state.update(part)
    return state.digest()


async def begin(session: AsyncSession, request: Request) -> Answer | None:
    """The stored answer, or None when the effect is now this transaction's to make.

    Raises KeyReused when the key stands for another request, InFlight while the first one runs.
    """
    lock = int.from_bytes(digest(request.principal.encode(), request.key.encode())[:8], signed=True)
    locked = await session.scalar(text("SELECT pg_try_advisory_xact_lock(:lock)"), {"lock": lock})
    if not locked:
        raise InFlight
    row = (
        await session.execute(_FIND, {"principal": request.principal, "key": request.key})
    ).one_or_none()
    if row is None:
        return None
    if row.request_digest != request.digest:
        raise KeyReused
    return Answer(row.status, row.media_type, row.body)


async def finish(session: AsyncSession, request: Request, answer: Answer) -> None:
    """Store the answer beside the effect; both commit or neither."""
    await session.execute(
        _STORE,
        {
            "principal": request.principal,
            "key": request.key,
            "digest": request.digest,
            "status": answer.status,
            "media_type": answer.media_type,
            "body": answer.body,
        },
    )


_FIND = text(
    "SELECT request_digest, status, media_type, body FROM idempotency_keys"
    " WHERE principal = :principal AND key = :key"
)
_STORE = text(
    "INSERT INTO idempotency_keys (principal, key, request_digest, status, media_type, body)"
    " VALUES (:principal, :key, :digest, :status, :media_type, :body)"
)
