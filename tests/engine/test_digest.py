from dataclasses import dataclass, field, make_dataclass
from typing import Any, NamedTuple

import numpy as np
import pytest
from blake3 import blake3

from upline.engine.digest import BLAKE3, WAY, digest_of, spelled


@dataclass
class Pair:
    """Two values of any sort, and a digest that is left out."""

    first: Any
    second: Any
    digest: bytes = b""


def test_it_is_blake3_of_the_parts_with_their_lengths() -> None:
    parts = b"0,5;Pair(0,5;first17,4;[('', '<i2')](2,)\x01\x00\x02\x000,6;second0,1;70,1;)"
    numbers = np.array([1, 2], np.int16)
    assert digest_of(Pair(numbers, 7, b"left out")) == WAY + BLAKE3 + blake3(parts).digest()


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


class Window(NamedTuple):
    """A part of a rule, before it had `by_hour`."""

    name: str
    days: int = 30


def later(before: type, **more: Any) -> Any:
    """The class as a later version has it, with fields more."""
    names = [(f.name, f.type, f) for f in before.__dataclass_fields__.values()]
    return make_dataclass(before.__name__, names + [(n, Any, v) for n, v in more.items()])


def test_a_field_more_changes_nothing_until_it_says_something() -> None:
    before, numbers = Pair(np.array([1, 2]), "ab"), np.empty((0, 4), np.int64)
    nothing: Any = field(default_factory=lambda: Pair(numbers, ()))
    grown = later(
        Pair, cap=7, kinds=(), numbers=field(default_factory=lambda: numbers), in_it=nothing
    )
    assert digest_of(grown(before.first, "ab")) == digest_of(before)
    for said in (
        {"cap": 8},
        {"cap": None},
        {"cap": True},
        {"kinds": ("qv",)},
        {"numbers": np.zeros(1, np.int64)},
        {"in_it": Pair(numbers, 0)},
        {"in_it": None},
    ):
        assert digest_of(grown(before.first, "ab", **said)) != digest_of(before), said


def test_neither_does_one_of_a_named_tuple() -> None:
    class Grown(NamedTuple):
        name: str
        days: int = 30
        by_hour: bool = False

    Grown.__name__ = "Window"
    assert digest_of((Grown("early"), Grown("late", 60))) == digest_of(
        (Window("early"), Window("late", 60))
    )
    assert digest_of(Grown("early", by_hour=True)) != digest_of(Window("early"))
    assert digest_of(Window("early", 31)) != digest_of(Window("early"))


def test_an_empty_value_is_not_the_default_that_it_replaces() -> None:
    chosen = later(Pair, kinds=("pv", "cv"), gate=None)
    assert len({digest_of(chosen(1, 2, **given)) for given in (
        {}, {"kinds": ()}, {"gate": Pair((), ())}, {"kinds": (), "gate": Pair((), ())},
    )}) == 4  # fmt: skip


def test_where_a_nested_value_ends_is_told() -> None:
    inner, outer = Pair(1, Pair(2, ())), Pair(Pair(1, 2), ())
    assert digest_of(Pair(inner, ())) != digest_of(Pair(outer, ()))


def test_a_digest_names_its_algorithm() -> None:
    assert spelled(digest_of(1)) == f"blake3-2:{digest_of(1)[3:].hex()}"
    assert len(digest_of(1)) == 35
    assert spelled(BLAKE3 + bytes(32)) == f"blake3:{'00' * 32}"
    assert spelled(bytes(32)) == f"sha256:{'00' * 32}"
    assert spelled(BLAKE3 + bytes(30)) == f"sha256:1e20{'00' * 30}"
    assert spelled(None) == ""
