"""The best of any organization: a segment tree over places, ten ordinals a node.

An organization is a range of places. It is made of at most two nodes a tier and two blocks that it
covers in part, whatever its size; the best ten of all these are the best ten of it.
"""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from sqlalchemy import BigInteger, SmallInteger, bindparam, text

from upline.core.context import Context
from upline.core.prepared import Prepared, prepare
from upline.engine.units import I32

BLOCK = 256
BEST = 10
NOBODY = 2**31 - 1
DTYPE = "<i4"

_FETCH = f"""
WITH m AS (
    SELECT sponsor_place + 1 AS start, sponsor_place_end AS stop,
           (sponsor_place + {BLOCK}) / {BLOCK} AS first, sponsor_place_end / {BLOCK} AS after
    FROM member_periods
    WHERE run_id = :run_id AND customer_id = :customer_id
), tiers AS (
    SELECT t.tier, (m.first + (1 << t.tier) - 1) >> t.tier AS low, m.after >> t.tier AS high
    FROM m, generate_series(0, 30 - 8) AS t (tier)
), nodes AS (
    SELECT 0 AS tier, start / {BLOCK} AS node_no FROM m
    UNION SELECT 0, stop / {BLOCK} FROM m
    UNION SELECT tier, low FROM tiers WHERE low < high AND low & 1 = 1
    UNION SELECT tier, high - 1 FROM tiers WHERE low < high AND high & 1 = 1
)
SELECT m.start, m.stop, n.tier, n.node_no, t.ordinals
FROM m, nodes n JOIN contest_tops t
  ON t.run_id = :run_id AND t.contest_id = :contest_id
 AND t.tier = n.tier AND t.node_no = n.node_no
"""


class Tier(NamedTuple):
    """The nodes of one tier that have contestants; ordinals: int32[nodes, width], sorted but in
    tier 0, where the column is the place in the block."""

    tier: int
    node_no: I32
    ordinals: I32


def build(places: I32) -> Iterator[Tier]:
    """All tiers for contestants given best first: the k-th has ordinal k and stands at places[k].

    The last tier is one node.
    """
    node_no = np.unique(places // BLOCK)
    ordinals = np.full((len(node_no), BLOCK), NOBODY, DTYPE)
    row = np.searchsorted(node_no, places // BLOCK)
    ordinals[row, places % BLOCK] = np.arange(len(places))
    tier = 0
    yield Tier(tier, node_no.astype(np.int32), ordinals)
    best = np.sort(ordinals, axis=1)[:, :BEST]
    while len(node_no) > 1 or (len(node_no) and node_no[0] > 0):
        node_no, best = _merged(node_no, best)
        tier += 1
        yield Tier(tier, node_no.astype(np.int32), best)


def _merged(node_no: I32, best: I32) -> tuple[I32, I32]:
    """The tier above: pairs of neighbours, or one of them where the other has nobody."""
    above, first = np.unique(node_no >> 1, return_index=True)
    both = np.full((len(above), 2 * BEST), NOBODY, DTYPE)
    both[:, :BEST] = best[first]
    second = np.append(first[1:], len(node_no)) - 1
    has_two = second > first
    both[has_two, BEST:] = best[second[has_two]]
    return above, np.sort(both, axis=1)[:, :BEST]


def best_of(start: int, stop: int, nodes: Iterable[tuple[int, int, bytes]]) -> list[int]:
    """Ordinals of the ten best at places [start, stop) out of the nodes (tier, number, ordinals)
    that cover them; blocks of tier 0 may reach beyond."""
    found = []
    for tier, number, packed in nodes:
        ordinals = np.frombuffer(packed, DTYPE)
        if tier == 0:
            ordinals = ordinals[max(start - number * BLOCK, 0) : max(stop - number * BLOCK, 0)]
        found.append(ordinals)
    best = np.unique(np.concatenate(found)) if found else np.empty(0, DTYPE)
    return [int(ordinal) for ordinal in best[:BEST] if ordinal != NOBODY]


async def find_best(ctx: Context, run_id: int, contest_id: int, customer_id: int) -> list[int]:
    """Ordinals of the ten best below a customer in the sponsor tree, best first."""
    rows = await nodes_statement(run_id).fetch_all(
        ctx.session, contest_id=contest_id, customer_id=customer_id
    )
    if not rows:
        return []
    nodes = ((row.tier, row.node_no, row.ordinals) for row in rows)
    return best_of(rows[0].start, rows[0].stop, nodes)


@lru_cache(maxsize=64)
def nodes_statement(run_id: int) -> Prepared:
    """The nodes that the organization of `customer_id` is made of."""
    statement = text(_FETCH).bindparams(
        bindparam("run_id", None, BigInteger, literal_execute=True),
        bindparam("contest_id", None, SmallInteger),
        bindparam("customer_id", None, BigInteger),
    )
    return prepare(statement, run_id=run_id)
