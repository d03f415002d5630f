"""TOML text to plain values; what keeps it from being TOML is told by line and field."""

import re
import tomllib
from decimal import Decimal
from typing import Any

from upline.services.plan.problems import PlanError, Problem

__all__ = ["read_toml"]

DEEPEST = 40  # tables in tables; no plan has more than six, and the parser recurses
_AT = re.compile(r"\(at (?:line (\d+), column \d+|end of document)\)")
_HEADER = re.compile(r"^\s*(\[\[?)\s*([^\[\]]+?)\s*\]")
_KEY = re.compile(r"""^\s*([\w."'-]+)\s*=""")
_QUOTED = re.compile(r"""\"(?:\\.|[^"\\\n])*\"|'[^'\n]*'|\#.*""")
WORDS = (
    (re.compile(r"^Cannot overwrite a value"), "is given twice"),
    (re.compile(r"^Cannot declare \(.*\) twice"), "this table is given twice"),
    (re.compile(r"^Cannot mutate immutable namespace .*"), "is given already, in another way"),
    (re.compile(r"^Illegal character '\\n'"), "a text has no closing quote"),
    (re.compile(r"^Invalid statement"), "neither a table, nor a key with its value, nor a comment"),
    (re.compile(r"^Invalid value"), "neither a number, a text in quotes, a date, true nor false"),
)


def read_toml(text: str, name: str) -> dict[str, Any]:
    """The values of a TOML text, numbers exact; raises PlanError."""
    try:
        if (line := _too_deep(text)) is None:
            return tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        raise PlanError(name, [_problem(text, error)]) from None
    told = f"more than {DEEPEST} brackets within each other"
    raise PlanError(name, [Problem(line, _field(text, line), told)])


def _too_deep(text: str) -> int | None:
    """The line on which brackets are nested too deeply; None where none are."""
    depth = 0
    for number, line in enumerate(text.split("\n"), 1):
        for mark in _QUOTED.sub("", line):
            depth += (mark in "[{") - (mark in "]}")
            if depth > DEEPEST:
                return number
        if _HEADER.match(line):
            depth = 0
    return None


def _problem(text: str, error: tomllib.TOMLDecodeError) -> Problem:
    found = _AT.search(str(error))
    line = int(found.group(1)) if found and found.group(1) else text.count("\n") + 1
    message = _AT.sub("", str(error)).strip()
    for pattern, words in WORDS:
        message = pattern.sub(words, message)
    return Problem(line, _field(text, line), message)


def _field(text: str, line: int) -> str:
    """The key that a line sets, within the table that it stands in; as far as it can be read."""
    lines = text.split("\n")[:line]
    table, seen = "", dict[str, int]()
    for above in lines:
        if found := _HEADER.match(above):
            table = found.group(2)
            if found.group(1) == "[[":
                seen[table] = seen.get(table, -1) + 1
    parts = [f"{table}[{seen[table]}]" if table in seen else table]
    if key := _KEY.match(lines[-1]):
        parts.append(key.group(1))
    return ".".join(filter(None, parts))
