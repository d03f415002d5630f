"""A genealogy at one moment.

The tree of the running period is read from the placements, live; that of an earlier period as its
run found it. Both look alike from here: edges from parent to child, reached through an index.
"""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    BindParameter,
    ColumnElement,
    CompoundSelect,
    Select,
    Subquery,
    TextClause,
    bindparam,
    exists,
    select,
)
from sqlalchemy.orm import aliased

from upline.core.context import Context
from upline.core.errors import NotFound
from upline.core.prepared import Prepared, prepare
from upline.models.placement import Placement
from upline.models.volume import MemberPeriod
from upline.services.organization.visibility import Genealogy, is_upline
from upline.services.period import calendar
from upline.services.period import queries as periods

_PARENT = {
    Genealogy.ENROLLER: MemberPeriod.enroller_id,
    Genealogy.SPONSOR: MemberPeriod.sponsor_id,
    Genealogy.BINARY: MemberPeriod.binary_parent_id,
}

# The run whose figures a statement reads; it stands in the text.
RUN_ID: BindParameter[int | None] = bindparam("run_id", None, BigInteger, literal_execute=True)
NO_RUN = 0  # runs are numbered from 1
KEPT_STATEMENTS = 512


Build = Callable[..., Select[Any] | CompoundSelect[Any] | TextClause]

_CUSTOMER_ID = bindparam("customer_id", None, BigInteger)
_ANCESTOR_ID = bindparam("ancestor_id", None, BigInteger)


@dataclass(frozen=True, slots=True)
class Source:
    """Where the edges of a genealogy come from; hashable, so that statements are kept by it."""

    genealogy: Genealogy
    is_live: bool

    def edges(self) -> Subquery:
        """(customer_id, parent_id) of everybody who has a parent."""
        query: Select[int, int | None]
        if self.is_live:
            query = select(Placement.customer_id, Placement.parent_id).where(
                Placement.genealogy_id == self.genealogy, Placement.valid_to.is_(None)
            )
        else:
            parent = _PARENT[self.genealogy]
            query = select(MemberPeriod.customer_id, parent.label("parent_id")).where(
                MemberPeriod.run_id == RUN_ID
            )
        return query.subquery()

    def has_children(self, customer_id: ColumnElement[int]) -> ColumnElement[bool]:
        """Whether anybody stands directly below."""
        edges = self.edges()
        return exists().where(edges.c.parent_id == customer_id)


@dataclass(frozen=True, slots=True)
class Tree:
    """A genealogy in one period; without a run all its figures are zero."""

    source: Source
    run_id: int | None

    def statement(self, build: Build, *shape: Hashable) -> Prepared:
        """What `build` makes of a shape, for the tree's run."""
        return of_run(build, self.run_id or NO_RUN, *shape)


@lru_cache(maxsize=KEPT_STATEMENTS)
def of_run(build: Build, run_id: int, *shape: Hashable) -> Prepared:
    """A statement with RUN_ID, put together once a run and shape: that costs many times what
    PostgreSQL needs to answer it."""
    return prepare(build(*shape), **{RUN_ID.key: run_id})


async def require_below(ctx: Context, tree: Tree, ancestor_id: int, customer_id: int) -> None:
    """Raises NotFound unless the customer stood below `ancestor_id` in the tree, or is the same."""
    statement = tree.statement(_stands_below, tree.source)
    people = {"ancestor_id": ancestor_id, "customer_id": customer_id}
    if not (await statement.fetch_one(ctx.session, **people)).stands:
        raise NotFound


def _stands_below(source: Source) -> Select[bool]:
    return _stands(source.genealogy) if source.is_live else _stood(source.genealogy)


def _stands(genealogy: Genealogy) -> Select[bool]:
    is_placed = exists().where(
        Placement.customer_id == _CUSTOMER_ID,
        Placement.genealogy_id == genealogy,
        Placement.valid_to.is_(None),
    )
    return select((is_placed & is_upline(genealogy, _ANCESTOR_ID, _CUSTOMER_ID)).label("stands"))


def _stood(genealogy: Genealogy) -> Select[bool]:
    above, below = aliased(MemberPeriod), aliased(MemberPeriod)
    is_binary = genealogy is Genealogy.BINARY
    label = below.binary_pre if is_binary else below.pre
    first, last = (
        (above.binary_pre, above.binary_pre_end) if is_binary else (above.pre, above.pre_end)
    )
    return select(
        exists()
        .where(
            above.run_id == RUN_ID,
            above.customer_id == _ANCESTOR_ID,
            below.run_id == RUN_ID,
            below.customer_id == _CUSTOMER_ID,
            label >= first,
            label < last,
        )
        .correlate(None)
        .label("stands")
    )


async def get_tree(ctx: Context, genealogy: Genealogy, period_id: int = 0) -> Tree:
    """The genealogy in a period: live in the running one (0 = this month), else as it stood.

    Raises NotFound for periods outside the calendar and for those no run ever looked at (contract:
    Back Office, Organization).
    """
    number = periods.resolve(ctx, period_id)
    run_id = await periods.find_run_id(ctx.session, number)
    kind = calendar.period_type(number)
    is_live = number == calendar.current_id(ctx.now, ctx.company.time_zone, kind)
    if run_id is None and not is_live:
        raise NotFound
    return Tree(Source(genealogy, is_live), run_id)
