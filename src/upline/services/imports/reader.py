"""Rows out of CSV, NDJSON and JSON files, one at a time, whatever the bytes are.

Everything here is bounded: a line, a cell and a record have a largest size, and nothing is kept
once it has been handed on. Bytes that make no sense become issues, never exceptions.
"""

import csv
from codecs import getincrementaldecoder
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any, BinaryIO

import orjson

from upline.services.imports import documents
from upline.services.imports.fields import Bad, Field, plain, printable, shown
from upline.services.imports.report import FileRefused, Issues

LONGEST_LINE = 1 << 20
CHUNK = 1 << 16
DELIMITERS = ",;\t|"
BOM = b"\xef\xbb\xbf"
# What people send by mistake, by the first bytes.
FOREIGN = {
    b"PK\x03\x04": "an Excel workbook or ZIP archive; save it as CSV (UTF-8)",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook; save it as CSV (UTF-8)",
    b"\xff\xfe": "UTF-16 text; save it as UTF-8",
    b"\xfe\xff": "UTF-16 text; save it as UTF-8",
    b"\x1f\x8b": "compressed; unpack it first",
    b"%PDF": "a PDF",
}
FORMATS = {
    ".csv": "csv", ".tsv": "csv", ".txt": "csv",
    ".ndjson": "ndjson", ".jsonl": "ndjson",
}  # fmt: skip

Row = tuple[int, Sequence[Any]]


@dataclass(slots=True)
class Table:
    """An open file as rows whose cells stand in the order of `fields`.

    `present` names the fields the file has: those of the header, or for JSON those any record read
    so far has. `position` is how many bytes were read.
    """

    stream: BinaryIO
    size: int
    format: str
    issues: Issues
    fields: list[Field | None] = field(default_factory=list)
    present: set[str] = field(default_factory=set)
    position: int = 0

    def rows(self, layout: Sequence[Field], ignored: frozenset[str]) -> Iterator[Row]:
        """Rows by line number. `fields` is set before the first one; None marks ignored cells."""
        names = Names(layout, ignored)
        if self.format == "csv":
            yield from self._csv_rows(names)
            return
        self.fields = list(layout)
        records = self._ndjson() if self.format == "ndjson" else self._json()
        plans: dict[tuple[str, ...], list[tuple[int, int]]] = {}
        width = len(layout)
        for line, record in records:
            keys = tuple(record)
            if (plan := plans.get(keys)) is None:
                plan = plans[keys] = self._plan(line, keys, names)
            cells: list[Any] = [""] * width
            values = list(record.values())
            for source, target in plan:
                cells[target] = values[source]
            yield line, cells

    def _csv_rows(self, names: "Names") -> Iterator[Row]:
        lines = self._lines()
        first = next(lines, "")
        reader = csv.reader(lines, delimiter=_delimiter(first, names), strict=True)
        try:
            header = next(csv.reader([first], delimiter=reader.dialect.delimiter, strict=True), [])
        except csv.Error as error:
            self.issues.add(1, "", f"the header is not readable: {error}")
            return
        if not self._read_header(header, names):
            return
        while not self.issues.full:
            # The header is line 1, so the reader's first line is line 2.
            line = reader.line_num + 2
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                self.issues.add(line, "", f"is not readable as CSV: {error}")
                continue
            if any(cells):
                yield line, cells

    def _read_header(self, header: Sequence[str], names: "Names") -> bool:
        """Find the field of each column; False when the file cannot be read by its header."""
        for title in header:
            found = self._resolve(1, title, names)
            if found is not None:
                if found.name in self.present:
                    self.issues.add(1, found.name, "names the same column twice")
                self.present.add(found.name)
            self.fields.append(found)
        for wanted in names.layout:
            if wanted.required and wanted.name not in self.present:
                self.issues.add(1, wanted.name, "the column is missing")
        return not self.issues

    def _plan(self, line: int, keys: tuple[str, ...], names: "Names") -> list[tuple[int, int]]:
        """Which value of a record with these keys goes where."""
        plan: dict[int, int] = {}
        for source, key in enumerate(keys):
            found = self._resolve(line, key, names)
            if found is None:
                continue
            target = names.layout.index(found)
            if target in plan:
                self.issues.add(line, found.name, "names the same column twice")
            plan[target] = source
            self.present.add(found.name)
        return [(source, target) for target, source in plan.items()]

    def _resolve(self, line: int, title: str, names: "Names") -> Field | None:
        """The field `title` means; None, and maybe an issue, where it means none."""
        key = plain(title)
        found = names.known.get(key)
        if found is not None:
            self.issues.headers.setdefault(found.name, printable(title))
        elif key not in names.ignored:
            close = get_close_matches(key, names.known, n=1)
            hint = f"; did you mean {names.known[close[0]].name}?" if close else ""
            self.issues.add(line, "", f"{shown(title)} is not a known column{hint}")
        return found

    def _ndjson(self) -> Iterator[tuple[int, dict[str, Any]]]:
        for line, text in enumerate(self._lines(), start=1):
            if self.issues.full:
                return
            if not text or text.isspace():
                continue
            try:
                record = orjson.loads(text)
            except orjson.JSONDecodeError as error:
                self.issues.add(line, "", f"is not JSON: {error.msg} at character {error.colno}")
                continue
            if isinstance(record, dict):
                yield line, record
            else:
                self.issues.add(line, "", "is not a JSON object")

    def _json(self) -> Iterator[tuple[int, dict[str, Any]]]:
        return documents.records(self._chunks(), self.issues)

    def _chunks(self) -> Iterator[str]:
        """The text in pieces of any cut: a JSON document may well be one single line."""
        decoder = getincrementaldecoder("utf-8-sig")()
        ended = 0  # lines that lie behind us
        while raw := self.stream.read(CHUNK):
            self.position += len(raw)
            try:
                yield decoder.decode(raw)
            except UnicodeDecodeError as error:
                line = ended + error.object[: error.start].count(b"\n") + 1
                self.issues.add(line, "", f"is not UTF-8: byte 0x{error.object[error.start]:02X}")
                yield error.object.decode(errors="replace")
                decoder.reset()
            ended += raw.count(b"\n")

    def _lines(self) -> Iterator[str]:
        """Lines as text; one that is not UTF-8 is an issue and goes on with what can be read."""
        number = 0
        while raw := self.stream.readline(LONGEST_LINE):
            number += 1
            self.position += len(raw)
            if number == 1 and raw.startswith(BOM):
                raw = raw[len(BOM) :]
            if len(raw) == LONGEST_LINE and not raw.endswith(b"\n"):
                self.issues.add(number, "", f"is longer than {LONGEST_LINE} bytes; reading stopped")
                return
            try:
                yield raw.decode()
            except UnicodeDecodeError as error:
                byte = raw[error.start]
                self.issues.add(
                    number, "", f"is not UTF-8: byte 0x{byte:02X} at position {error.start + 1}"
                )
                yield raw.decode(errors="replace")


@dataclass(slots=True)
class Names:
    """What columns may be called; compared by letters and digits only."""

    layout: Sequence[Field]
    ignored: frozenset[str]
    known: dict[str, Field] = field(init=False)

    def __post_init__(self) -> None:
        self.known = {plain(name): one for one in self.layout for name in (one.name, *one.aliases)}


def open_table(path: Path, issues: Issues) -> Table:
    """Open a file for reading as a table. Raises FileRefused when that makes no sense."""
    try:
        stream = path.open("rb", buffering=1 << 20)
    except OSError as error:
        raise FileRefused(f"{path} cannot be read: {error.strerror}.") from error
    try:
        start = stream.read(4096)
        for magic, what in FOREIGN.items():
            if start.startswith(magic):
                raise FileRefused(f"{path} is {what}.")
        if not start.removeprefix(BOM).strip():
            raise FileRefused(f"{path} is empty.")
        stream.seek(0)
        return Table(stream, path.stat().st_size, _format(path, start), issues)
    except BaseException:
        stream.close()
        raise


def cell_text(value: object) -> str:
    """A JSON value as the cell it would be in CSV."""
    match value:
        case str():
            return value
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case int() | float():
            return repr(value)
        case _:
            raise Bad("must be a text or a number")


def _format(path: Path, start: bytes) -> str:
    """By extension, else by the first character that is not blank."""
    if (known := FORMATS.get(path.suffix.casefold())) is not None:
        return known
    match start.removeprefix(BOM).lstrip()[:1]:
        case b"[":
            return "json"
        case b"{":
            # One whole object on the first line makes it NDJSON, unless the object is a report.
            first = start.removeprefix(BOM).lstrip().split(b"\n", 1)[0].strip()
            return "ndjson" if first.endswith(b"}") and b'"accounts"' not in first else "json"
        case _:
            return "csv"


def _delimiter(header: str, names: Names) -> str:
    """The one that finds most known columns in the header."""

    def found(delimiter: str) -> int:
        return sum(plain(title) in names.known for title in header.split(delimiter))

    return max(DELIMITERS, key=found)
