"""From what stands in a cell to what COPY takes: one small function a column, no parsing twice.

A converter gets the cell (a text, or for NDJSON lists a list) and returns the text of its staging
columns, tab-separated where it fills several; the empty text is NULL. It raises `Bad` for a cell
that cannot be taken. No converter lets a control character through, so a row needs no escaping but
that of backslashes.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from upline.core.text import email_key

Converter = Callable[[Any], str]

# Distinct cells a converter remembers: countries, days and prices repeat, order numbers do not.
REMEMBERED = 50_000
LARGEST_ID_DIGITS = 15
LONGEST_EMAIL = 254
EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff]")
# Columns hold three digits more: room for sums.
_NUMBER = re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,4}0*)?")
_EMAIL = re.compile(r"[^\s@<>,;]+@[^\s@<>,;]+\.[^\s@<>,;]+")


class Bad(ValueError):
    """The cell cannot be taken; the message says why, in words that follow the column's name."""


@dataclass(frozen=True, slots=True)
class Field:
    """A column a file may have: its name and aliases, what it fills, and how.

    `columns` declares the staging columns, each as SQL does: "customer_id bigint".
    """

    name: str
    columns: tuple[str, ...]
    convert: Converter
    aliases: tuple[str, ...] = ()
    required: bool = False
    # The cell may be a list (NDJSON); any other cell is one value.
    structured: bool = False

    @property
    def targets(self) -> list[str]:
        """The names of the staging columns."""
        return [declaration.split()[0] for declaration in self.columns]

    @property
    def blank(self) -> str:
        """What stands in the staging row when there is nothing to convert."""
        return "\t" * (len(self.columns) - 1)


class _Remembered(dict[str, str]):
    """A converter that works once for each distinct cell; a dictionary look-up otherwise."""

    def __init__(self, convert: Converter) -> None:
        self.convert = convert

    def __missing__(self, cell: str) -> str:
        converted = self.convert(cell)
        if len(self) < REMEMBERED:
            self[cell] = converted
        return converted


def remembered(convert: Converter) -> Converter:
    """`convert`, remembering what it answered; for columns whose cells repeat."""
    return _Remembered(convert).__getitem__


def required(convert: Converter) -> Converter:
    """`convert`, refusing an empty cell."""

    def converted(cell: Any) -> str:
        result = convert(cell)
        if not result:
            raise Bad("is missing")
        return result

    return converted


def clean(cell: str) -> str:
    """The cell without surrounding blanks; refuses what no printed text contains."""
    cell = cell.strip()
    if not cell.isprintable() and (found := _CONTROL.search(cell)):
        raise Bad(
            f"has a control character (U+{ord(found[0]):04X}) at position {found.start() + 1}"
        )
    return cell


def text(limit: int) -> Converter:
    """A text of at most `limit` characters."""

    def convert(cell: str) -> str:
        cell = clean(cell)
        if len(cell) > limit:
            raise Bad(f"has {len(cell)} characters; at most {limit} fit")
        return cell

    return convert


def identifier(cell: str) -> str:
    """A member's or order's number; 0 stands for none."""
    if not (cell.isdigit() and cell.isascii()):
        cell = cell.strip()
        if not cell:
            return ""
        if not (cell.isdigit() and cell.isascii()):
            raise Bad(f"{shown(cell)} is not a whole number")
    if cell[0] == "0":
        cell = cell.lstrip("0")
    if len(cell) > LARGEST_ID_DIGITS:
        raise Bad(f"has {len(cell)} digits; at most {LARGEST_ID_DIGITS} fit")
    return cell


def number(cell: str) -> str:
    """An amount or volume with at most four decimals and a point before them."""
    cell = cell.strip()
    if cell and not _NUMBER.fullmatch(cell):
        raise Bad(f"{shown(cell)} is not a number (up to 12 digits, a point, up to four decimals)")
    return cell


def at_least_zero(cell: str) -> str:
    """A number that may not be negative."""
    cell = number(cell)
    if cell.startswith("-") and cell.strip("-0."):
        raise Bad(f"{shown(cell)} is negative")
    return cell


def flag(cell: str) -> str:
    """Yes or no; COPY takes t and f."""
    match clean(cell).casefold():
        case "":
            return ""
        case "y" | "yes" | "true" | "t" | "1":
            return "t"
        case "n" | "no" | "false" | "f" | "0":
            return "f"
        case _:
            raise Bad(f"{shown(cell)} is neither yes nor no")


def choice(names: Mapping[str, int], what: str) -> Converter:
    """One of a few names or their numbers; compared without case, blanks and punctuation."""
    by_name = {plain(name): str(value) for name, value in names.items()}
    numbers = frozenset(by_name.values())

    def convert(cell: str) -> str:
        cell = clean(cell)
        if not cell:
            return ""
        if cell in numbers:
            return cell
        if (found := by_name.get(plain(cell))) is None:
            raise Bad(f"{shown(cell)} is not a known {what}")
        return found

    return convert


def among(known: Mapping[str, str], what: str) -> Converter:
    """A code looked up without case, such as a country's."""

    def convert(cell: str) -> str:
        cell = clean(cell)
        if not cell:
            return ""
        if (found := known.get(cell.casefold())) is None:
            raise Bad(f"{shown(cell)} is not a known {what}")
        return found

    return convert


def email(cell: str) -> str:
    """The address as written and, behind a tab, the key by which it is unique."""
    cell = clean(cell)
    if not cell:
        return "\t"
    if len(cell) > LONGEST_EMAIL or not _EMAIL.fullmatch(cell):
        raise Bad(f"{shown(cell)} is not an e-mail address")
    key = email_key(cell)
    if len(key) > LONGEST_EMAIL:  # one character may stand for many
        raise Bad(f"{shown(cell)} is too long when written out")
    return f"{cell}\t{key}"


def instant(zone: str, latest: datetime, earliest: datetime = EARLIEST) -> Converter:
    """An ISO date (its first moment in the company's time zone) or instant, up to `latest`.

    An instant without an offset is company time.
    """

    local = ZoneInfo(zone)

    def convert(cell: str) -> str:
        cell = cell.strip()
        return moment(read(cell), latest, earliest) if cell else ""

    def read(cell: str) -> datetime:
        try:
            found = datetime.fromisoformat(cell)
        except ValueError:
            raise Bad(f"{shown(cell)} is not a date (YYYY-MM-DD) or an instant") from None
        return found if found.tzinfo else found.replace(tzinfo=local)

    days = remembered(convert)
    # Days repeat; instants hardly do and would only fill the memory.
    return lambda cell: days(cell) if len(cell) == 10 else convert(cell)


def moment(found: datetime, latest: datetime, earliest: datetime = EARLIEST) -> str:
    """The text of an instant, if it lies in a range that can be meant."""
    if found > latest:
        raise Bad(f"{shown(found.isoformat())} lies in the future")
    if found < earliest:
        raise Bad(f"{shown(found.isoformat())} lies before {earliest.year}")
    return found.isoformat()


def array(values: Iterable[object]) -> str:
    """A PostgreSQL array of values that need no quoting."""
    return "{" + ",".join(map(str, values)) + "}"


def plain(name: str) -> str:
    """A name as headers and choices are compared: letters and digits only, lower case."""
    return "".join(filter(str.isalnum, name.casefold()))


def printable(cell: str) -> str:
    """A cell that any terminal and file can show."""
    return _CONTROL.sub("\N{REPLACEMENT CHARACTER}", cell.strip())


def shown(cell: str) -> str:
    """A cell as messages quote it."""
    cell = printable(cell)
    return f"“{cell[:40]}…”" if len(cell) > 41 else f"“{cell}”"
