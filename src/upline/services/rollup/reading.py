"""Adding up an organization from its blocks: one statement, two rows, whatever its size."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Row, text

from upline.core.context import Context
from upline.services.rollup import blocks
from upline.services.rollup.blocks import Block
from upline.services.rollup.kinds import LAYOUTS, Kind

# Genealogies by the prefix of their columns; the kinds that are not in the sponsor tree's order.
_TREES = {
    Kind.ENROLLER_RANKS: "enroller",
    Kind.BINARY_RANKS: "binary",
    Kind.BINARY_AUTOSHIPS: "binary",
}
_LABELS = {
    Kind.ENROLLER_RANKS: "ranks",
    Kind.SPONSOR_RANKS: "ranks",
    Kind.BINARY_RANKS: "ranks",
    Kind.AREAS: "areas",
}
# The labels travel with one of the two rows.
_STATEMENT = """
SELECT m.start, m.stop, m.size, b.block_no, b.sums, b.members,
       CASE WHEN b.block_no = m.stop / m.size THEN m.labels END AS labels
FROM (SELECT p.run_id, p.{tree}_place + :skipped AS start, p.{tree}_place_end AS stop,
             (r.legend -> 'sizes' ->> '{kind}')::integer AS size, {labels} AS labels
      FROM member_periods p JOIN rollups r ON r.run_id = p.run_id
      WHERE p.run_id = :run_id AND p.customer_id = :customer_id) m
JOIN rollup_blocks b
  ON b.run_id = m.run_id AND b.kind_id = {kind}
 AND b.block_no = ANY(ARRAY[m.start / m.size, m.stop / m.size])
"""
STATEMENTS = {
    kind: text(
        _STATEMENT.format(
            tree=_TREES.get(kind, "sponsor"),
            kind=int(kind),
            labels=f"r.legend -> '{_LABELS[kind]}'" if kind in _LABELS else "NULL::jsonb",
        )
    )
    for kind in Kind
}


@dataclass(frozen=True, slots=True)
class Sums:
    """What an organization adds up to: exact integers, [keys, measures]; volumes 1e-4. `labels`
    says what each key stands for."""

    kind: Kind
    values: NDArray[np.int64]
    labels: Sequence[Any]

    def rows(self) -> list[tuple[Any, dict[str, int]]]:
        """The keys that are there, with their measures by name."""
        names = LAYOUTS[self.kind].names
        return [
            (self.labels[key], dict(zip(names, self.values[key].tolist(), strict=True)))
            for key in np.flatnonzero(self.values.any(axis=1)).tolist()
        ]

    def total(self, name: str) -> int:
        """One measure over all keys."""
        return int(self.values[:, LAYOUTS[self.kind].names.index(name)].sum())


async def find_sums(
    ctx: Context, run_id: int | None, kind: Kind, customer_id: int, *, with_self: bool = False
) -> Sums | None:
    """What stands below a customer, himself only on demand; None where the run does not know him.

    As of the run's last full calculation: what came since is not in it.
    """
    rows = await _fetch(ctx, run_id, kind, customer_id, with_self=with_self)
    if not rows:
        return None
    found = {row.block_no: Block(row.sums, row.members) for row in rows}
    start, stop, size = rows[0].start, rows[0].stop, rows[0].size
    layout = LAYOUTS[kind]
    upper = blocks.before(layout, found[stop // size], stop % size)
    lower = blocks.before(layout, found[start // size], start % size)
    labels: Sequence[Any] = next((row.labels for row in rows if row.labels is not None), [])
    return Sums(kind, upper - lower, labels)


async def _fetch(
    ctx: Context, run_id: int | None, kind: Kind, customer_id: int, *, with_self: bool
) -> Sequence[Row[*tuple[Any, ...]]]:
    if run_id is None:
        return []
    parameters: Mapping[str, object] = {
        "run_id": run_id,
        "customer_id": customer_id,
        "skipped": 0 if with_self else 1,
    }
    return (await ctx.session.execute(STATEMENTS[kind], parameters)).all()
