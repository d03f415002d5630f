"""Counting a downline, and finding a page deep inside it, without reading what stands before.

A run's members in tree order are cut into blocks, and for each block it is known how many hold
which rank, have which status or stand on which level. A list narrowed by one of these is counted by
adding up blocks; only the two at its edges are looked at member by member.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Integer,
    SmallInteger,
    Subquery,
    TextClause,
    bindparam,
    column,
    text,
)
from sqlalchemy.types import TypeEngine

from upline.services.organization.trees import RUN_ID
from upline.services.organization.visibility import Genealogy


class Facet(IntEnum):
    """What members of a block are counted by."""

    ALL = 0
    RANK = 1
    STATUS = 2
    LEVEL = 3


@dataclass(frozen=True, slots=True)
class Order:
    """The columns of member_periods that hold one tree."""

    genealogy: Genealogy
    pre: str
    pre_end: str
    level: str
    parent: str
    downline_count: str


ORDERS = {
    Genealogy.SPONSOR: Order(
        Genealogy.SPONSOR, "pre", "pre_end", "level", "sponsor_id", "downline_count"
    ),
    Genealogy.BINARY: Order(
        Genealogy.BINARY,
        "binary_pre",
        "binary_pre_end",
        "binary_level",
        "binary_parent_id",
        "binary_downline_count",
    ),
}


# Parameters are asked for by subqueries: knowing their values, PostgreSQL would believe that a plan
# made for them alone is worth making each time, which takes longer than to run it.
_WANTED = {
    Facet.ALL: "true",
    Facet.RANK: "m.rank_id = ANY((SELECT :values)::integer[])",
    Facet.STATUS: "m.status_id = ANY((SELECT :values)::integer[])",
    Facet.LEVEL: "m.{level} > top.level AND m.{level} <= top.level::bigint + (SELECT :max_level)",
}
_COUNTED = {
    Facet.ALL: "c.value = 0",
    Facet.RANK: "c.value = ANY((SELECT :values)::integer[])",
    Facet.STATUS: "c.value = ANY((SELECT :values)::integer[])",
    Facet.LEVEL: "c.value > top.level AND c.value <= top.level::bigint + (SELECT :max_level)",
}
_PARAMETER = re.compile(r"(?<!:):(\w+)")
_TYPES: Mapping[str, TypeEngine[Any]] = {
    "customer_id": BigInteger(),
    "position_id": SmallInteger(),
    "start": BigInteger(),
    "stop": BigInteger(),
    "offset": BigInteger(),
    "starts": ARRAY(BigInteger),
    "stops": ARRAY(BigInteger),
    "values": ARRAY(Integer),
    "max_level": Integer(),
}
_DOWNLINE = """
    SELECT {pre} + 1 AS start, {pre_end} AS stop, {level} AS level FROM member_periods
    WHERE run_id = :run_id AND customer_id = :customer_id
"""
_LEG = """
    SELECT {pre} AS start, {pre_end} AS stop, {level} - 1 AS level FROM member_periods
    WHERE run_id = :run_id AND {parent} = :customer_id AND binary_position_id = :position_id
"""
_BOUNDARY = """
        SELECT {edge}(b.block) FROM downline_counts b
        WHERE b.run_id = :run_id AND b.genealogy_id = {genealogy} AND b.facet_id = 0 AND b.value = 0
          AND b.block"""
# A range is a piece of a block, whole blocks from `first` to `last`, and a piece of another.
_SEGMENTS = """
WITH top AS MATERIALIZED ({top}
), edges AS MATERIALIZED (
    SELECT first, greatest(first, ({max_boundary} < f.stop)) AS last
    FROM (SELECT stop, least(stop, ({min_boundary} >= start)) AS first FROM top) AS f
), segments (start, members) AS MATERIALIZED (
    SELECT top.start, count(*)::integer FROM top JOIN member_periods m ON true
    WHERE m.run_id = :run_id AND m.{pre} >= (SELECT start FROM top)
      AND m.{pre} < (SELECT first FROM edges) AND {wanted}
    GROUP BY top.start
    UNION ALL
    SELECT c.block, {members} FROM top JOIN downline_counts c ON true
    WHERE c.run_id = :run_id AND c.genealogy_id = {genealogy} AND c.facet_id = {facet}
      AND {counted} AND c.block >= (SELECT first FROM edges)
      AND c.block < (SELECT last FROM edges)
    {grouped}
    UNION ALL
    SELECT edges.last, count(*)::integer FROM edges JOIN top ON true JOIN member_periods m ON true
    WHERE m.run_id = :run_id AND m.{pre} >= (SELECT last FROM edges)
      AND m.{pre} < (SELECT stop FROM top) AND {wanted}
    GROUP BY edges.last
)
"""
_COUNT = "SELECT coalesce(sum(members), 0) AS total FROM segments"
# Every segment has somebody, so a page is never beyond the first `offset + limit` of them.
_PLACES = """
, near AS (
    SELECT start, members, sum(members) OVER (ORDER BY start ROWS UNBOUNDED PRECEDING) AS upto
    FROM (
        SELECT start, members FROM segments WHERE members > 0
        ORDER BY start LIMIT (SELECT :offset) + {limit}
    ) AS s
), shown AS (
    SELECT start, upto - members AS before,
           least((SELECT stop FROM top), ({min_boundary} > near.start)) AS stop
    FROM near WHERE upto > (SELECT :offset) AND upto - members < (SELECT :offset) + {limit}
)
SELECT m.customer_id, m.{parent} AS parent_id, m.{level} - m.top_level AS level, m.{pre} AS number,
       ({count}) AS total
FROM shown s
CROSS JOIN LATERAL (
    SELECT m.customer_id, m.{parent}, m.{level}, m.{pre}, top.level AS top_level
    FROM top JOIN member_periods m ON true
    WHERE m.run_id = :run_id AND m.{pre} >= s.start AND m.{pre} < s.stop AND {wanted}
    ORDER BY m.{pre} LIMIT (SELECT :offset) + {limit}
) AS m
ORDER BY m.{pre} LIMIT {limit} OFFSET (SELECT :offset) - (SELECT min(before) FROM shown)
"""


def select_count(order: Order, facet: Facet, is_leg: bool) -> TextClause:
    """How many below a customer are wanted, as "total". Parameters: "customer_id", of a leg
    "position_id", and "max_level" for levels, "values" for the other facets."""
    return typed(_text(_SEGMENTS + _COUNT, order, facet, is_leg))


def select_places(order: Order, facet: Facet, is_leg: bool, limit: int) -> Subquery:
    """A page of them, as `select_nodes` wants it. Parameters: "offset", too.

    Whoever plans this knows nothing of the length of a block; that no more than a page's end are
    read of one makes the way through the index the obvious one.
    """
    return (
        typed(_text(_SEGMENTS + _PLACES, order, facet, is_leg, limit))
        .columns(
            column("customer_id", BigInteger),
            column("parent_id", BigInteger),
            column("level", Integer),
            column("number", BigInteger),
            column("total", BigInteger),
        )
        .subquery("places")
    )


def _text(query: str, order: Order, facet: Facet, is_leg: bool, limit: int = 0) -> str:
    names = {
        "genealogy": int(order.genealogy),
        "pre": order.pre,
        "pre_end": order.pre_end,
        "level": order.level,
        "parent": order.parent,
    }
    return query.format(
        **names,
        facet=int(facet),
        limit=limit,
        top=(_LEG if is_leg else _DOWNLINE).format(**names),
        wanted=_WANTED[facet].format(**names),
        counted=_COUNTED[facet],
        members="sum(c.members)::integer",
        grouped="GROUP BY c.block",
        count=_COUNT,
        min_boundary=_BOUNDARY.format(edge="min", **names),
        max_boundary=_BOUNDARY.format(edge="max", **names),
    )


def typed(statement: str) -> TextClause:
    """The statement with the types of its parameters: arrays must be bound as such."""
    named = sorted(set(_PARAMETER.findall(statement)) - {RUN_ID.key})
    of_run = [RUN_ID] if f":{RUN_ID.key}" in statement else []
    return text(statement).bindparams(
        *of_run, *(bindparam(name, None, _TYPES[name]) for name in named)
    )
