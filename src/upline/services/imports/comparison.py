"""Our figures beside those of a report, one line for each that is different."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from upline.services.imports.staging import Connection, Staged

LARGEST = 100
FIGURES = ("ogv", "pgv", "rank")

_DIFFERENCES = """
CREATE TEMPORARY TABLE import_differences ON COMMIT DROP AS
SELECT f.line, f.customer_id AS memberid, f.figure, trim_scale(f.theirs) AS file,
  trim_scale(f.ours) AS ours, trim_scale(f.ours - f.theirs) AS difference
FROM (
  SELECT s.line, s.customer_id, v.figure, v.theirs, v.ours
  FROM {table} s
  LEFT JOIN member_periods m ON m.run_id = %(run)s AND m.customer_id = s.customer_id
  CROSS JOIN LATERAL (VALUES
    ('ogv', s.ogv, coalesce(m.ov, 0)),
    ('pgv', s.pgv, coalesce(m.gv, 0)),
    ('rank', s.rank_id::numeric, coalesce(m.rank_id, -1)::numeric)
  ) AS v (figure, theirs, ours)
) f
WHERE f.theirs <> f.ours
"""


class Difference(NamedTuple):
    """One figure that comes out differently; `difference` is ours less the file's."""

    line: int
    member: int
    figure: str
    file: Decimal
    ours: Decimal
    difference: Decimal


@dataclass(frozen=True, slots=True)
class Comparison:
    """How often each figure of the file differs from ours; `path` lists every difference."""

    members: int
    different: Mapping[str, int]
    largest: tuple[Difference, ...]
    path: Path


def differences_path(source: Path) -> Path:
    """Where the differences of a file are listed: beside it."""
    return source.with_name(f"{source.name}.differences.csv")


async def compare(connection: Connection, source: Path, staged: Staged, run_id: int) -> Comparison:
    """List every figure of the staged report that differs from those of a run."""
    await connection.execute("DROP TABLE IF EXISTS pg_temp.import_differences")
    await connection.execute(_DIFFERENCES.format(table=staged.table), {"run": run_id})
    cursor = await connection.execute(
        "SELECT figure, count(*) FROM import_differences GROUP BY figure"
    )
    counts: dict[str, int] = dict(await cursor.fetchall())
    cursor = await connection.execute(
        "SELECT line, memberid, figure, file, ours, difference FROM import_differences"
        " ORDER BY abs(difference) DESC, line, figure LIMIT %s",
        [LARGEST],
    )
    largest = tuple(Difference(*row) for row in await cursor.fetchall())
    path = differences_path(source)
    await _write(connection, path)
    compared = {figure: counts.get(figure, 0) for figure in FIGURES if figure in staged.present}
    return Comparison(staged.rows, compared, largest, path)


async def _write(connection: Connection, path: Path) -> None:
    """Straight from the server to the file, however many there are."""
    statement = (
        "COPY (SELECT * FROM import_differences ORDER BY line, figure)"
        " TO STDOUT (FORMAT CSV, HEADER)"
    )
    with path.open("wb") as stream:
        async with connection.cursor() as cursor, cursor.copy(statement) as copy:
            async for block in copy:
                stream.write(block)
