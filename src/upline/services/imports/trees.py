"""Genealogies of an import: cycles found, depths, jump pointers and legs computed, all as arrays.

The trees of the file and the live ones are joined before anything is decided, so that a member may
stand under a customer of long ago, and a cycle cannot hide between the two.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from upline.core.bulk import without_insert_triggers
from upline.core.copy import Column, Kind, read_columns, write_columns
from upline.core.progress import Progress
from upline.engine.tree import jump_pointers, leg_tops, preorder
from upline.services.imports.report import Issues
from upline.services.imports.staging import Connection

TABLE = "placements"
EPOCH = np.datetime64("1970-01-01T00:00:00", "us")

# Rows of the file are `fresh`; those that exist already lend their places alone.
_NODES = """
SELECT s.customer_id, coalesce({parent}, 0) AS parent_id, coalesce({position}, 0) AS position_id,
       coalesce(extract(epoch FROM s.enrolled_at) * 1000000, 0)::bigint AS since, 1 AS fresh
FROM {table} s WHERE s.customer_id IS NOT NULL AND {placed}
UNION ALL
SELECT p.customer_id, coalesce(p.parent_id, 0), coalesce(p.position_id, 0), 0, 0
FROM placements p WHERE p.genealogy_id = {genealogy_id} AND p.valid_to IS NULL
"""


@dataclass(frozen=True, slots=True)
class Genealogy:
    """How a genealogy is found in the staging table; the strings are SQL over its alias `s`."""

    genealogy_id: int
    column: str
    parent: str
    position: str = "NULL"
    placed: str = "true"


@dataclass(frozen=True, slots=True)
class Tree:
    """The rows to place in one genealogy, parents before their children; parent 0 is none."""

    genealogy: Genealogy
    customer_id: NDArray[Any]
    parent_id: NDArray[Any]
    position_id: NDArray[Any]
    since: NDArray[Any]
    depth: NDArray[Any]
    jump_id: NDArray[Any]
    leg_top_id: NDArray[Any]


async def build(connection: Connection, table: str, genealogy: Genealogy, issues: Issues) -> Tree:
    """Join the file's members to the live tree; members on a cycle become issues."""
    query = _NODES.format(
        table=table,
        parent=genealogy.parent,
        position=genealogy.position,
        placed=genealogy.placed,
        genealogy_id=genealogy.genealogy_id,
    )
    nodes = await read_columns(
        connection,
        query,
        {
            "customer_id": Kind.BIGINT,
            "parent_id": Kind.BIGINT,
            "position_id": Kind.SMALLINT,
            "since": Kind.BIGINT,
            "fresh": Kind.SMALLINT,
        },
    )
    forest = preorder(nodes["customer_id"], nodes["parent_id"])
    on_cycle = [issue.id for issue in forest.issues if issue.code == "cycle"]
    if on_cycle:
        await _report_cycles(connection, table, genealogy, on_cycle, issues)
    ids = nodes["customer_id"][forest.order]
    jump_id = ids[jump_pointers(forest.parent, forest.level)]
    top = leg_tops(forest.parent, nodes["position_id"][forest.order])
    fresh = nodes["fresh"][forest.order] == 1
    placed = forest.order[fresh]
    return Tree(
        genealogy=genealogy,
        customer_id=ids[fresh],
        parent_id=nodes["parent_id"][placed],
        position_id=nodes["position_id"][placed],
        since=nodes["since"][placed],
        depth=forest.level[fresh],
        jump_id=jump_id[fresh],
        leg_top_id=ids[top][fresh],
    )


async def store(connection: Connection, tree: Tree, progress: Progress) -> int:
    """COPY a tree into the placements; what triggers would compute is there already."""
    rows = len(tree.customer_id)
    progress(f"Placing in genealogy {tree.genealogy.genealogy_id}", 0, rows)
    columns = [
        Column("customer_id", Kind.BIGINT, tree.customer_id),
        Column(
            "genealogy_id",
            Kind.SMALLINT,
            np.full(rows, tree.genealogy.genealogy_id, np.int16),
        ),
        Column("valid_from", Kind.TIMESTAMP, EPOCH + tree.since.astype("timedelta64[us]")),
        Column("parent_id", Kind.BIGINT, tree.parent_id, tree.parent_id == 0),
        Column("position_id", Kind.SMALLINT, tree.position_id, tree.position_id == 0),
        Column("depth", Kind.INTEGER, tree.depth),
        Column("jump_id", Kind.BIGINT, tree.jump_id),
        Column("leg_top_id", Kind.BIGINT, tree.leg_top_id, tree.position_id == 0),
    ]
    async with without_insert_triggers(connection, [TABLE]):
        await write_columns(connection, TABLE, columns)
    progress(f"Placing in genealogy {tree.genealogy.genealogy_id}", rows, rows)
    return rows


async def _report_cycles(
    connection: Connection, table: str, genealogy: Genealogy, on_cycle: list[int], issues: Issues
) -> None:
    cursor = await connection.execute(
        f"SELECT line, {genealogy.parent} FROM {table} s"
        f" WHERE customer_id = ANY(%s) AND customer_id <> {genealogy.parent}"
        " ORDER BY line LIMIT %s",
        [on_cycle, issues.room],
    )
    for line, parent in await cursor.fetchall():
        issues.add(line, genealogy.column, f"“{parent}” stands below this member, in a circle")
