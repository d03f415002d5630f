"""Volume: the entries orders post, and the totals a run derives from them for every member."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    Boolean,
    ColumnElement,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Numeric,
    SmallInteger,
    String,
    and_,
    case,
    cast,
    false,
    func,
    select,
    text,
)
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column

from upline.core.db import Amount, Base, BigId, RecordedIn, Small


class VolumeEntry(Base):
    """Volume credited to a member; append-only. Corrections are new rows naming what they correct.

    entry_type_id: 1 order, 2 refund, 3 adjustment. `period_id` is the month, `week_id` the week
    it counts in, and the only ones, decided once when posted: an entry for a closed period counts
    in the open one, or, where the plan restates, in the next restatement of its own (`is_late`).
    """

    __tablename__ = "volume_entries"

    entry_id: Mapped[BigId]
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.customer_id"))
    period_id: Mapped[int] = mapped_column(Integer)
    week_id: Mapped[int] = mapped_column(Integer)
    entry_type_id: Mapped[Small]
    order_type_id: Mapped[Small]
    order_id: Mapped[int | None] = mapped_column(ForeignKey("orders.order_id"))
    corrects_id: Mapped[int | None]
    occurred_at: Mapped[datetime]
    posted_at: Mapped[datetime] = mapped_column(server_default=func.now())
    pv: Mapped[Amount]
    cv: Mapped[Amount]
    retail_margin_base: Mapped[Amount]
    description: Mapped[str] = mapped_column(String(200), server_default="")
    is_late: Mapped[bool] = mapped_column(Boolean, server_default=false())
    recorded_in: Mapped[RecordedIn]

    __table_args__ = (
        Index("ix_volume_entries_late", "period_id", postgresql_where=text("is_late")),
        Index("ix_volume_entries_recorded_in", "recorded_in"),
        Index("ix_volume_entries_period_id_customer_id", "period_id", "customer_id"),
        Index("ix_volume_entries_week_id", "week_id", "customer_id"),
        Index("ix_volume_entries_order_id", "order_id"),
    )


class LegBlock(Base):
    """Figures of members who stand side by side in the binary tree, in the preview being kept up.

    Three numbers of 8 bytes a member, by `leg_place`: volume of the left leg and of the right one
    in ten-thousandths, members below. Only blocks in which something changed since the run.
    """

    __tablename__ = "leg_blocks"

    run_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    block_no: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    figures: Mapped[bytes] = mapped_column(LargeBinary)


MEMBERS_A_BLOCK = 64
LEFT_FIGURE, RIGHT_FIGURE, BELOW_FIGURE = range(3)


def stands_in_block(member: type["MemberPeriod"]) -> ColumnElement[bool]:
    """Whether a LegBlock holds the member's figures. Many members stand in no binary tree, and for
    those the blocks are not even looked at."""
    return and_(
        member.binary_pre.is_not(None),
        LegBlock.run_id == member.run_id,
        LegBlock.block_no == member.leg_place.op("/")(MEMBERS_A_BLOCK),
    )


def leg_volumes(
    member: type["MemberPeriod"],
) -> tuple[ColumnElement[Decimal], ColumnElement[Decimal]]:
    """Left and right volume for statements that outer join the block in which the member stands:
    one look at it for both."""
    left, right = (
        func.coalesce(_volume(_figure(member, figure)), found)
        for figure, found in (
            (LEFT_FIGURE, member.found_left_volume),
            (RIGHT_FIGURE, member.found_right_volume),
        )
    )
    return left, right


def _figure(member: type["MemberPeriod"], figure: int) -> ColumnElement[Any]:
    return func.leg_figure(LegBlock.figures, member.leg_place, figure)


def _kept_up(member: type["MemberPeriod"], figure: int) -> ColumnElement[Any]:
    """A figure as news left it; NULL where none changed it."""
    block = select(_figure(member, figure)).where(stands_in_block(member))
    return block.correlate(member).scalar_subquery()


def _volume(figure: ColumnElement[Any]) -> ColumnElement[Any]:
    return cast(cast(figure, Numeric) / 10_000, Numeric(19, 4))


class MemberPeriod(Base):
    """A member's place, volumes and rank in one run; partitioned by run, append-only once final.

    `pre`/`pre_end` are labels that follow the preorder of the sponsor tree: m is below a when
    a.pre < m.pre and m.pre < a.pre_end; the same for `binary_pre`/`binary_pre_end` (NULL when not
    placed there). They nest and leave room between them for newcomers, so they count nobody:
    `downline_count` does.

    What news change for everybody above in the binary tree is kept up in LegBlock, where a member
    is found by `leg_place`; the columns hold what the run itself found.
    """

    __tablename__ = "member_periods"

    run_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    customer_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    customer_type_id: Mapped[Small]
    status_id: Mapped[Small]
    sponsor_id: Mapped[int | None]
    pre: Mapped[int]
    pre_end: Mapped[int]
    downline_count: Mapped[int] = mapped_column(Integer, server_default="0")
    level: Mapped[int] = mapped_column(Integer)
    enroller_id: Mapped[int | None]
    binary_parent_id: Mapped[int | None]
    binary_position_id: Mapped[int | None] = mapped_column(SmallInteger)
    binary_pre: Mapped[int | None]
    binary_pre_end: Mapped[int | None]
    found_binary_downline_count: Mapped[int | None] = mapped_column(
        "binary_downline_count", Integer
    )
    leg_place: Mapped[int | None] = mapped_column(Integer)
    binary_level: Mapped[int | None] = mapped_column(Integer)
    # Where the roll-ups of the run find the member, whatever changed since: [place, place_end) is
    # the organization, height its levels. NULL for whoever came after the run.
    sponsor_place: Mapped[int | None] = mapped_column(Integer)
    sponsor_place_end: Mapped[int | None] = mapped_column(Integer)
    sponsor_level: Mapped[int | None] = mapped_column(Integer)
    sponsor_height: Mapped[int | None] = mapped_column(Integer)
    enroller_place: Mapped[int | None] = mapped_column(Integer)
    enroller_place_end: Mapped[int | None] = mapped_column(Integer)
    binary_place: Mapped[int | None] = mapped_column(Integer)
    binary_place_end: Mapped[int | None] = mapped_column(Integer)
    pv: Mapped[Amount]
    cv: Mapped[Amount]
    total_pv: Mapped[Amount]
    gv: Mapped[Amount]
    ov: Mapped[Amount]
    ov_less_2: Mapped[Amount]
    ov_less_3: Mapped[Amount]
    ov_less_4: Mapped[Amount]
    ov_less_5: Mapped[Amount]
    ov_less_6: Mapped[Amount]
    found_left_volume: Mapped[Amount] = mapped_column("left_volume")
    found_right_volume: Mapped[Amount] = mapped_column("right_volume")
    carry_left_in: Mapped[Amount]
    carry_right_in: Mapped[Amount]
    carry_left_out: Mapped[Amount]
    carry_right_out: Mapped[Amount]
    # Of a plan's binary bonus, NULL without one: carry in + new - paid - flushed = carry out.
    left_new: Mapped[Decimal | None]
    right_new: Mapped[Decimal | None]
    left_paid: Mapped[Decimal | None]
    right_paid: Mapped[Decimal | None]
    left_flushed: Mapped[Decimal | None]
    right_flushed: Mapped[Decimal | None]
    rank_id: Mapped[Small]
    paid_rank_id: Mapped[Small]
    max_rank_id: Mapped[Small]
    previous_rank_id: Mapped[Small]
    # -1 unless an administrator gave a rank for this period; rank_id is what was achieved.
    forced_rank_id: Mapped[Small] = mapped_column(SmallInteger, server_default="-1")
    is_active: Mapped[bool] = mapped_column(Boolean)
    is_qualified: Mapped[bool] = mapped_column(Boolean)

    @hybrid_property
    def left_volume(self) -> Decimal:
        """The period's volume of the left leg."""
        return self.found_left_volume

    @left_volume.inplace.expression
    @classmethod
    def _left_volume(cls) -> ColumnElement[Decimal]:
        return func.coalesce(_volume(_kept_up(cls, LEFT_FIGURE)), cls.found_left_volume)

    @hybrid_property
    def right_volume(self) -> Decimal:
        """The period's volume of the right leg."""
        return self.found_right_volume

    @right_volume.inplace.expression
    @classmethod
    def _right_volume(cls) -> ColumnElement[Decimal]:
        return func.coalesce(_volume(_kept_up(cls, RIGHT_FIGURE)), cls.found_right_volume)

    @hybrid_property
    def binary_downline_count(self) -> int | None:
        """How many stand below in the binary tree; None outside of it."""
        return self.found_binary_downline_count

    @binary_downline_count.inplace.expression
    @classmethod
    def _binary_downline_count(cls) -> ColumnElement[int | None]:
        kept_up = cast(_kept_up(cls, BELOW_FIGURE), Integer)
        is_placed = cls.binary_pre.is_not(None)
        return case((is_placed, func.coalesce(kept_up, cls.found_binary_downline_count)))

    __table_args__ = (
        Index("ix_member_periods_pre", "run_id", "pre"),
        Index("ix_member_periods_sponsor_id", "run_id", "sponsor_id"),
        Index(
            "ix_member_periods_enroller_id",
            "run_id",
            "enroller_id",
            "customer_type_id",
            "customer_id",
        ),
        Index("ix_member_periods_rank_id", "run_id", "rank_id", "pre"),
        Index("ix_member_periods_binary_pre", "run_id", "binary_pre"),
        Index(
            "ix_member_periods_binary_parent_id",
            "run_id",
            "binary_parent_id",
            "binary_position_id",
        ),
        {"postgresql_partition_by": "LIST (run_id)"},
    )


class DownlineCount(Base):
    """How many members of one kind stand in one block of a run's tree order.

    genealogy_id: 2 sponsor, 3 binary. facet_id says what `value` is: 0 nothing (everybody), 1 a
    rank, 2 a status, 3 a level. `block` is the label of the block's first member; it reaches to the
    next block of facet 0. Written with a run's figures and kept right by triggers afterwards.
    """

    __tablename__ = "downline_counts"

    run_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    genealogy_id: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    facet_id: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    value: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    block: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    members: Mapped[int] = mapped_column(Integer)
