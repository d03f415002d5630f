"""Fingerprints of snapshots, plans and results: equal content, equal bytes, on any machine.

BLAKE3 is as hard to forge as SHA-256 and, being a tree of small blocks, several times as fast on
one core and shared by all of them; what comes out does not depend on how many took part. A digest
names its algorithm, so that another one may follow (docs/decisions/0023-digests.md).
"""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np
from blake3 import blake3

__all__ = ["digest_of", "spelled"]

# Multihash: the code of BLAKE3, then how many bytes follow.
BLAKE3 = bytes((0x1E, 32))


def digest_of(value: Any) -> bytes:
    """Multihash of a dataclass of arrays, texts, integers and nested dataclasses, by field name.

    Fields named `digest` are left out. Arrays enter with dtype, shape and little-endian bytes.
    """
    state = blake3(max_threads=blake3.AUTO)
    for part in _parts(value):
        if isinstance(part, np.ndarray):
            little = np.ascontiguousarray(part, part.dtype.newbyteorder("<"))
            head = f"{little.dtype.descr}{little.shape}".encode()
            body = little.reshape(-1).view(np.uint8).data
        else:
            head, body = b"", part
        # With their lengths no two rows of parts run into the same bytes.
        state.update(f"{len(head)},{len(body)};".encode())
        state.update(head)
        state.update(body)
    return BLAKE3 + state.digest()


def spelled(digest: bytes | None) -> str:
    """A digest as people read it, its algorithm first; those of before they had names are SHA-256.

    Empty where there is none.
    """
    if digest is None:
        return ""
    if len(digest) == len(BLAKE3) + 32 and digest.startswith(BLAKE3):
        return f"blake3:{digest.removeprefix(BLAKE3).hex()}"
    return f"sha256:{digest.hex()}"


def _parts(value: Any) -> Iterator[Any]:
    """Arrays, and everything else as bytes, in the order of the fields."""
    if isinstance(value, np.ndarray):
        yield value
    elif is_dataclass(value):
        yield f"{type(value).__name__}{len(fields(value))}".encode()
        for field in fields(value):
            if field.name != "digest":
                yield field.name.encode()
                yield from _parts(getattr(value, field.name))
    elif isinstance(value, tuple | list):
        yield f"[{len(value)}".encode()
        for part in value:
            yield from _parts(part)
    else:
        yield repr(value).encode()
