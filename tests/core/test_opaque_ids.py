import base64
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upline.core.opaque_ids import OpaqueIds

OLD, NEW = bytes(range(64)), bytes(range(64, 128))
IDS = OpaqueIds([NEW])
ALPHABET = string.ascii_letters + string.digits + "-_"


@given(st.integers(0, 2**63 - 1))
def test_ids_come_back(number: int) -> None:
    text = IDS.encrypt("customer", number)
    assert len(text) == 32
    assert set(text) <= set(ALPHABET)
    assert IDS.decrypt("customer", text) == number


def test_equal_ids_have_equal_texts_within_a_kind_only() -> None:
    assert IDS.encrypt("customer", 7) == IDS.encrypt("customer", 7)
    assert IDS.encrypt("customer", 7) != IDS.encrypt("order", 7)
    assert IDS.decrypt("order", IDS.encrypt("customer", 7)) is None


def test_one_spelling_is_accepted() -> None:
    text = IDS.encrypt("customer", 1_000_000)
    accepted = [
        (position, character)
        for position in range(32)
        for character in ALPHABET
        if IDS.decrypt("customer", text[:position] + character + text[position + 1 :]) is not None
    ]
    assert accepted == list(enumerate(text))


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text[:-1],
        lambda text: text + "A",
        lambda text: text + "=",
        lambda text: text + "\n",
        lambda text: " " + text,
        lambda text: text.replace("-", "+").replace("_", "/") + "==",
        lambda _: "",
        lambda _: "1000000",
        lambda _: "é" * 32,
        lambda _: "A" * 32,
        lambda _: base64.urlsafe_b64encode(bytes(24)).decode(),
    ],
)
def test_anything_else_is_nobody(change) -> None:  # type: ignore[no-untyped-def]
    assert IDS.decrypt("customer", change(IDS.encrypt("customer", 5))) is None


def test_old_keys_still_open() -> None:
    text = OpaqueIds([OLD]).encrypt("customer", 5)
    assert OpaqueIds([NEW, OLD]).decrypt("customer", text) == 5
    assert OpaqueIds([NEW, OLD]).encrypt("customer", 5) == IDS.encrypt("customer", 5)
    assert IDS.decrypt("customer", text) is None
