"""Fingerprints of snapshots, plans and results: equal content, equal bytes, on any machine.

Each array is hashed by itself and the hashes are hashed, so that large arrays can be hashed at the
same time; the outcome does not depend on how many threads took part.
"""

import hashlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np

__all__ = ["digest_of"]

_LARGE = 1 << 20


def digest_of(value: Any) -> bytes:
    """SHA-256 over a dataclass of arrays, texts, integers and nested dataclasses, by field name.

    Fields named `digest` are left out. Arrays enter with dtype, shape and little-endian bytes.
    """
    parts = list(_parts(value))
    if sum(part.nbytes for part in parts if isinstance(part, np.ndarray)) < _LARGE:
        hashes = [_hash(part) for part in parts]
    else:
        with ThreadPoolExecutor(4) as threads:  # hashing large buffers lets go of the interpreter
            hashes = list(threads.map(_hash, parts))
    return hashlib.sha256(b"".join(hashes)).digest()


def _hash(part: Any) -> bytes:
    if not isinstance(part, np.ndarray):
        return hashlib.sha256(part).digest()
    little = np.ascontiguousarray(part, part.dtype.newbyteorder("<"))
    state = hashlib.sha256(f"{little.dtype.str}{little.shape}".encode())
    state.update(little.data if little.size else b"")
    return state.digest()


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
