"""Signed tokens (JWT, HS256): the only module that knows python-jose, and its traps.

The library accepts what it should not: a missing audience, an issue date in the future, any
algorithm when none is named, junk behind the signature. So the algorithm is pinned, every claim
is required, times are checked here against our own clock, and a token is known by its `jti`,
never by its text.
"""

import re
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from jose import jwt
from jose.exceptions import JOSEError

from upline.core.errors import Unauthenticated
from upline.core.keys import TOKEN_KEY_BYTES, MissingKeys

ALGORITHM = "HS256"
ISSUER = "upline"
LEEWAY = timedelta(seconds=5)
LONGEST = 2_048

_SHAPE = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
# Times are required and checked below: asking the library for `exp` makes it look at its own clock.
_OPTIONS = {
    **{f"require_{claim}": True for claim in ("aud", "iss", "sub", "jti")},
    **{f"verify_{claim}": False for claim in ("exp", "nbf", "iat")},
}


@dataclass(frozen=True, slots=True)
class Claims:
    """What a token says: who (`subject`), which token, until when, under which login epoch."""

    token_id: UUID
    subject: str
    issued_at: datetime
    expires_at: datetime
    epoch: int


class TokenSigner:
    """Signs and opens tokens of one audience; a token of another never opens."""

    def __init__(self, key: bytes, audience: str) -> None:
        if len(key) < TOKEN_KEY_BYTES:
            raise MissingKeys("the token key must have at least 32 bytes")
        self._key = key
        self._audience = audience

    def sign(self, claims: Claims) -> str:
        content = {
            "iss": ISSUER,
            "aud": self._audience,
            "sub": claims.subject,
            "jti": claims.token_id.hex,
            "iat": int(claims.issued_at.timestamp()),
            "exp": int(claims.expires_at.timestamp()),
            "epoch": claims.epoch,
        }
        return str(jwt.encode(content, self._key, algorithm=ALGORITHM, headers={"typ": "JWT"}))

    def open(self, text: str, now: datetime) -> Claims:
        """Raises Unauthenticated for anything not signed by us, for us, and valid now."""
        if len(text) > LONGEST or not _SHAPE.fullmatch(text):
            raise Unauthenticated
        try:
            content = jwt.decode(
                text,
                self._key,
                algorithms=[ALGORITHM],
                audience=self._audience,
                issuer=ISSUER,
                options=_OPTIONS,
            )
            claims = _claims(content)
        except (JOSEError, KeyError, TypeError, ValueError, OverflowError, OSError) as error:
            raise Unauthenticated from error
        if not claims.issued_at - LEEWAY <= now < claims.expires_at:
            raise Unauthenticated
        return claims


def new_token_id() -> UUID:
    """128 random bits, in the form the tokens table keeps."""
    return UUID(bytes=secrets.token_bytes(16))


def _claims(content: dict[str, Any]) -> Claims:
    subject, epoch = content["sub"], content["epoch"]
    if not isinstance(subject, str) or type(epoch) is not int:
        raise TypeError
    return Claims(
        token_id=UUID(hex=content["jti"]),
        subject=subject,
        issued_at=datetime.fromtimestamp(content["iat"], UTC),
        expires_at=datetime.fromtimestamp(content["exp"], UTC),
        epoch=epoch,
    )
