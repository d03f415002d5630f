"""Columns encrypted at rest, and keyed digests that find equal values without reading them.

Stored form: version byte 1, 12-byte nonce, AES-256-GCM text with tag. The context ("table:row:
column") is authenticated, so a value copied into another row no longer opens.
"""

import hashlib
import hmac
import secrets
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from upline.core.keys import Keys

_VERSION = b"\x01"
_NONCE_BYTES = 12


class Unreadable(Exception):
    """Sealed under a key we do not hold, for another place, or damaged."""


class FieldCipher:
    """Seals with the first key, opens with any."""

    def __init__(self, keys: Sequence[bytes], index_key: bytes) -> None:
        self._ciphers = [AESGCM(key) for key in keys]
        self._index_key = index_key

    @classmethod
    def from_keys(cls, keys: Keys) -> "FieldCipher":
        return cls(keys.field_keys, keys.index_key)

    def encrypt(self, text: str, context: str) -> bytes:
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return _VERSION + nonce + self._ciphers[0].encrypt(nonce, text.encode(), context.encode())

    def decrypt(self, sealed: bytes, context: str) -> str:
        if sealed[:1] != _VERSION:
            raise Unreadable
        nonce, body = sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :]
        for cipher in self._ciphers:
            try:
                return cipher.decrypt(nonce, body, context.encode()).decode()
            except (InvalidTag, ValueError):
                continue
        raise Unreadable

    def digest(self, purpose: str, text: str) -> bytes:
        """The blind index of `text`: equal texts of one purpose have equal digests.

        Callers normalise first (an SSN is digits only), or equal things would differ.
        """
        return hmac.digest(self._index_key, f"{purpose}\0{text}".encode(), hashlib.sha256)
