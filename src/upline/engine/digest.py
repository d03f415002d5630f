"""Fingerprints of snapshots, plans and results: equal content, equal bytes, on any machine."""

import hashlib
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np

__all__ = ["digest_of"]


def digest_of(value: Any) -> bytes:
    """SHA-256 over a dataclass of arrays, texts, integers and nested dataclasses, by field name.

    Fields named `digest` are left out. Arrays enter with dtype, length and little-endian bytes.
    """
    state = hashlib.sha256()
    _feed(state, value)
    return state.digest()


def _feed(state: Any, value: Any) -> None:
    if isinstance(value, np.ndarray):
        little = np.ascontiguousarray(value, value.dtype.newbyteorder("<"))
        state.update(f"{little.dtype.str}{little.shape}".encode())
        state.update(little.data if little.size else b"")
    elif is_dataclass(value):
        state.update(type(value).__name__.encode())
        for field in fields(value):
            if field.name != "digest":
                state.update(f"|{field.name}=".encode())
                _feed(state, getattr(value, field.name))
    elif isinstance(value, tuple | list):
        state.update(f"[{len(value)}".encode())
        for part in value:
            _feed(state, part)
    else:
        state.update(repr(value).encode())
        state.update(b";")
