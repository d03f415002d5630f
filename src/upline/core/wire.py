"""JSON in and out, strict where a lax reader would let trouble through.

Reading uses the standard library on purpose: orjson turns integers beyond 64 bits and long
decimals into floats, keeps the last of two equal keys and lets NUL through. Here numbers with a
point become Decimal, and whatever PostgreSQL or another JSON reader would choke on is refused.
Writing uses orjson, with Decimals as exact JSON numbers.
"""

import json
import math
import re
from collections.abc import AsyncIterable
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any, NoReturn
from urllib.parse import parse_qsl

import orjson

from upline.core.errors import DomainError, Kind

DEEPEST = 32
MOST_FORM_FIELDS = 1_000
LONGEST_NUMBER = 400

# An unclosed string matches too, to the end of the text: the scan stays linear.
_BRACKETS = re.compile(r'"(?:[^"\\]|\\.)*+"?|[\[\]{}]', re.DOTALL)
_SUSPECT_ESCAPE = re.compile(r"\\u(?:[dD][89abAB]|[dD][c-fC-F]|0000)")
_FORM_KEY = re.compile(r"[^\[\]]+|\[[^\[\]]*\]")


class Malformed(DomainError):
    """The body is not the JSON or form it claims to be; says why without repeating it."""

    code = "malformed_body"
    kind = Kind.INVALID
    message = "The body could not be read."


class TooLarge(DomainError):
    """More bytes than this operation takes."""

    code = "too_large"
    kind = Kind.TOO_LARGE
    message = "The request body is too large."


class UnsupportedMediaType(DomainError):
    """A body of a kind this operation does not read."""

    code = "unsupported_media_type"
    kind = Kind.UNSUPPORTED
    message = "The request contains an entity body of a media type that is not supported."


async def read_limited(stream: AsyncIterable[bytes], limit: int) -> bytes:
    """The whole body; refused once it is longer than `limit`, whatever its headers said."""
    chunks: list[bytes] = []
    size = 0
    async for chunk in stream:
        size += len(chunk)
        if size > limit:
            raise TooLarge
        chunks.append(chunk)
    return b"".join(chunks)


def load_json(data: bytes) -> Any:
    """Parse UTF-8 JSON; raises Malformed."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Malformed("The body is not UTF-8.") from error
    _refuse_depth(text)
    try:
        value = json.loads(
            text,
            parse_float=_parse_number,
            parse_int=_parse_integer,
            parse_constant=_refuse_constant,
            object_pairs_hook=_unique,
        )
    except json.JSONDecodeError as error:
        raise Malformed(f"The body is not JSON: {error.msg} at {error.pos}.") from error
    if _SUSPECT_ESCAPE.search(text):
        _refuse_characters(value)
    return value


def load_form(data: bytes) -> dict[str, Any]:
    """Parse application/x-www-form-urlencoded as the object it stands for.

    Nested values come as jQuery writes them: `Items[0][ProductId]=7`, `RankIds[]=1&RankIds[]=2`;
    a plain key given twice becomes a list.
    """
    try:
        pairs = parse_qsl(
            data.decode("ascii"),
            keep_blank_values=True,
            encoding="utf-8",
            errors="strict",
            max_num_fields=MOST_FORM_FIELDS,
        )
    except ValueError as error:  # not ASCII, not UTF-8 or too many fields
        raise Malformed("The form could not be read.") from error
    root: dict[str, Any] = {}
    for key, text in pairs:
        refuse_nul(key + text)
        _place(root, _form_path(key), text)
    collected: dict[str, Any] = _lists(root)
    return collected


def dump_json(value: Any) -> bytes:
    """Compact JSON; Decimals as exact numbers, instants in UTC with Z, dates as YYYY-MM-DD."""
    return orjson.dumps(value, default=_encode, option=orjson.OPT_PASSTHROUGH_DATETIME)


def dump_written(value: Any) -> bytes:
    """The same bytes, faster, where every instant is in UTC already."""
    return orjson.dumps(value, default=_encode, option=orjson.OPT_UTC_Z)


def refuse_nul(text: str) -> None:
    """PostgreSQL stores no NUL, so none gets in."""
    if "\0" in text:
        raise Malformed("A text holds a NUL character.")


def plain(number: Decimal) -> str:
    """Shortest exact writing without exponent: 11.8400 → 11.84, 1E+2 → 100."""
    text = str(number) if number else "0"  # and never -0
    if "E" in text:  # rare, and str is ten times as fast
        text = format(number, "f")
    return (text.rstrip("0").rstrip(".") or "0") if "." in text else text


def exact(number: Decimal) -> orjson.Fragment:
    """A number as it stands in JSON. `dump_json` does so itself, but being asked for each of
    thousands costs it more than writing them."""
    return orjson.Fragment(plain(number)) if number else ZERO


ZERO = orjson.Fragment("0")


def _encode(value: Any) -> Any:
    match value:
        case Decimal():
            return exact(value)
        case datetime():
            return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
        case date() | time():
            return value.isoformat()
        case set() | frozenset():
            return sorted(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")


def _refuse_constant(name: str) -> NoReturn:
    raise Malformed(f"{name} is not a JSON number.")


def _parse_number(text: str) -> Decimal:
    try:
        number = Decimal(text)
    except InvalidOperation as error:
        raise Malformed("A number is out of range.") from error
    exponent = number.as_tuple().exponent
    spelled_out = isinstance(exponent, int) and abs(exponent) <= LONGEST_NUMBER
    if len(text) > LONGEST_NUMBER or not spelled_out or not math.isfinite(float(number)):
        raise Malformed("A number is out of range.")
    return number


def _parse_integer(text: str) -> int:
    if len(text) > LONGEST_NUMBER:
        raise Malformed("A number is out of range.")
    return int(text)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise Malformed("An object has the same key twice.")
    return result


def _refuse_depth(text: str) -> None:
    if text.count("[") + text.count("{") <= DEEPEST:
        return
    depth = 0
    for match in _BRACKETS.finditer(text):
        if match[0] in "[{":
            depth += 1
            if depth > DEEPEST:
                raise Malformed("The body is nested too deeply.")
        elif match[0] in "]}":
            depth -= 1


def _refuse_characters(value: Any) -> None:
    match value:
        case str():
            refuse_nul(value)
            try:
                value.encode("utf-8")
            except UnicodeEncodeError as error:
                raise Malformed("A text holds half a surrogate pair.") from error
        case list():
            for item in value:
                _refuse_characters(item)
        case dict():
            for key, item in value.items():
                _refuse_characters(key)
                _refuse_characters(item)


def _form_path(key: str) -> list[str]:
    parts = _FORM_KEY.findall(key)
    if "".join(parts) != key or len(parts) > DEEPEST:
        return [key]
    return [part[1:-1] if part.startswith("[") else part for part in parts]


def _place(node: dict[str, Any], path: list[str], text: str) -> None:
    """Put one value into the tree of dicts; lists are still dicts keyed by position."""
    for part in path[:-1]:
        child = node.setdefault(part or str(len(node)), {})
        if not isinstance(child, dict):
            raise Malformed("A form field is both a text and an object.")
        node = child
    last = path[-1] or str(len(node))
    if last not in node:
        node[last] = text
    elif isinstance(node[last], list):
        node[last].append(text)
    elif isinstance(node[last], str):
        node[last] = [node[last], text]
    else:
        raise Malformed("A form field is both a text and an object.")


def _lists(node: Any) -> Any:
    """Dicts whose keys count up from 0 are lists."""
    if not isinstance(node, dict):
        return node
    values = {key: _lists(item) for key, item in node.items()}
    if values and all(key.isascii() and key.isdigit() for key in values):
        return [values[key] for key in sorted(values, key=int)]
    return values
