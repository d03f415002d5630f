"""The corpus of bodies that break lax servers: each must be refused by name, none may crash."""

import math
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upline.core import wire
from upline.core.wire import Malformed, TooLarge

BAD_JSON = {
    "NaN": b"NaN",
    "NaN inside": b'{"a": [NaN]}',
    "Infinity": b"Infinity",
    "minus Infinity": b'{"a": -Infinity}',
    "overflow": b'{"a": 1e999}',
    "huge exponent": b'{"a": 1e1000000}',
    "zero with a huge exponent": b'{"a": 0e999999999}',
    "tiny exponent": b'{"a": 1e-999999}',
    "endless integer": b"9" * 5_000,
    "endless fraction": b"0." + b"1" * 5_000,
    "high surrogate": rb'"\ud800"',
    "low surrogate": rb'{"a": "x\uDC00y"}',
    "surrogate key": rb'{"\udfff": 1}',
    "surrogate in a list": rb'[["\ud83d"]]',
    "escaped NUL": rb'"a\u0000b"',
    "NUL key": rb'{"\u0000": 1}',
    "raw NUL": b'"a\x00b"',
    "raw newline in a text": b'"a\nb"',
    "same key twice": b'{"a": 1, "a": 2}',
    "same key twice below": b'[{"b": {"a": 1, "a": 1}}]',
    "deep lists": b"[" * 100_000 + b"]" * 100_000,
    "deep objects": b'{"a":' * 40 + b"1" + b"}" * 40,
    "unclosed": b'{"a": 1',
    "unclosed text with many quotes": b"[" * 40 + b'"' + b'\\"' * 200_000,
    "two values": b"1 2",
    "comment": b"{} // no",
    "single quotes": b"{'a': 1}",
    "trailing comma": b"[1,]",
    "leading zero": b"01",
    "hexadecimal": b"0x1F",
    "full-width digits": '{"a": １}'.encode(),
    "UTF-16": '{"a": 1}'.encode("utf-16"),
    "UTF-8 with BOM": b"\xef\xbb\xbf{}",
    "Latin-1": '"é"'.encode("latin-1"),
    "overlong slash": b'"\xc0\xaf"',
    "encoded surrogate": b'"\xed\xa0\x80"',
    "empty": b"",
    "blank": b"  ",
}


@pytest.mark.parametrize("data", BAD_JSON.values(), ids=BAD_JSON.keys())
def test_bad_json_is_refused(data: bytes) -> None:
    with pytest.raises(Malformed) as refused:
        wire.load_json(data)
    assert len(str(refused.value)) < 200  # says why, and does not repeat the body


def test_good_json_is_read_exactly() -> None:
    text = r'{"n": 12345678901234567.8901, "i": 9007199254740993, "s": "\ud83d\ude00", "b": []}'
    assert wire.load_json(text.encode()) == {
        "n": Decimal("12345678901234567.8901"),
        "i": 9007199254740993,
        "s": "😀",
        "b": [],
    }


def test_brackets_inside_texts_are_no_nesting() -> None:
    value = ["[" * 1000, '"]{' * 1000]
    assert wire.load_json(wire.dump_json(value)) == value


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    try:
        wire.load_json(data)
    except Malformed:
        return


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
    | st.decimals(-(10**15), 10**15, places=4),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abc"), inner, max_size=4),
    max_leaves=10,
)


@given(json_values)
def test_what_is_written_is_read_back(value: object) -> None:
    assert wire.load_json(wire.dump_json(value)) == value


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Decimal("11.8400"), b"11.84"),
        (Decimal("100.0000"), b"100"),
        (Decimal("1E+2"), b"100"),
        (Decimal("-0.0000"), b"0"),
        (Decimal("-3.5000"), b"-3.5"),
        (Decimal("123456789012345.6789"), b"123456789012345.6789"),
        (datetime(2014, 10, 1, 6, tzinfo=UTC), b'"2014-10-01T06:00:00Z"'),
        (
            datetime(2014, 10, 1, tzinfo=timezone(timedelta(hours=-6))),
            b'"2014-10-01T06:00:00Z"',
        ),
        (date(2014, 10, 31), b'"2014-10-31"'),
        (["é", None, True], '["é",null,true]'.encode()),
        (frozenset({"b", "a"}), b'["a","b"]'),
    ],
)
def test_values_are_written_in_one_form(value: object, text: bytes) -> None:
    assert wire.dump_json(value) == text


def test_what_has_no_json_form_is_our_own_mistake() -> None:
    with pytest.raises(TypeError):
        wire.dump_json(object())
    with pytest.raises(TypeError):
        wire.dump_json({"a": complex(1, math.pi)})


@pytest.mark.parametrize(
    ("data", "value"),
    [
        (b"Name=A+B&City=%C3%89vry", {"Name": "A B", "City": "Évry"}),
        (b"Empty=", {"Empty": ""}),
        (
            b"Items[0][ProductId]=7&Items[0][Quantity]=2&Items[1][ProductId]=9",
            {"Items": [{"ProductId": "7", "Quantity": "2"}, {"ProductId": "9"}]},
        ),
        (b"RankIds[]=1&RankIds[]=2", {"RankIds": ["1", "2"]}),
        (b"RankIds=1&RankIds=2&RankIds=3", {"RankIds": ["1", "2", "3"]}),
        (b"a[b][c]=1", {"a": {"b": {"c": "1"}}}),
        (b"a]b=1", {"a]b": "1"}),
        (b"", {}),
    ],
)
def test_forms_stand_for_objects(data: bytes, value: object) -> None:
    assert wire.load_form(data) == value


@pytest.mark.parametrize(
    "data",
    [
        b"a=%ff",
        b"a=%00",
        b"a%00=1",
        b"a=1&a[b]=2",
        b"a[b]=1&a=2",
        "a=é".encode(),
        b"&".join(b"a%d=1" % number for number in range(2_000)),
    ],
)
def test_bad_forms_are_refused(data: bytes) -> None:
    with pytest.raises(Malformed):
        wire.load_form(data)


async def _chunks(*chunks: bytes) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk


async def test_bodies_are_counted_while_they_arrive() -> None:
    assert await wire.read_limited(_chunks(b"12", b"", b"345"), 5) == b"12345"
    with pytest.raises(TooLarge):
        await wire.read_limited(_chunks(b"123", b"456"), 5)
