"""What the validator found, in the words of whoever writes a plan."""

from collections.abc import Callable, Iterator, Mapping
from difflib import get_close_matches
from functools import cache
from typing import Any

from pydantic import BaseModel

__all__ = ["told"]

WHOLE = 1_000_000  # 100 % in millionths
TABLE = "must be a table"
DATE = "must be a date such as 2014-03-01, without quotes"
PLAIN = {
    "missing": "is missing",
    "list_type": "must be an array",
    "dict_type": TABLE,
    "model_type": TABLE,
    "model_attributes_type": TABLE,
    "string_type": "must be a text in quotes",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "date_type": DATE,
    "date_parsing": DATE,
    "date_from_datetime_parsing": DATE,
    "union_tag_not_found": "is missing: it says what this table is",
}


PATTERNS = {
    r"^[a-z][a-z0-9_]*$": "must be lower-case letters, digits and underscores, a letter first",
    r"^[a-z][a-z0-9]*$": "must be lower-case letters and digits, a letter first",
    r"^[A-Z]{3}$": "must be a currency of three capital letters, such as USD",
}


def told(detail: Mapping[str, Any], root: type[BaseModel]) -> str:
    """A message for one of the validator's findings; `root` is the model that was validated."""
    kind, context = detail["type"], detail.get("ctx", {})
    if kind == "list_type" and len(detail["loc"]) == 1:
        return f"must be an array of tables: [[{detail['loc'][0]}]]"
    if kind in PLAIN:
        return PLAIN[kind]
    if kind == "extra_forbidden":
        key = str(detail["loc"][-1])
        return f"unknown key{_meant(key, [other for other in _keys(root) if other != key])}"
    if kind == "string_pattern_mismatch":
        return PATTERNS.get(context["pattern"], f"must look like {context['pattern']}")
    if kind in BOUNDED:
        return BOUNDED[kind](context)
    if kind == "union_tag_invalid":
        known = [name.strip(" '") for name in context["expected_tags"].split(",")]
        return f"no kind named {context['tag']!r}{_meant(context['tag'], known)}; known: " + (
            ", ".join(known)
        )
    if kind == "literal_error":
        given = detail.get("input")
        known = context["expected"].replace(" or ", ", ").split(", ")
        hint = _meant(given, [name.strip("'") for name in known]) if isinstance(given, str) else ""
        return f"must be {context['expected']}{hint}"
    return str(detail["msg"]).removeprefix("Value error, ")


def _bound(word: str, key: str) -> Callable[[Mapping[str, Any]], str]:
    def say(context: Mapping[str, Any]) -> str:
        limit = context[key]
        # Rates are held in millionths; nothing else is bounded by so much.
        shown = f"{limit // (WHOLE // 100)} %" if limit in (WHOLE, 10 * WHOLE) else f"{limit}"
        return f"must be {word} {shown}"

    return say


def _count(word: str, key: str) -> Callable[[Mapping[str, Any]], str]:
    def say(context: Mapping[str, Any]) -> str:
        return f"needs {word} {context[key]} of them, and has {context['actual_length']}"

    return say


BOUNDED: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "greater_than_equal": _bound("at least", "ge"),
    "greater_than": _bound("more than", "gt"),
    "less_than_equal": _bound("at most", "le"),
    "less_than": _bound("less than", "lt"),
    "too_short": _count("at least", "min_length"),
    "too_long": _count("at most", "max_length"),
    "string_too_short": lambda context: "must not be empty",
    "string_too_long": lambda context: f"has more than {context['max_length']} letters",
}


def _meant(given: str, known: list[str]) -> str:
    close = get_close_matches(given, known, n=1)
    return f"; did you mean {close[0]!r}?" if close else ""


@cache
def _keys(root: type[BaseModel]) -> list[str]:
    """Every key that some table of the model knows."""
    return sorted(set(_properties(root.model_json_schema())))


def _properties(schema: Any) -> Iterator[str]:
    for table in (schema, *schema.get("$defs", {}).values()):
        yield from table.get("properties", {})
