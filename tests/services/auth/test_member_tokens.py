"""Tokens that clients re-serialise: what survives, and what never opens."""

import base64
import json
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upline.core.errors import Unauthenticated
from upline.services.auth.logins import AccountName
from upline.services.auth.member_tokens import LONGEST, Bearer, MemberTokens, merge_names

NOW = datetime(2014, 11, 5, 12, tzinfo=UTC)
HOURS = timedelta(hours=8)
BEARER = Bearer(login_id=7, customer_id=123456, epoch=3)
TOKENS = MemberTokens(b"k" * 32, HOURS)
WIRE = {
    "user_id": "userId",
    "user_name": "userName",
    "display_name": "displayName",
    "member_id": "memberId",
    "signature": "signature",
}


def token(display_name: str = "Joe Blow") -> dict[str, Any]:
    signed = asdict(TOKENS.sign(BEARER, "joe", display_name, NOW))
    return {WIRE[name]: value for name, value in signed.items()}


def header(content: object, *, encoding: str = "utf-8", **options: Any) -> str:
    return base64.b64encode(json.dumps(content, **options).encode(encoding)).decode()


def opens(text: str, now: datetime = NOW) -> bool:
    try:
        return TOKENS.open(text, now) == BEARER
    except Unauthenticated:
        return False


def test_it_opens_however_it_was_written_down_again() -> None:
    content = token("José Müller")
    assert opens(header(content))
    assert opens(header(content, ensure_ascii=False))
    assert opens(header(content, ensure_ascii=False, encoding="latin-1"))
    assert opens(header(content, separators=(" ,  ", " : "), indent=3))
    assert opens(header(dict(reversed(content.items()))))
    assert opens(header(content | {"memberId": str(content["memberId"]), "rememberMe": True}))
    assert opens(header(content).rstrip("="))
    assert opens(header(content).replace("+", "-").replace("/", "_"))
    assert opens(f"  {header(content)} ")


def test_latin_1_bytes_that_happen_to_be_utf_8_open_too() -> None:
    assert opens(header(token("Ã©va"), ensure_ascii=False, encoding="latin-1"))


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=60))
def test_any_name_survives_the_round_trip(name: str) -> None:
    assert opens(header(token(name)))
    assert opens(header(token(name), ensure_ascii=False))


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("userId", 8),
        ("userName", "jane"),
        ("displayName", "Joe  Blow"),
        ("memberId", 123457),
        ("memberId", 123456.0),
        ("memberId", True),
        ("memberId", None),
        ("memberId", [123456]),
        ("signature", ""),
        ("signature", None),
        ("signature", 1),
        ("signature", {"a": 1}),
    ],
)
def test_a_changed_value_never_opens(key: str, value: object) -> None:
    assert not opens(header(token() | {key: value}))


def test_a_missing_value_never_opens() -> None:
    for key in WIRE.values():
        assert not opens(header({name: value for name, value in token().items() if name != key}))


def test_every_part_of_the_signature_counts() -> None:
    content = token()
    issued, epoch, mac = content["signature"].split(".")
    forged = [
        f"{int(issued) + 1}.{epoch}.{mac}",
        f"{issued}.{int(epoch) + 1}.{mac}",
        f"{issued}.{epoch}.{'A' if mac[0] != 'A' else 'B'}{mac[1:]}",
        f"{issued}.{epoch}.{mac[:-1]}",
        f"{issued}.{epoch}.{mac}A",
        f"{issued}.{mac}",
        f"9{issued}.{epoch}.{mac}",
    ]
    assert not any(opens(header(content | {"signature": text})) for text in forged)


def test_values_cannot_lend_each_other_characters() -> None:
    signed = TOKENS.sign(BEARER, "a", "bc", NOW)
    moved = {"userId": 7, "userName": "ab", "displayName": "c", "memberId": 123456}
    assert not opens(header(moved | {"signature": signed.signature}))


@pytest.mark.parametrize(
    "junk",
    [
        "",
        "undefined",
        "null",
        "bnVsbA==",
        "W29iamVjdCBPYmplY3Rd",
        "e30=",
        "W10=",
        "MQ==",
        "InRleHQi",
        "dHJ1ZQ==",
        "TmFO",
        "not base64 at all!",
        "é",
        "====",
        "\x00",
        base64.b64encode(b"\xff\xfe\x00").decode(),
        base64.b64encode(b'{"userId":1').decode(),
        base64.b64encode(b'{"userName":"\\ud800"}').decode(),
        base64.b64encode(b"[" * 3_000).decode(),
        "A" * (LONGEST + 1),
    ],
)
def test_junk_from_real_clients_is_refused(junk: str) -> None:
    with pytest.raises(Unauthenticated):
        TOKENS.open(junk, NOW)


def test_it_lives_for_its_time_and_not_before() -> None:
    text = header(token())
    assert opens(text, NOW + HOURS - timedelta(seconds=1))
    assert not opens(text, NOW + HOURS)
    assert not opens(text, NOW - timedelta(minutes=1))


def test_another_key_opens_nothing() -> None:
    with pytest.raises(Unauthenticated):
        MemberTokens(b"K" * 32, HOURS).open(header(token()), NOW)


def test_names_in_any_box_find_the_account() -> None:
    assert merge_names(["123456"]).customer_id == 123456
    assert merge_names(["joe@example.com"] * 3) == AccountName(
        username="joe@example.com", email="joe@example.com"
    )
    assert merge_names(["joe", "joe@example.com", "5"]) == AccountName(
        username="joe", email="joe@example.com", customer_id=5
    )
    assert merge_names([]) == AccountName()
