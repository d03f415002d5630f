"""Standings of the plan's contests, as each run found them."""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import Boolean, Index, Integer, LargeBinary, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from upline.core.db import Base, Small


class ContestStanding(Base):
    """A member with points; partitioned by run, append-only.

    `ordinal` counts everybody from 0, best first; members who are equal share `position_no`.
    """

    __tablename__ = "contest_standings"

    run_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    contest_id: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    ordinal: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    customer_id: Mapped[int]
    position_no: Mapped[int] = mapped_column(Integer)
    points: Mapped[Decimal]
    last_sale_at: Mapped[datetime | None]
    is_qualified: Mapped[bool] = mapped_column(Boolean)

    __table_args__ = (
        Index(
            "uq_contest_standings_customer_id", "run_id", "contest_id", "customer_id", unique=True
        ),
        {"postgresql_partition_by": "LIST (run_id)"},
    )


class ContestEntry(Base):
    """Why a member has points; partitioned by run, append-only.

    reason_id: 1 enrolment, 2 volume, 3 rank, 4 growth, 5 earlier periods, 6 rank held, 7 coupons.
    `source_id` is the member enrolled; `quantity` the volume, the growth, the rank or the coupons
    left.
    """

    __tablename__ = "contest_entries"

    run_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    contest_id: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    customer_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    entry_no: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    reason_id: Mapped[Small]
    source_id: Mapped[int | None]
    quantity: Mapped[Decimal]
    points: Mapped[Decimal]

    __table_args__ = ({"postgresql_partition_by": "LIST (run_id)"},)


class ContestTop(Base):
    """The ten best below a node of a segment tree over the places of the sponsor tree.

    Node k of tier t covers 2**t blocks of places from block k * 2**t on; without contestants it is
    not there. Tier 0 holds an ordinal for each place of its block.
    """

    __tablename__ = "contest_tops"

    run_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    contest_id: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    tier: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    node_no: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    ordinals: Mapped[bytes] = mapped_column(LargeBinary)

    __table_args__ = ({"postgresql_partition_by": "LIST (run_id)"},)
