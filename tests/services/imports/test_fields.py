"""Each converter: what COPY gets, and the words for what it cannot take."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upline.services.imports import fields
from upline.services.imports.fields import Bad, Converter

LATEST = datetime(2015, 1, 1, tzinfo=UTC)
WHEN = fields.instant("America/Denver", LATEST)
LIGATURE = "\ufdfa"  # one character, 18 when written out
CONVERTERS: dict[str, Converter] = {
    "text": fields.text(10),
    "identifier": fields.identifier,
    "number": fields.number,
    "at_least_zero": fields.at_least_zero,
    "flag": fields.flag,
    "choice": fields.choice({"Left": 1, "On hold": 3, "None": -1}, "side"),
    "among": fields.among({"de": "DE", "germany": "DE"}, "country"),
    "email": fields.email,
    "instant": WHEN,
}


@pytest.mark.parametrize(
    ("name", "cell", "converted"),
    [
        ("text", "  Zoë\u3000Ito ", "Zoë\u3000Ito"),
        ("text", "", ""),
        ("identifier", "42", "42"),
        ("identifier", " 0042 ", "42"),
        ("identifier", "0", ""),
        ("identifier", "", ""),
        ("number", "-12.5", "-12.5"),
        ("number", "100.120000", "100.120000"),
        ("number", "", ""),
        ("at_least_zero", "-0.00", "-0.00"),
        ("flag", "Yes", "t"),
        ("flag", "0", "f"),
        ("choice", "ON_HOLD", "3"),
        ("choice", "1", "1"),
        ("choice", "-1", "-1"),
        ("among", "germany", "DE"),
        ("email", "Ann@Example.COM", "Ann@Example.COM\tann@example.com"),
        ("email", "Straße@example.com", "Straße@example.com\tstrasse@example.com"),
        ("email", " ", "\t"),
        ("instant", "2014-10-03", "2014-10-03T00:00:00-06:00"),
        ("instant", "2014-12-03 08:30", "2014-12-03T08:30:00-07:00"),
        ("instant", "2014-10-03T12:00:00Z", "2014-10-03T12:00:00+00:00"),
        ("instant", "", ""),
    ],
)
def test_cells_become_what_copy_takes(name: str, cell: str, converted: str) -> None:
    assert CONVERTERS[name](cell) == converted


@pytest.mark.parametrize(
    ("name", "cell", "reason"),
    [
        ("text", "eleven chars", "has 12 characters; at most 10 fit"),
        ("text", "a\tb", "has a control character (U+0009) at position 2"),
        ("text", "a\x00", "has a control character (U+0000) at position 2"),
        ("text", "\ud800", "has a control character (U+D800) at position 1"),
        ("identifier", "12a", "“12a” is not a whole number"),
        ("identifier", "-5", "“-5” is not a whole number"),
        ("identifier", "²", "“²” is not a whole number"),
        ("identifier", "9" * 16, "has 16 digits; at most 15 fit"),
        ("number", "1,5", "“1,5” is not a number (up to 12 digits, a point, up to four decimals)"),
        (
            "number",
            "1.23456",
            "“1.23456” is not a number (up to 12 digits, a point, up to four decimals)",
        ),
        ("number", "1e3", "“1e3” is not a number (up to 12 digits, a point, up to four decimals)"),
        ("at_least_zero", "-1", "“-1” is negative"),
        ("flag", "maybe", "“maybe” is neither yes nor no"),
        ("choice", "middle", "“middle” is not a known side"),
        ("choice", "7", "“7” is not a known side"),
        ("among", "Atlantis", "“Atlantis” is not a known country"),
        ("email", "ann at example", "“ann at example” is not an e-mail address"),
        ("email", f"{'a' * 250}@b.co", f"“{'a' * 40}…” is not an e-mail address"),
        ("email", f"{LIGATURE * 20}@b.co", f"“{LIGATURE * 20}@b.co” is too long when written out"),
        ("instant", "03.10.2014", "“03.10.2014” is not a date (YYYY-MM-DD) or an instant"),
        ("instant", "2014-02-30", "“2014-02-30” is not a date (YYYY-MM-DD) or an instant"),
        ("instant", "2016-01-01", "“2016-01-01T00:00:00-07:00” lies in the future"),
        ("instant", "1812-01-01", "“1812-01-01T00:00:00-06:59:56” lies before 1900"),
    ],
)
def test_bad_cells_are_refused_in_words(name: str, cell: str, reason: str) -> None:
    with pytest.raises(Bad) as refused:
        CONVERTERS[name](cell)
    assert str(refused.value) == reason


def test_a_required_cell_may_not_be_empty() -> None:
    convert = fields.required(fields.identifier)
    assert convert("7") == "7"
    for empty in ("", " ", "0"):
        with pytest.raises(Bad, match="is missing"):
            convert(empty)


def test_remembering_changes_no_answer_and_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []

    def convert(cell: str) -> str:
        calls.append(cell)
        return cell.upper()

    monkeypatch.setattr(fields, "REMEMBERED", 1)
    quick = fields.remembered(convert)
    assert [quick("a"), quick("a"), quick("b"), quick("b")] == ["A", "A", "B", "B"]
    assert calls == ["a", "b", "b"]


@pytest.mark.parametrize("name", CONVERTERS)
@given(cell=st.text() | st.from_regex(r"[0-9]{1,4}-[0-9]{2}-[0-9]{2}.{0,15}", fullmatch=True))
def test_any_text_is_taken_or_refused(name: str, cell: str) -> None:
    try:
        converted = CONVERTERS[name](cell)
    except Bad as bad:
        str(bad).encode()
        return
    width = 2 if name == "email" else 1
    assert len(converted.split("\t")) == width
    assert "\n" not in converted
    converted.encode()
