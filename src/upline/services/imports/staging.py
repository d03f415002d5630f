"""From a file to a temporary table: rows are converted one by one and leave at COPY speed.

A row with a bad cell is staged with its id alone, so that others may still refer to it and are not
reported for its mistake. Temporary tables are neither logged nor seen by anybody else, and they are
gone with the transaction.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import Any

import psycopg

from upline.core.progress import Progress
from upline.services.imports.fields import Bad, Converter, Field
from upline.services.imports.reader import Row, Table, cell_text, open_table
from upline.services.imports.report import Issues

ROWS_A_BLOCK = 2_000

Connection = psycopg.AsyncConnection[Any]


@dataclass(frozen=True, slots=True)
class Staged:
    """The rows of a file in the temporary table `table`; `present` names the fields it had."""

    table: str
    rows: int
    present: frozenset[str]
    issues: Issues


async def stage(
    connection: Connection,
    path: Path,
    table: str,
    layout: Sequence[Field],
    progress: Progress,
    *,
    ignored: frozenset[str] = frozenset(),
) -> Staged:
    """Read `path` into the temporary table `table`: `line`, `broken` and the fields' columns.

    The first field of `layout` is the row's id. Raises FileRefused for a file that is no table.
    """
    await create(connection, table, layout)
    issues = Issues()
    source = open_table(path, issues)
    with source.stream:
        rows = source.rows(layout, ignored)
        first = next(rows, None)
        if first is None:
            if not issues:
                issues.add(2 if source.format == "csv" else 1, "", "there is no row of data")
            return Staged(table, 0, frozenset(source.present), issues)
        counted = _reported(chain([first], rows), source, f"Reading {path.name}", progress)
        count = await _copy(connection, table, source, layout[0], counted)
    # How many rows there are is all a plan needs; the other columns would take longer than it.
    await connection.execute(f"ANALYZE {table} (line)")
    return Staged(table, count, frozenset(source.present), issues)


async def create(connection: Connection, table: str, layout: Sequence[Field]) -> None:
    """Make an empty staging table, instead of the one an earlier import left in the transaction."""
    columns = ", ".join(column for one in layout for column in one.columns)
    await connection.execute(f"DROP TABLE IF EXISTS pg_temp.{table}")
    await connection.execute(
        f"CREATE TEMPORARY TABLE {table} (line integer NOT NULL, broken boolean NOT NULL,"
        f" {columns}) ON COMMIT DROP"
    )


async def _copy(
    connection: Connection, table: str, source: Table, identity: Field, rows: Iterator[Row]
) -> int:
    """Rows leave in blocks: what is done per block need not be done per row."""
    encoder = Encoder.of(source, identity)
    columns = ", ".join(name for one in encoder.used for name in one.targets)
    # The empty text is NULL, and backslashes are all that needs an escape: see fields.clean.
    statement = f"COPY {table} (line, broken, {columns}) FROM STDIN (NULL '')"
    count = 0
    async with connection.cursor() as cursor, cursor.copy(statement) as copy:
        while block := [encoder.encode(*row) for row in islice(rows, ROWS_A_BLOCK)]:
            count += len(block)
            await copy.write("".join(block))
    return count


@dataclass(frozen=True, slots=True)
class Encoder:
    """Turns the cells of a row into the line COPY takes; `used` are the columns not ignored."""

    used: list[Field]
    converters: list[Converter]
    width: int
    picks: list[int] | None
    identity: Field
    issues: Issues

    @classmethod
    def of(cls, source: Table, identity: Field) -> "Encoder":
        picks = [index for index, one in enumerate(source.fields) if one is not None]
        used = [one for one in source.fields if one is not None]
        return cls(
            used=used,
            converters=[_converter(one, source) for one in used],
            width=len(source.fields),
            picks=picks if len(picks) < len(source.fields) else None,
            identity=identity,
            issues=source.issues,
        )

    def encode(self, line: int, cells: Sequence[Any]) -> str:
        if len(cells) != self.width:
            reason = f"has {len(cells)} columns; the header has {self.width}"
            self.issues.add(line, "", reason)
            return _line(line, "t", [one.blank for one in self.used])
        if self.picks is not None:
            cells = [cells[index] for index in self.picks]
        try:
            texts = [convert(cell) for convert, cell in zip(self.converters, cells, strict=True)]
        except Bad:
            return self._salvage(line, cells)
        return _line(line, "f", texts)

    def _salvage(self, line: int, cells: Sequence[Any]) -> str:
        """Say everything that is wrong with a row, and stage no more of it than its id."""
        texts = [one.blank for one in self.used]
        for index, (one, convert) in enumerate(zip(self.used, self.converters, strict=True)):
            try:
                converted = convert(cells[index])
            except Bad as bad:
                self.issues.add(line, one.name, str(bad))
            else:
                if one is self.identity:
                    texts[index] = converted
        return _line(line, "t", texts)


def _line(line: int, broken: str, texts: list[str]) -> str:
    joined = "\t".join(texts)
    if "\\" in joined:
        joined = joined.replace("\\", "\\\\")
    return f"{line}\t{broken}\t{joined}\n"


def _converter(one: Field, source: Table) -> Converter:
    """What takes a cell of this file: JSON has numbers and nulls, CSV has texts alone."""
    convert = one.convert
    if source.format == "csv":
        return convert
    whole = (str, list) if one.structured else (str,)

    def converted(cell: Any) -> str:
        return convert(cell if isinstance(cell, whole) else cell_text(cell))

    return converted


def _reported(rows: Iterator[Row], source: Table, step: str, progress: Progress) -> Iterator[Row]:
    """`rows`, telling how far they are; how many there will be follows from the bytes read."""
    count = 0
    for row in rows:
        count += 1
        if count % ROWS_A_BLOCK == 0:
            progress(step, count, max(count, count * source.size // max(1, source.position)))
        yield row
    progress(step, count, count)
