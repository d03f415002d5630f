"""What a run says of a member and of those around him, read once and only where it is asked for.

Requirements of several ranks look at the same front line and at the same leaders below; each is one
statement here, however many ranks ask, and none reads an organization from end to end. Of a front
line of thousands the largest organizations are read first, which decide most ranks.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import accumulate, takewhile
from typing import Any

from sqlalchemy import (
    BigInteger,
    CompoundSelect,
    Integer,
    Numeric,
    Select,
    TextClause,
    bindparam,
    desc,
    literal,
    null,
    select,
    union_all,
)

from upline.core.context import Context
from upline.models.period import Period
from upline.models.volume import MemberPeriod
from upline.services.organization.blocks import typed
from upline.services.organization.trees import RUN_ID, of_run
from upline.services.plan.schema import PlanSchema
from upline.services.plan.schema_types import CUSTOMER_TYPES

NOTHING = Decimal(0)
LEFT, RIGHT = 1, 2
# How many of a front line are read before all of it: twice what an answer shows.
FIRST_READ = 100
_COLUMNS = (
    MemberPeriod.customer_id,
    MemberPeriod.customer_type_id,
    MemberPeriod.pre,
    MemberPeriod.pre_end,
    MemberPeriod.pv,
    MemberPeriod.ov,
    MemberPeriod.rank_id,
)
# Asked of the member himself alone; a front line may be thousands.
_OWN_COLUMNS = (
    MemberPeriod.cv,
    MemberPeriod.total_pv,
    MemberPeriod.left_volume,
    MemberPeriod.right_volume,
    MemberPeriod.paid_rank_id,
    MemberPeriod.max_rank_id,
    MemberPeriod.forced_rank_id,
)
_CUSTOMER_ID = bindparam("customer_id", None, BigInteger)

AnyRow = Any  # a named tuple of the driver

# From leader to leader, passing over everybody below one: as many steps as there are leaders whom
# no other leader stands above. Written out by rank, because only so an index knows the next one;
# parameters by subqueries, so that one plan serves all (`blocks.py`).
_LEADERS = """
WITH RECURSIVE led AS (
    SELECT :start - 1 AS pre, :start AS pre_end, 0::numeric AS ov
    UNION ALL
    SELECT n.pre, n.pre_end, n.ov FROM led CROSS JOIN LATERAL (
        SELECT f.* FROM unnest((SELECT :values)::integer[]) AS r (rank_id) CROSS JOIN LATERAL (
            SELECT m.pre, m.pre_end, m.ov FROM member_periods m
            WHERE m.run_id = :run_id AND m.rank_id = r.rank_id
              AND m.pre >= led.pre_end AND m.pre < (SELECT :stop)
            ORDER BY m.pre LIMIT 1
        ) AS f
        ORDER BY f.pre LIMIT 1
    ) AS n
)
SELECT pre, ov FROM led WHERE pre >= (SELECT :start) ORDER BY pre
"""
_HELD_BY = """
SELECT h.pre FROM unnest(:starts, :stops) AS h (pre, pre_end)
WHERE EXISTS (
    SELECT FROM unnest(:values) AS r (rank_id) CROSS JOIN LATERAL (
        SELECT FROM member_periods m
        WHERE m.run_id = :run_id AND m.rank_id = r.rank_id
          AND m.pre >= h.pre AND m.pre < h.pre_end
        LIMIT 1
    ) AS f
)
"""


def _leaders() -> TextClause:
    return typed(_LEADERS)


def _held_by() -> TextClause:
    return typed(_HELD_BY)


@dataclass(frozen=True, slots=True)
class Past:
    """A member in one of the periods before."""

    pv: Decimal
    rank_id: int
    paid_rank_id: int


@dataclass(frozen=True, slots=True)
class Led:
    """Organizations whose leaders no other leader stands above, in tree order, with their OV; and
    what all of them before each come to."""

    places: Sequence[int]
    before: Sequence[Decimal]

    @property
    def volume(self) -> Decimal:
        """Of all of them."""
        return self.before[-1]

    def volume_of(self, leg: AnyRow) -> Decimal:
        """Of those whose leaders head a leg or stand in it."""
        first, end = (bisect_left(self.places, place) for place in (leg.pre, leg.pre_end))
        return self.before[end] - self.before[first]


@dataclass(slots=True)
class Standing:
    """A member in a run with his front line, from the largest OV down; the rest when asked for."""

    ctx: Context
    run_id: int
    period_id: int
    plan: PlanSchema
    member: AnyRow
    _front: Sequence[AnyRow]  # all of the front line where it is no longer than FIRST_READ
    _is_whole: bool = field(init=False)
    _led: dict[str, Led] = field(default_factory=dict)
    _past: dict[int, Past] | None = None

    def __post_init__(self) -> None:
        self._is_whole = len(self._front) <= FIRST_READ

    async def list_children(self) -> Sequence[AnyRow]:
        """The whole front line."""
        if not self._is_whole:
            self._front = await of_run(_front_line, self.run_id).fetch_all(
                self.ctx.session, customer_id=self.member.customer_id
            )
            self._is_whole = True
        return self._front

    async def list_legs(self) -> Sequence[AnyRow]:
        """The front line without customers."""
        return self._without_customers(await self.list_children())

    async def list_largest_legs(self, count: int) -> Sequence[AnyRow]:
        """The first `count` of the legs."""
        legs = self._without_customers(self._front)
        return (legs if len(legs) >= count else await self.list_legs())[:count]

    async def list_legs_from(self, volume: Decimal) -> Sequence[AnyRow]:
        """The legs with at least that OV."""
        whole = self._is_whole or self._front[-1].ov < volume
        legs = self._without_customers(self._front) if whole else await self.list_legs()
        return list(takewhile(lambda leg: leg.ov >= volume, legs))

    def _without_customers(self, children: Sequence[AnyRow]) -> Sequence[AnyRow]:
        customers = {CUSTOMER_TYPES[name] for name in self.plan.volumes.customers}
        return [row for row in children if row.customer_type_id not in customers]

    def ids_from(self, key: str) -> list[int]:
        """Ids of the rank called `key` and those above it."""
        position = [rank.key for rank in self.plan.ranks].index(key)
        return [rank.id for rank in self.plan.ranks[position:]]

    async def find_led(self, key: str) -> Led:
        """The organizations that members of at least the rank called `key` lead."""
        if key not in self._led:
            leaders = await of_run(_leaders, self.run_id).fetch_all(
                self.ctx.session,
                start=self.member.pre + 1,
                stop=self.member.pre_end,
                values=self.ids_from(key),
            )
            volumes = accumulate((leader.ov for leader in leaders), initial=NOTHING)
            self._led[key] = Led([leader.pre for leader in leaders], list(volumes))
        return self._led[key]

    async def count_ranked_legs(self, key: str) -> int:
        """Front-line organizations, customers' included, with somebody of at least that rank."""
        ids, children = self.ids_from(key), await self.list_children()
        leading = sum(child.rank_id in ids for child in children)
        others = [c for c in children if c.rank_id not in ids and c.pre_end > c.pre + 1]
        held = await of_run(_held_by, self.run_id).fetch_all(
            self.ctx.session,
            starts=[child.pre + 1 for child in others],
            stops=[child.pre_end for child in others],
            values=ids,
        )
        return leading + len(held)

    async def list_enrolled(self, pv: int) -> Sequence[AnyRow]:
        """Places of the personally enrolled members with at least `pv` ten-thousandths."""
        members = tuple(CUSTOMER_TYPES[name] for name in self.plan.volumes.members)
        return await of_run(_enrolled, self.run_id, members).fetch_all(
            self.ctx.session, customer_id=self.member.customer_id, pv=Decimal(pv) / 10_000
        )

    async def count_enrolled_legs(self, pv: int, each: int) -> int:
        """Legs of the sponsor tree with at least `each` of those."""
        heads = sorted(child.pre for child in await self.list_children())
        places = [bisect_right(heads, row.pre) for row in await self.list_enrolled(pv)]
        return sum(places.count(place) >= each for place in set(places) - {0})

    async def count_enrolled_sides(self, pv: int) -> tuple[int, int]:
        """How many of those stand in the left and in the right binary leg."""
        sides = await of_run(_sides, self.run_id).fetch_all(
            self.ctx.session, customer_id=self.member.customer_id
        )
        ranges = {row.binary_position_id: (row.binary_pre, row.binary_pre_end) for row in sides}
        placed = [row.binary_pre for row in await self.list_enrolled(pv) if row.binary_pre]
        left, right = (
            sum(first <= pre < last for pre in placed)
            for first, last in (ranges.get(side, (0, 0)) for side in (LEFT, RIGHT))
        )
        return left, right

    async def list_past(self, periods: int) -> list[Past | None]:
        """The member in each of the periods before, the latest first."""
        if self._past is None or len(self._past) < periods:
            wanted = range(self.period_id - periods, self.period_id)
            query = (
                select(
                    Period.period_id,
                    MemberPeriod.pv,
                    MemberPeriod.rank_id,
                    MemberPeriod.paid_rank_id,
                )
                .join(MemberPeriod, MemberPeriod.run_id == Period.run_id)
                .where(
                    Period.period_id.in_(list(wanted)),
                    MemberPeriod.customer_id == self.member.customer_id,
                )
            )
            rows = await self.ctx.session.execute(query)
            self._past = {row[0]: Past(*row[1:]) for row in rows}
        return [self._past.get(self.period_id - back) for back in range(1, periods + 1)]


async def find_standing(
    ctx: Context, run_id: int, period_id: int, plan: PlanSchema, member_id: int
) -> Standing | None:
    """The member and his front line; None when the run does not know him."""
    rows = await of_run(_around, run_id).fetch_all(ctx.session, customer_id=member_id)
    if not rows or rows[0].customer_id != member_id:
        return None
    return Standing(ctx, run_id, period_id, plan, rows[0], rows[1:])


def _around() -> CompoundSelect[*tuple[Any, ...]]:
    """The member himself, then the first of his front line and one more."""
    columns = (*_COLUMNS, *(column.label(column.key) for column in _OWN_COLUMNS))
    own = select(*columns, literal(0, Integer).label("is_front")).where(
        MemberPeriod.run_id == RUN_ID, MemberPeriod.customer_id == _CUSTOMER_ID
    )
    first = _front_line().limit(FIRST_READ + 1).subquery()
    front = select(*first.c, *(null() for _ in _OWN_COLUMNS), literal(1, Integer))
    return union_all(own, front).order_by("is_front", desc("ov"), "customer_id")


def _front_line() -> Select[*tuple[Any, ...]]:
    """From the largest OV down."""
    return (
        select(*_COLUMNS)
        .where(MemberPeriod.run_id == RUN_ID, MemberPeriod.sponsor_id == _CUSTOMER_ID)
        .order_by(MemberPeriod.ov.desc(), MemberPeriod.customer_id)
    )


def _enrolled(members: tuple[int, ...]) -> Select[*tuple[Any, ...]]:
    return select(MemberPeriod.pre, MemberPeriod.binary_pre).where(
        MemberPeriod.run_id == RUN_ID,
        MemberPeriod.enroller_id == _CUSTOMER_ID,
        MemberPeriod.customer_type_id.in_(members),
        MemberPeriod.pv >= bindparam("pv", None, Numeric),
    )


def _sides() -> Select[*tuple[Any, ...]]:
    return select(
        MemberPeriod.binary_position_id, MemberPeriod.binary_pre, MemberPeriod.binary_pre_end
    ).where(MemberPeriod.run_id == RUN_ID, MemberPeriod.binary_parent_id == _CUSTOMER_ID)
