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
_BELOW = (
    "{level} > (SELECT level FROM top)"
    " AND {level} <= (SELECT level::bigint FROM top) + (SELECT :max_level)"
)
_AMONG = "{column} = ANY((SELECT :values)::integer[])"
_IS = "{column} = (SELECT (:values)[1])"
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
_ENDS = """
WITH top AS MATERIALIZED ({top}
), edges AS MATERIALIZED (
    SELECT start, first, greatest(first, ({max_boundary} < f.stop)) AS last, stop
    FROM (
        SELECT start, stop, least(stop, ({min_boundary} >= start)) AS first FROM top
    ) AS f
), ends (start, members) AS MATERIALIZED (
    SELECT (SELECT start FROM edges), count(*)::integer FROM member_periods m
    WHERE m.run_id = :run_id AND m.{pre} >= (SELECT start FROM edges)
      AND m.{pre} < (SELECT first FROM edges) AND {wanted}
    UNION ALL
    SELECT (SELECT last FROM edges), count(*)::integer FROM member_periods m
    WHERE m.run_id = :run_id AND m.{pre} >= (SELECT last FROM edges)
      AND m.{pre} < (SELECT stop FROM edges) AND {wanted}
)
"""
_BLOCKS = """
    FROM downline_counts c
    WHERE c.run_id = :run_id AND c.genealogy_id = {genealogy} AND c.facet_id = {facet}
      AND {counted} AND c.members > 0
      AND c.block >= (SELECT first FROM edges) AND c.block < (SELECT last FROM edges)
"""
_COUNT = """
SELECT (SELECT sum(members) FROM ends) + (SELECT coalesce(sum(c.members), 0) {blocks}) AS total
"""
# Every segment has somebody, so a page is never beyond the first `offset + limit` of them. Blocks
# of one kind stand in their index in tree order: no more of them are read.
_PLACES = """
, near AS (
    SELECT start, members, sum(members) OVER (ORDER BY start ROWS UNBOUNDED PRECEDING) AS upto
    FROM (
        SELECT start, members FROM ends WHERE members > 0
        UNION ALL
        (SELECT c.block, {members} {blocks} {grouped}
        ORDER BY c.block LIMIT (SELECT :offset) + {limit})
    ) AS s
), shown AS (
    SELECT start, upto - members AS before,
           least((SELECT stop FROM edges), ({min_boundary} > near.start)) AS stop
    FROM near WHERE upto > (SELECT :offset) AND upto - members < (SELECT :offset) + {limit}
)
SELECT m.customer_id, m.{parent} AS parent_id, m.{level} - (SELECT level FROM top) AS level,
       m.{pre} AS number, ({count}) AS total
FROM shown s
CROSS JOIN LATERAL (
    SELECT m.customer_id, m.{parent}, m.{level}, m.{pre} FROM member_periods m
    WHERE m.run_id = :run_id AND m.{pre} >= s.start AND m.{pre} < s.stop AND {wanted}
    ORDER BY m.{pre} LIMIT (SELECT :offset) + {limit}
) AS m
ORDER BY m.{pre} LIMIT {limit} OFFSET (SELECT :offset) - (SELECT min(before) FROM shown)
"""


@dataclass(frozen=True, slots=True)
class Kind:
    """Whom a list holds; hashable, so that statements are kept by it. Where `is_one`, "values" has
    one value, and each block one count."""

    facet: Facet
    is_one: bool = False

    def wanted(self, level: str) -> str:
        """Whether a member `m` is one of them."""
        match self.facet:
            case Facet.ALL:
                return "true"
            case Facet.LEVEL:
                return _BELOW.format(level=f"m.{level}")
        return self._given(f"m.{self.facet.name.lower()}_id")

    @property
    def counted(self) -> str:
        """Whether a count `c` is of them."""
        match self.facet:
            case Facet.ALL:
                return "c.value = 0"
            case Facet.LEVEL:
                return _BELOW.format(level="c.value")
        return self._given("c.value")

    @property
    def members(self) -> tuple[str, str]:
        """How many a block has of them, and how its counts are brought together for that."""
        if self.is_one or self.facet is Facet.ALL:
            return "c.members", ""
        return "sum(c.members)::integer", "GROUP BY c.block"

    def _given(self, column: str) -> str:
        return (_IS if self.is_one else _AMONG).format(column=column)


def select_count(order: Order, kind: Kind, is_leg: bool) -> TextClause:
    """How many below a customer are wanted, as "total". Parameters: "customer_id", of a leg
    "position_id", and "max_level" for levels, "values" for the other facets."""
    return typed(_text(_ENDS + _COUNT, order, kind, is_leg))


def select_places(order: Order, kind: Kind, is_leg: bool, limit: int) -> Subquery:
    """A page of them, as `select_nodes` wants it. Parameters: "offset", too.

    Whoever plans this knows nothing of the length of a block; that no more than a page's end are
    read of one makes the way through the index the obvious one.
    """
    return (
        typed(_text(_ENDS + _PLACES, order, kind, is_leg, limit))
        .columns(
            column("customer_id", BigInteger),
            column("parent_id", BigInteger),
            column("level", Integer),
            column("number", BigInteger),
            column("total", BigInteger),
        )
        .subquery("places")
    )


def _text(query: str, order: Order, kind: Kind, is_leg: bool, limit: int = 0) -> str:
    names = {
        "genealogy": int(order.genealogy),
        "pre": order.pre,
        "pre_end": order.pre_end,
        "level": order.level,
        "parent": order.parent,
    }
    members, grouped = kind.members
    blocks = _BLOCKS.format(**names, facet=int(kind.facet), counted=kind.counted)
    return query.format(
        **names,
        limit=limit,
        top=(_LEG if is_leg else _DOWNLINE).format(**names),
        wanted=kind.wanted(order.level),
        members=members,
        grouped=grouped,
        blocks=blocks,
        count=_COUNT.format(blocks=blocks),
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
