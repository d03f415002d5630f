"""Block by block, how many members of a run hold which rank, have which status, stand how deep.

What services/organization/blocks.py adds up. A block's counts are rows of their own and no arrays,
because single ones change while an open period is kept up.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from upline.core.copy import Column, Kind

TABLE = "downline_counts"
# The edges of a list are read member by member, its inside block by block: both should stay short.
MEMBERS_A_BLOCK = 256
EVERYBODY, RANK, STATUS, LEVEL = range(4)
SPONSOR, BINARY = 2, 3

Array = np.ndarray[Any, Any]


def count_blocks(members: Sequence[Column]) -> list[Column]:
    """Rows of downline_counts for the columns of member_periods of one run."""
    columns = {column.name: column for column in members}
    facets = {RANK: columns["rank_id"].values, STATUS: columns["status_id"].values}
    parts: list[tuple[Array, ...]] = []
    for genealogy, pre, level in (
        (SPONSOR, "pre", "level"),
        (BINARY, "binary_pre", "binary_level"),
    ):
        parts += _count(genealogy, columns[pre], facets | {LEVEL: columns[level].values})
    return [
        Column(name, kind, np.concatenate([part[at] for part in parts]).astype(dtype))
        for at, (name, kind, dtype) in enumerate(
            (
                ("genealogy_id", Kind.SMALLINT, np.int16),
                ("facet_id", Kind.SMALLINT, np.int16),
                ("value", Kind.INTEGER, np.int32),
                ("block", Kind.BIGINT, np.int64),
                ("members", Kind.INTEGER, np.int32),
            )
        )
    ]


def _count(genealogy: int, label: Column, facets: dict[int, Array]) -> list[tuple[Array, ...]]:
    """(genealogy, facet, value, block, members) of one tree, in the order of their key."""
    placed = np.arange(len(label.values))
    if label.null is not None:
        placed = np.flatnonzero(~label.null)
    placed = placed[np.argsort(label.values[placed], kind="stable")]
    block = np.arange(len(placed)) // MEMBERS_A_BLOCK
    starts = label.values[placed[::MEMBERS_A_BLOCK]]
    parts: list[tuple[Array, ...]] = []
    for facet, values in ({EVERYBODY: np.zeros(len(label.values), np.int64)} | facets).items():
        # Value first, then block: the order of the primary key.
        wide = np.int64(len(starts) or 1)
        keys = values[placed].astype(np.int64) * wide + block
        found, members = np.unique(keys, return_counts=True)
        rows = len(found)
        parts.append(
            (
                np.full(rows, genealogy),
                np.full(rows, facet),
                found // wide,
                starts[found % wide],
                members,
            )
        )
    return parts
