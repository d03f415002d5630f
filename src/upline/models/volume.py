"""Volume: the entries orders post, and the totals a run derives from them for every member."""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import Boolean, ForeignKey, Index, Integer, SmallInteger, String, func
from sqlalchemy.orm import Mapped, mapped_column

from upline.core.db import Amount, Base, BigId, RecordedIn, Small


class VolumeEntry(Base):
    """Volume credited to a member; append-only. Corrections are new rows naming what they correct.

    entry_type_id: 1 order, 2 refund, 3 adjustment. `period_id` is the month, `week_id` the week
    it counts in, decided once when posted: an entry for a closed period counts in the open one.
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
    recorded_in: Mapped[RecordedIn]

    __table_args__ = (
        Index("ix_volume_entries_recorded_in", "recorded_in", postgresql_using="brin"),
        Index("ix_volume_entries_period_id_customer_id", "period_id", "customer_id"),
        Index("ix_volume_entries_week_id", "week_id", "customer_id"),
        Index("ix_volume_entries_order_id", "order_id"),
    )


class MemberPeriod(Base):
    """A member's place, volumes and rank in one run; partitioned by run, append-only.

    `pre`/`pre_end` number the sponsor tree in preorder: m is below a when a.pre < m.pre and
    m.pre < a.pre_end; the same for `binary_pre`/`binary_pre_end` (NULL when not placed there).
    """

    __tablename__ = "member_periods"

    run_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    customer_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    customer_type_id: Mapped[Small]
    status_id: Mapped[Small]
    sponsor_id: Mapped[int | None]
    pre: Mapped[int] = mapped_column(Integer)
    pre_end: Mapped[int] = mapped_column(Integer)
    level: Mapped[int] = mapped_column(Integer)
    enroller_id: Mapped[int | None]
    binary_parent_id: Mapped[int | None]
    binary_position_id: Mapped[int | None] = mapped_column(SmallInteger)
    binary_pre: Mapped[int | None] = mapped_column(Integer)
    binary_pre_end: Mapped[int | None] = mapped_column(Integer)
    binary_level: Mapped[int | None] = mapped_column(Integer)
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
    left_volume: Mapped[Amount]
    right_volume: Mapped[Amount]
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
    is_active: Mapped[bool] = mapped_column(Boolean)
    is_qualified: Mapped[bool] = mapped_column(Boolean)

    __table_args__ = (
        Index("ix_member_periods_pre", "run_id", "pre"),
        Index("ix_member_periods_sponsor_id", "run_id", "sponsor_id"),
        Index("ix_member_periods_enroller_id", "run_id", "enroller_id"),
        {"postgresql_partition_by": "LIST (run_id)"},
    )
