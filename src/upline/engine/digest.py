"""Fingerprints of snapshots, plans and results: equal content, equal bytes, on any machine.

BLAKE3 is as hard to forge as SHA-256 and, being a tree of small blocks, several times as fast on
one core and shared by all of them; what comes out does not depend on how many took part. What goes
without saying is not said: a later version may have more fields, and as long as they are empty or
have their default, what was digested before still comes out the same. A digest names its way and
its algorithm, so that others may follow (docs/decisions/0023-digests.md).
"""

from collections.abc import Iterator
from dataclasses import MISSING, fields, is_dataclass
from functools import cache
from typing import Any

import numpy as np
from blake3 import blake3

__all__ = ["digest_of", "spelled"]

# Multihash: the code of BLAKE3, then how many bytes follow.
BLAKE3 = bytes((0x1E, 32))
# The second way of putting a value into bytes; the first had no number and said every field.
WAY = b"\x02"


def digest_of(value: Any) -> bytes:
    """WAY and multihash of a dataclass (or named tuple) of arrays, texts, integers and nested ones,
    by field name.

    Fields named `digest` are left out, and so are those that are empty or have their default.
    Arrays enter with dtype, shape and little-endian bytes.
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
    return WAY + BLAKE3 + state.digest()


def spelled(digest: bytes | None) -> str:
    """A digest as people read it, how it was made first; the nameless of before are SHA-256.

    Empty where there is none.
    """
    if digest is None:
        return ""
    for name, head in (("blake3-2", WAY + BLAKE3), ("blake3", BLAKE3)):
        if len(digest) == len(head) + 32 and digest.startswith(head):
            return f"{name}:{digest.removeprefix(head).hex()}"
    return f"sha256:{digest.hex()}"


def _parts(value: Any) -> Iterator[Any]:
    """Arrays, and everything else as bytes, in the order of the fields."""
    if isinstance(value, np.ndarray):
        yield value
    elif _has_fields(value):
        yield f"{type(value).__name__}(".encode()
        for name, default in _defaults(value.__class__):
            part = getattr(value, name)
            if not _goes_without_saying(part, default):
                yield name.encode()
                yield from _parts(part)
        yield b")"
    elif isinstance(value, tuple | list):
        yield f"[{len(value)}".encode()
        for part in value:
            yield from _parts(part)
    else:
        yield repr(value).encode()


def _has_fields(value: Any) -> bool:
    return is_dataclass(value) or hasattr(value, "_fields")


@cache
def _defaults(kind: Any) -> list[tuple[str, Any]]:
    """The fields of a class that count, and what each has unless it is given; MISSING for those
    that always are."""
    if not is_dataclass(kind):
        return [(name, kind._field_defaults.get(name, MISSING)) for name in kind._fields]
    return [
        (field.name, field.default_factory() if callable(field.default_factory) else field.default)
        for field in fields(kind)
        if field.name != "digest"
    ]


def _goes_without_saying(value: Any, default: Any) -> bool:
    if default is MISSING:
        return _is_empty(value)
    if type(value) is not type(default):
        return False
    if isinstance(value, np.ndarray) or _has_fields(value):
        return _is_empty(value) and _is_empty(default)
    return bool(value == default)


def _is_empty(value: Any) -> bool:
    """Whether there is nothing in it, nor in any part of it."""
    if isinstance(value, np.ndarray):
        return value.size == 0
    if _has_fields(value):
        defaults = _defaults(value.__class__)
        return all(_goes_without_saying(getattr(value, name), each) for name, each in defaults)
    return isinstance(value, tuple | list) and not value
