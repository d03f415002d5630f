"""The secrets everything else is made from, and the one place where they may be generated.

Rotation: a new key is put in front of its list; older ones still open what they sealed.
"""

import base64
import binascii
import json
import os
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

TOKEN_KEY_BYTES = 32
ID_KEY_BYTES = 64
FIELD_KEY_BYTES = 32
FILE_NAME = "keys.json"


class MissingKeys(RuntimeError):
    """The server may not start: outside demo mode no key is ever invented."""


@dataclass(frozen=True, slots=True)
class Keys:
    """Raw key bytes; `repr` shows none of them."""

    token_key: bytes
    id_keys: tuple[bytes, ...]
    field_keys: tuple[bytes, ...]

    def __post_init__(self) -> None:
        if len(self.token_key) < TOKEN_KEY_BYTES:
            raise MissingKeys("the token key must have at least 32 bytes")
        _require_lengths(self.id_keys, ID_KEY_BYTES, "UPLINE_SECURITY__ID_KEYS")
        _require_lengths(self.field_keys, FIELD_KEY_BYTES, "UPLINE_SECURITY__FIELD_KEYS")

    def __repr__(self) -> str:
        return f"Keys(id_keys={len(self.id_keys)}, field_keys={len(self.field_keys)})"

    @property
    def index_key(self) -> bytes:
        """Keys the blind indexes. It hangs on the oldest field key, so that putting a new one in
        front leaves stored digests comparable."""
        return derive(self.field_keys[-1], "blind index")

    @classmethod
    def configured(
        cls, token_key: str | None, id_keys: Sequence[str], field_keys: Sequence[str]
    ) -> "Keys":
        """Keys given by the operator; id and field keys are base64."""
        missing = [
            name
            for name, value in (
                ("UPLINE_SECURITY__TOKEN_KEY", token_key),
                ("UPLINE_SECURITY__ID_KEYS", id_keys),
                ("UPLINE_SECURITY__FIELD_KEYS", field_keys),
            )
            if not value
        ]
        if missing or token_key is None:
            raise MissingKeys(
                f"set {', '.join(missing)}: a server outside demo mode makes no keys of its own. "
                "Token key: any text of 32 bytes or more; id and field keys: JSON lists of base64 "
                "texts, for example '[\"'$(openssl rand -base64 64 | tr -d '\\n')'\"]' (64 bytes "
                "for ids, 32 for fields)."
            )
        return cls(
            token_key.encode(),
            tuple(_decode(key, "UPLINE_SECURITY__ID_KEYS") for key in id_keys),
            tuple(_decode(key, "UPLINE_SECURITY__FIELD_KEYS") for key in field_keys),
        )

    @classmethod
    def generated(cls, folder: Path) -> "Keys":
        """Keys of a demo: made on first use, then read from `folder`, readable by its owner only.

        Processes that start together agree, because the file appears complete and only once.
        """
        path = folder / FILE_NAME
        if not path.exists():
            _write_once(path)
        stored = json.loads(path.read_text(encoding="ascii"))
        return cls.configured(stored["token_key"], stored["id_keys"], stored["field_keys"])


def derive(key: bytes, purpose: str) -> bytes:
    """An independent 32-byte key for `purpose` (HKDF-SHA256)."""
    return HKDF(hashes.SHA256(), 32, salt=None, info=f"upline {purpose}".encode()).derive(key)


def _write_once(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    content = {
        "token_key": secrets.token_urlsafe(TOKEN_KEY_BYTES),
        "id_keys": [base64.b64encode(secrets.token_bytes(ID_KEY_BYTES)).decode()],
        "field_keys": [base64.b64encode(secrets.token_bytes(FIELD_KEY_BYTES)).decode()],
    }
    draft = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            json.dump(content, file)
            file.flush()
            os.fsync(file.fileno())
        # A link fails when another process was first; its keys are then the ones to read.
        try:
            path.hardlink_to(draft)
        except FileExistsError:
            return
    finally:
        draft.unlink()


def _decode(text: str, name: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise MissingKeys(f"{name} holds a text that is not base64") from error


def _require_lengths(keys: Sequence[bytes], length: int, name: str) -> None:
    if not keys or any(len(key) != length for key in keys):
        raise MissingKeys(f"{name} needs at least one key, each of exactly {length} bytes")
