from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from blake3 import blake3

from upline.engine.digest import BLAKE3, digest_of, spelled


@dataclass
class Pair:
    """Two values of any sort, and a digest that is left out."""

    first: Any
    second: Any
    digest: bytes = b""


def test_it_is_blake3_of_the_parts_with_their_lengths() -> None:
    parts = b"0,5;Pair30,5;first17,4;[('', '<i2')](2,)\x01\x00\x02\x000,6;second0,1;7"
    numbers = np.array([1, 2], np.int16)
    assert digest_of(Pair(numbers, 7, b"left out")) == BLAKE3 + blake3(parts).digest()


def test_how_an_array_lies_in_memory_does_not_count() -> None:
    table = np.arange(600_000, dtype=np.int64).reshape(300, 2000)
    same = (table.astype(">i8"), np.asfortranarray(table), np.repeat(table, 2, axis=1)[:, ::2])
    assert {digest_of(each) for each in same} == {digest_of(table)}


def test_neither_does_that_of_rows() -> None:
    rows = np.zeros(3, np.dtype([("payee", "<i4"), ("amount", "<i8")]))
    rows["amount"] = (5, 6, 7)
    swapped = rows.astype(np.dtype([("payee", ">i4"), ("amount", ">i8")]))
    assert digest_of(swapped) == digest_of(rows)
    assert digest_of(rows[::-1]) != digest_of(rows)


@pytest.mark.parametrize(
    "other",
    [
        Pair(np.array([1, 3]), "ab"),
        Pair(np.array([1, 2], np.int32), "ab"),
        Pair(np.array([[1, 2]]), "ab"),
        Pair(np.array([1, 2, 0]), "ab"),
        Pair(np.array([1, 2]), "abc"),
        Pair((np.array([1]), np.array([2])), "ab"),
        Pair("ab", np.array([1, 2])),
    ],
)
def test_everything_else_does(other: Pair) -> None:
    assert digest_of(other) != digest_of(Pair(np.array([1, 2]), "ab"))


def test_parts_do_not_run_into_each_other() -> None:
    assert digest_of(("a", "bc")) != digest_of(("ab", "c"))
    assert digest_of((np.array([1]), np.array([], np.int64))) != digest_of(
        (np.array([], np.int64), np.array([1]))
    )


def test_a_digest_names_its_algorithm() -> None:
    assert spelled(digest_of(1)) == f"blake3:{digest_of(1)[2:].hex()}"
    assert len(digest_of(1)) == 34
    assert spelled(bytes(32)) == f"sha256:{'00' * 32}"
    assert spelled(BLAKE3 + bytes(30)) == f"sha256:1e20{'00' * 30}"
    assert spelled(None) == ""
