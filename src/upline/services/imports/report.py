"""What was wrong with a file, row by row, and what an import came to."""

import csv
from collections.abc import Iterator, Mapping, MutableMapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from upline.core.errors import DomainError, Kind

# More than anybody corrects by hand; a file with more has one cause that shows in the first ones.
ISSUES_LISTED = 10_000


class Issue(NamedTuple):
    """One cell that cannot be taken. `line` counts from 1 as editors do, the header included."""

    line: int
    column: str
    reason: str


class FileRefused(DomainError):
    """The file cannot be read as a table at all."""

    code = "file_refused"
    message = "The file cannot be imported."


class ImportRunning(DomainError):
    """Two imports at once would each miss what the other adds."""

    code = "import_running"
    kind = Kind.CONFLICT
    message = "Another import is running. Try again when it has finished."


class ChangedMeanwhile(DomainError):
    """Somebody took an id, an e-mail address or a leg after the file had been checked."""

    code = "changed_meanwhile"
    kind = Kind.CONFLICT
    message = "The data changed while the file was being imported. Nothing was stored; try again."


@dataclass(slots=True)
class Issues:
    """Collects issues up to a bound; `headers` gives each field the name it has in the file."""

    headers: MutableMapping[str, str] = field(default_factory=dict)
    listed: list[Issue] = field(default_factory=list)

    @property
    def full(self) -> bool:
        return len(self.listed) >= ISSUES_LISTED

    @property
    def room(self) -> int:
        return ISSUES_LISTED - len(self.listed)

    def add(self, line: int, column: str, reason: str) -> None:
        if not self.full:
            self.listed.append(Issue(line, self.headers.get(column, column), reason))

    def in_order(self) -> list[Issue]:
        """By line; a cell that failed twice for the same reason is listed once."""
        return sorted(set(self.listed))

    def __bool__(self) -> bool:
        return bool(self.listed)

    def __iter__(self) -> Iterator[Issue]:
        return iter(self.in_order())


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an import came to: stored rows by table, or the issues that kept it from storing any.

    `rows` counts the rows of the file. A dry run stores nothing and has no issues when the file
    would have been imported.
    """

    rows: int
    stored: Mapping[str, int]
    issues: tuple[Issue, ...] = ()
    dry_run: bool = False

    @property
    def ok(self) -> bool:
        return not self.issues


def errors_path(source: Path) -> Path:
    """Where the issues of a file are listed: beside it."""
    return source.with_name(f"{source.name}.errors.csv")


def write_errors(source: Path, issues: tuple[Issue, ...]) -> Path:
    """List `issues` beside the file they were found in."""
    path = errors_path(source)
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(Issue._fields)
        writer.writerows(issues)
    return path
