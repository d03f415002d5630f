"""Adding up an organization from its blocks: one statement, two rows, whatever its size."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ARRAY, BigInteger, Integer, bindparam, text

from upline.core.context import Context
from upline.core.prepared import Prepared, prepare
from upline.services.rollup import blocks
from upline.services.rollup.blocks import Block
from upline.services.rollup.kinds import ENTRY_BLOCK, ENTRY_NUMBER, LAYOUTS, Kind

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
# The labels travel with one of the two rows. Customers are asked for by a subquery: knowing them,
# PostgreSQL would plan anew each time, which takes longer than to look.
_SUMS = """
SELECT m.customer_id, m.start, m.stop, m.size, b.block_no, b.sums, b.members,
       CASE WHEN b.block_no = m.stop / m.size THEN m.labels END AS labels
FROM (SELECT p.customer_id, p.{tree}_place + :skipped AS start, p.{tree}_place_end AS stop,
             (r.legend -> 'sizes' ->> '{kind}')::integer AS size, {labels} AS labels
      FROM member_periods p JOIN rollups r ON r.run_id = p.run_id
      WHERE p.run_id = :run_id AND p.customer_id = ANY((SELECT :customer_ids)::bigint[])) m
JOIN rollup_blocks b
  ON b.run_id = :run_id AND b.kind_id = {kind}
 AND b.block_no = ANY(ARRAY[m.start / m.size, m.stop / m.size])
"""
_ENTRY_BLOCKS = f"""
SELECT members FROM rollup_blocks
WHERE run_id = :run_id AND kind_id = {int(Kind.ENTRY_LIST)}
  AND block_no BETWEEN :first AND :last
ORDER BY block_no
"""


@dataclass(frozen=True, slots=True)
class Sums:
    """What an organization adds up to: exact integers, [keys, measures]; volumes 1e-4. `labels`
    says what each key stands for, `before` is what stands before the organization in its tree."""

    kind: Kind
    values: NDArray[np.int64]
    before: NDArray[np.int64]
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

    def total_before(self, name: str) -> int:
        """The same of everybody who stands before."""
        return int(self.before[:, LAYOUTS[self.kind].names.index(name)].sum())


async def find_sums(
    ctx: Context, run_id: int | None, kind: Kind, customer_id: int, *, with_self: bool = False
) -> Sums | None:
    """What stands below a customer, himself only on demand; None where the run does not know him.

    As of the run's last full calculation: what came since is not in it.
    """
    found = await find_sums_of(ctx, run_id, kind, [customer_id], with_self=with_self)
    return found.get(customer_id)


async def find_sums_of(
    ctx: Context,
    run_id: int | None,
    kind: Kind,
    customer_ids: Sequence[int],
    *,
    with_self: bool = False,
) -> dict[int, Sums]:
    """The same of several, by customer; those the run does not know are missing."""
    if run_id is None or not customer_ids:
        return {}
    rows = await _sums(kind, run_id).fetch_all(
        ctx.session, customer_ids=customer_ids, skipped=0 if with_self else 1
    )
    of_customer: dict[int, list[Any]] = {}
    for row in rows:
        of_customer.setdefault(row.customer_id, []).append(row)
    return {customer_id: _add_up(kind, own) for customer_id, own in of_customer.items()}


def _add_up(kind: Kind, rows: Sequence[Any]) -> Sums:
    """From the one or two blocks in which an organization begins and ends."""
    found = {row.block_no: Block(row.sums, row.members) for row in rows}
    start, stop, size = rows[0].start, rows[0].stop, rows[0].size
    layout = LAYOUTS[kind]
    upper = blocks.before(layout, found[stop // size], stop % size)
    lower = blocks.before(layout, found[start // size], start % size)
    labels: Sequence[Any] = next((row.labels for row in rows if row.labels is not None), [])
    return Sums(kind, upper - lower, lower, labels)


async def find_entries(ctx: Context, run_id: int, start: int, stop: int) -> list[int]:
    """Numbers of the run's entries from one position of the list to another."""
    if start >= stop:
        return []
    first = start // ENTRY_BLOCK
    last = (stop - 1) // ENTRY_BLOCK
    rows = await _entry_blocks(run_id).fetch_all(ctx.session, first=first, last=last)
    packed = b"".join(row.members for row in rows)
    numbers = np.frombuffer(packed, ENTRY_NUMBER)
    found: list[int] = numbers[start - first * ENTRY_BLOCK : stop - first * ENTRY_BLOCK].tolist()
    return found


@lru_cache(maxsize=256)
def _sums(kind: Kind, run_id: int) -> Prepared:
    statement = _SUMS.format(
        tree=_TREES.get(kind, "sponsor"),
        kind=int(kind),
        labels=f"r.legend -> '{_LABELS[kind]}'" if kind in _LABELS else "NULL::jsonb",
    )
    skipped = bindparam("skipped", None, Integer)
    customer_ids = bindparam("customer_ids", None, ARRAY(BigInteger))
    return prepare(text(statement).bindparams(_RUN_ID, customer_ids, skipped), run_id=run_id)


@lru_cache(maxsize=64)
def _entry_blocks(run_id: int) -> Prepared:
    bounds = (bindparam("first", None, Integer), bindparam("last", None, Integer))
    return prepare(text(_ENTRY_BLOCKS).bindparams(_RUN_ID, *bounds), run_id=run_id)


_RUN_ID = bindparam("run_id", None, BigInteger, literal_execute=True)
