"""Counting a downline, and finding a page deep inside it, without reading what stands before.

A run's members in tree order are cut into blocks, and for each block it is known how many hold
which rank, have which status or stand on which level. A list narrowed by one of these is counted by
adding up blocks; only the two at its edges are looked at member by member.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import cache
from typing import Any

from sqlalchemy import ARRAY, BigInteger, Integer, Subquery, TextClause, bindparam, column, text
from sqlalchemy.types import TypeEngine

from upline.core.context import Context
from upline.core.paging import Page
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


@dataclass(frozen=True, slots=True)
class Range:
    """Members of a run with labels in [start, stop), of whom those are wanted whose facet has one
    of `values`; of levels all between the lowest and the highest value."""

    run_id: int
    start: int
    stop: int
    top_level: int
    facet: Facet = Facet.ALL
    values: tuple[int, ...] = (0,)

    @property
    def parameters(self) -> Mapping[str, object]:
        """Values for the statements of this module."""
        return {
            "run_id": self.run_id,
            "start": self.start,
            "stop": self.stop,
            "top_level": self.top_level,
            "values": list(self.values),
            "low": min(self.values),
            "high": max(self.values),
        }


@dataclass(frozen=True, slots=True)
class Found:
    """How many are wanted in all, and where a page of them stands: from `starts` to `stops`, after
    the first `skip` of those wanted."""

    total: int
    starts: Sequence[int]
    stops: Sequence[int]
    skip: int


_WANTED = {
    Facet.ALL: "true",
    Facet.RANK: "m.rank_id = ANY(:values)",
    Facet.STATUS: "m.status_id = ANY(:values)",
    Facet.LEVEL: "m.{level} BETWEEN :low AND :high",
}
_COUNTED = {
    Facet.ALL: "c.value = 0",
    Facet.RANK: "c.value = ANY(:values)",
    Facet.STATUS: "c.value = ANY(:values)",
    Facet.LEVEL: "c.value BETWEEN :low AND :high",
}
_PARAMETER = re.compile(r"(?<!:):(\w+)")
_TYPES: Mapping[str, TypeEngine[Any]] = {
    "run_id": BigInteger(),
    "start": BigInteger(),
    "stop": BigInteger(),
    "top_level": Integer(),
    "offset": BigInteger(),
    "limit": BigInteger(),
    "skip": BigInteger(),
    "most": BigInteger(),
    "starts": ARRAY(BigInteger),
    "stops": ARRAY(BigInteger),
    "values": ARRAY(Integer),
    "low": Integer(),
    "high": Integer(),
}
_BOUNDARY = """
SELECT {edge}(b.block) FROM downline_counts b
WHERE b.run_id = :run_id AND b.genealogy_id = {genealogy} AND b.facet_id = 0 AND b.value = 0
  AND b.block"""
# A range is a piece of a block, whole blocks from `first` to `last`, and a piece of another.
_FIND = """
WITH edges AS MATERIALIZED (
    SELECT first, greatest(first, ({max_boundary} < :stop)) AS last
    FROM (SELECT least(:stop, ({min_boundary} >= :start)) AS first) AS f
), segments (start, members) AS (
    SELECT :start, count(*) FROM member_periods m
    WHERE m.run_id = :run_id AND m.{pre} >= :start AND m.{pre} < (SELECT first FROM edges)
      AND {wanted}
    UNION ALL
    SELECT c.block, sum(c.members) FROM downline_counts c
    WHERE c.run_id = :run_id AND c.genealogy_id = {genealogy} AND c.facet_id = {facet}
      AND {counted} AND c.block >= (SELECT first FROM edges)
      AND c.block < (SELECT last FROM edges)
    GROUP BY c.block
    UNION ALL
    SELECT (SELECT last FROM edges), count(*) FROM member_periods m
    WHERE m.run_id = :run_id AND m.{pre} >= (SELECT last FROM edges) AND m.{pre} < :stop
      AND {wanted}
), counted AS (
    SELECT start, members, sum(members) OVER (ORDER BY start) AS upto
    FROM segments WHERE members > 0
), shown AS (
    SELECT start, least(:stop, ({min_boundary} > start)) AS stop, upto - members AS before
    FROM counted
    WHERE upto > :offset AND upto - members < :offset + :limit
)
SELECT (SELECT coalesce(max(upto), 0) FROM counted)::bigint AS total,
       coalesce(array_agg(start ORDER BY start), '{{}}') AS starts,
       coalesce(array_agg(stop ORDER BY start), '{{}}') AS stops,
       coalesce(:offset - min(before), 0)::bigint AS skip
FROM shown
"""
_PLACES = """
SELECT m.customer_id, m.{parent} AS parent_id, m.{level} - :top_level AS level, m.{pre} AS number
FROM unnest(:starts, :stops) AS s (start, stop)
CROSS JOIN LATERAL (
    SELECT p.* FROM member_periods p
    WHERE p.run_id = :run_id AND p.{pre} >= s.start AND p.{pre} < s.stop AND {wanted}
    ORDER BY p.{pre} LIMIT :most
) AS m
ORDER BY m.{pre} LIMIT :limit OFFSET :skip
"""


async def find_page(ctx: Context, order: Order, wanted: Range, page: Page) -> Found:
    """Where a page of the range stands; one statement, whatever the size of the range."""
    parameters = {**wanted.parameters, "offset": page.offset, "limit": page.limit}
    row = (await ctx.session.execute(_find_statement(order, wanted.facet), parameters)).one()
    return Found(row.total, row.starts, row.stops, row.skip)


@cache
def _find_statement(order: Order, facet: Facet) -> TextClause:
    """The statement behind `find_page`."""
    return typed(
        _FIND.format(
            genealogy=int(order.genealogy),
            facet=int(facet),
            pre=order.pre,
            wanted=_WANTED[facet].format(level=order.level),
            counted=_COUNTED[facet],
            min_boundary=_BOUNDARY.format(edge="min", genealogy=int(order.genealogy)),
            max_boundary=_BOUNDARY.format(edge="max", genealogy=int(order.genealogy)),
        )
    )


def places(order: Order, facet: Facet) -> Subquery:
    """The members of a page that was found, as `select_nodes` wants them. Parameters: those of the
    range, "starts", "stops", "skip", "limit", and "most": their sum.

    Whoever plans this knows nothing of the length of a block; that no more than `most` are read of
    one makes the way through the index the obvious one.
    """
    wanted = _WANTED[facet].format(level=order.level)
    statement = typed(
        _PLACES.format(
            parent=order.parent,
            level=order.level,
            pre=order.pre,
            wanted=wanted.replace("m.", "p."),
        )
    )
    return statement.columns(
        column("customer_id", BigInteger),
        column("parent_id", BigInteger),
        column("level", Integer),
        column("number", BigInteger),
    ).subquery("places")


def typed(statement: str) -> TextClause:
    """The statement with the types of its parameters: arrays must be bound as such."""
    named = sorted(set(_PARAMETER.findall(statement)))
    return text(statement).bindparams(*(bindparam(name, type_=_TYPES[name]) for name in named))
