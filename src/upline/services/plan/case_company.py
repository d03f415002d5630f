"""The small companies of golden cases: what a case file says of them, and the engine's snapshot."""

from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from upline.engine import AdjustmentColumns, EntryColumns, MemberColumns, Snapshot
from upline.engine import snapshot as snapshots
from upline.engine.carry import DayColumns, PositionColumns
from upline.engine.earlier import SumColumns
from upline.engine.extras import (
    ExtraColumns,
    ForcedColumns,
    HistoryColumns,
    KindColumns,
)
from upline.engine.memory import OF_VOLUMES, MemoryColumns
from upline.engine.plan import Plan
from upline.engine.units import I16, I64
from upline.services.plan.document import PlanDocument
from upline.services.plan.schema_types import (
    CUSTOMER_TYPES,
    ORDER_TYPES,
    STATUSES,
    CustomerType,
    KindRef,
    MeasureRef,
    OrderType,
    PlanModel,
    RankRef,
    SignedAmount,
    Status,
)

__all__ = ["CaseCompany", "Id", "snapshot_of"]

Id = Annotated[int, Field(ge=1, le=2**53)]
PERIOD = 405
LATEST = 32767
SIDES = {None: 0, "left": 1, "right": 2}


class CasePast(PlanModel):
    """An earlier period of a member: the rank achieved, the one paid as if another, own PV."""

    ago: Annotated[int, Field(ge=1, le=60)]
    rank: RankRef | None = None
    paid_as: RankRef | None = None
    pv: SignedAmount = 0


class CaseMember(PlanModel):
    """Somebody; what is not given is that of a plain distributor enrolled long ago. earlier: what
    sums over several periods have had before this one."""

    id: Id
    sponsor: Id | None = None
    enroller: Id | None = None
    binary_parent: Id | None = None
    side: Literal["left", "right"] | None = None
    type: CustomerType = "distributor"
    status: Status = "active"
    enrolled: Annotated[int, Field(ge=1, le=100_000)] = 1
    best_rank: RankRef | None = None
    forced_rank: RankRef | None = None
    past: list[CasePast] = []
    carry_left: SignedAmount = 0
    carry_right: SignedAmount = 0
    owner: Id | None = None
    earlier: dict[MeasureRef, SignedAmount] = {}


class CaseOrder(PlanModel):
    """An order of the period; a returned one is negative. cv is pv unless given; volumes: further
    kinds. day: how many days after the buyer's enrolment, 1 for the day of enrolment itself; hour
    likewise, and if it is not given the first one of that day, of somebody enrolled at midnight."""

    member: Id
    pv: SignedAmount = 0
    cv: SignedAmount | None = None
    margin: SignedAmount = 0
    type: OrderType = "standard"
    volumes: dict[KindRef, SignedAmount] = {}
    day: Annotated[int, Field(ge=1, le=LATEST)] = LATEST
    hour: Annotated[int, Field(ge=1, le=LATEST)] | None = None

    @property
    def hours_after(self) -> int:
        """Full hours after enrolment."""
        return min((self.day - 1) * 24, LATEST) if self.hour is None else self.hour - 1


class CaseCompany(PlanModel):
    """Members and orders of one period."""

    period: Annotated[int, Field(ge=1, le=100_000)] = PERIOD
    members: Annotated[list[CaseMember], Field(min_length=1, max_length=1000)]
    orders: Annotated[list[CaseOrder], Field(max_length=1000)] = []


def snapshot_of(document: PlanDocument, plan: Plan, company: CaseCompany) -> Snapshot:
    """The company as the engine sees it."""
    ids = {rank.key: rank.id for rank in document.ranks} | {None: -1}
    people, orders = company.members, company.orders
    members = MemberColumns(
        customer_id=_column([m.id for m in people]),
        customer_type=_column([CUSTOMER_TYPES[m.type] for m in people]).astype(np.int8),
        status=_column([STATUSES[m.status] for m in people]).astype(np.int8),
        enrolled_period=_column([m.enrolled for m in people]).astype(np.int32),
        sponsor_id=_column([m.sponsor or 0 for m in people]),
        enroller_id=_column([m.enroller or m.sponsor or 0 for m in people]),
        binary_parent_id=_column([m.binary_parent or 0 for m in people]),
        binary_position=_column([SIDES[m.side] for m in people]).astype(np.int8),
        max_rank=_column([ids[m.best_rank] for m in people]).astype(np.int16),
        previous_rank=np.full(len(people), -1, np.int16),
        carry_left=_column([m.carry_left for m in people]),
        carry_right=_column([m.carry_right for m in people]),
    )
    entries = EntryColumns(
        entry_id=np.arange(1, len(orders) + 1),
        customer_id=_column([o.member for o in orders]),
        order_type=_column([ORDER_TYPES[o.type] for o in orders]).astype(np.int8),
        pv=_column([o.pv for o in orders]),
        cv=_column([o.pv if o.cv is None else o.cv for o in orders]),
        retail_margin_base=_column([o.margin for o in orders]),
    )
    extras = _extras(plan, company, ids)
    return snapshots.build(company.period, members, entries, AdjustmentColumns.empty(), extras)


def _extras(plan: Plan, company: CaseCompany, ids: dict[str | None, int]) -> ExtraColumns:
    """Earlier periods, forced ranks, owners and further kinds of volume."""
    past = [(m.id, one) for m in company.members for one in m.past]
    forced = [m for m in company.members if m.forced_rank is not None]
    owned = [m for m in company.members if m.owner is not None]
    places = {kind: place for place, kind in enumerate(plan.volumes.kinds)}
    volumes = [
        (number, places[kind], amount)
        for number, order in enumerate(company.orders, 1)
        for kind, amount in order.volumes.items()
        if kind in places
    ]
    sums = {name: place for place, (name, *_) in enumerate(plan.volumes.sums)}
    earlier = [
        (m.id, sums[name], amount)
        for m in company.members
        for name, amount in m.earlier.items()
        if name in sums
    ]
    by_day, by_hour = plan.by_age
    days = [order.day - 1 for order in company.orders] if by_day else []
    hours = [order.hours_after for order in company.orders] if by_hour else []
    return ExtraColumns(
        periods=plan.history,
        history=HistoryColumns(
            _column([member for member, _ in past]),
            _column([company.period - one.ago for _, one in past]).astype(np.int32),
            _column([ids[one.rank] for _, one in past]).astype(np.int16),
            _column([ids[one.paid_as or one.rank] for _, one in past]).astype(np.int16),
            _column([one.pv for _, one in past]),
        ),
        forced=ForcedColumns(
            _column([m.id for m in forced]),
            _column([ids[m.forced_rank] for m in forced]).astype(np.int16),
        ),
        kinds=len(places),
        volumes=KindColumns(
            _column([entry for entry, _, _ in volumes]),
            _column([place for _, place, _ in volumes]).astype(np.int16),
            _column([amount for *_, amount in volumes]),
        ),
        positions=PositionColumns(
            _column([m.id for m in owned]),
            _column([m.owner or 0 for m in owned]),
            np.zeros(len(owned), np.bool_),
        ),
        sums=len(sums),
        earlier=SumColumns(*_three(earlier)),
        memories=_remembered(earlier),
        ages=DayColumns(np.arange(1, len(days) + 1), _column(days).astype(np.int16)),
        hours=DayColumns(np.arange(1, len(hours) + 1), _column(hours).astype(np.int16)),
    )


def _remembered(earlier: list[tuple[int, int, int]]) -> MemoryColumns:
    """Sums over all periods, as runs keep them."""
    member, place, amount = _three(earlier)
    zero = np.zeros(len(member), np.int64)
    blank = zero.astype(np.int32)
    return MemoryColumns(
        member, np.full(len(member), OF_VOLUMES, np.int16), place, blank, blank, amount, zero
    )


def _three(rows: list[tuple[int, int, int]]) -> tuple[I64, I16, I64]:
    member, place, amount = (_column([row[k] for row in rows]) for k in range(3))
    return member, place.astype(np.int16), amount


def _column(values: list[int]) -> I64:
    return np.array(values, np.int64)
