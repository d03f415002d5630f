"""Ids as they stand in URLs: deterministic, authenticated, bound to the kind of thing they name.

AES-SIV over eight bytes gives exactly 24, which base64 writes as 32 characters without spare bits:
every id has one accepted spelling. An opaque id hides counts and neighbours; it permits nothing.
"""

import base64
import re
from collections.abc import Callable, Sequence
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

_SPELLING = re.compile(r"[A-Za-z0-9_-]{32}")
_LARGEST = 2**63 - 1
KEPT = 32_768  # a few megabytes


class OpaqueIds:
    """Seals ids with the first key, opens them with any."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        self._ciphers = [AESSIV(key) for key in keys]
        # The same members are shown again and again, by the hundred; a method around it would take
        # longer than it does.
        self.encrypt: Callable[[str, int], str] = lru_cache(maxsize=KEPT)(self._seal)

    def _seal(self, kind: str, number: int) -> str:
        sealed = self._ciphers[0].encrypt(number.to_bytes(8), [kind.encode()])
        return base64.urlsafe_b64encode(sealed).decode("ascii")

    def decrypt(self, kind: str, text: str) -> int | None:
        """The id, or None for anything we did not seal as this kind."""
        if not _SPELLING.fullmatch(text):
            return None
        sealed, aad = base64.urlsafe_b64decode(text), [kind.encode()]
        for cipher in self._ciphers:
            try:
                number = int.from_bytes(cipher.decrypt(sealed, aad))
            except InvalidTag:
                continue
            return number if number <= _LARGEST else None
        return None
