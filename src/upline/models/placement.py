"""Where a customer stands in each genealogy, now and at any instant before."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, SmallInteger, text
from sqlalchemy.orm import Mapped, mapped_column

from upline.core.db import Base, RecordedIn, Small

LIVE = text("valid_to IS NULL")


class Placement(Base):
    """One stay under one parent, [valid_from, valid_to); valid_to NULL is the live row.

    genealogy_id: 1 enroller, 2 sponsor (unilevel), 3 binary. position_id (binary only): 1 left,
    2 right. A root has parent_id NULL. `depth` and `jump_id` are filled by a trigger from the
    parent's live row: jump pointers make ancestor tests O(log n) on chains of any length.
    `leg_top_id` (binary only, by a trigger too) is the member below whom the straight run of lefts
    or of rights begins on which the customer stands.
    """

    __tablename__ = "placements"

    customer_id: Mapped[int] = mapped_column(
        ForeignKey("customers.customer_id"), primary_key=True, autoincrement=False
    )
    genealogy_id: Mapped[Small] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    valid_from: Mapped[datetime] = mapped_column(primary_key=True)
    valid_to: Mapped[datetime | None]
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("customers.customer_id"))
    position_id: Mapped[int | None] = mapped_column(SmallInteger)
    depth: Mapped[int] = mapped_column(Integer)
    jump_id: Mapped[int]
    leg_top_id: Mapped[int | None]
    recorded_in: Mapped[RecordedIn]
    # The database transaction that set `valid_to`, as `recorded_in` for the row.
    closed_in: Mapped[int | None]

    __table_args__ = (
        CheckConstraint("genealogy_id BETWEEN 1 AND 3", name="genealogy_id"),
        CheckConstraint("customer_id <> parent_id", name="own_parent"),
        CheckConstraint("valid_to > valid_from", name="interval"),
        CheckConstraint(
            "(genealogy_id = 3 AND parent_id IS NOT NULL) = (position_id IS NOT NULL)",
            name="position_id",
        ),
        # Both indexes begin with the telling column: on a table without statistics the planner
        # takes any index whose first column is given, and a genealogy is most of the table.
        Index(
            "uq_placements_live",
            "customer_id",
            "genealogy_id",
            unique=True,
            postgresql_where=LIVE,
            postgresql_include=["parent_id", "depth", "jump_id"],
        ),
        Index(
            "ix_placements_children",
            "parent_id",
            "genealogy_id",
            "customer_id",
            postgresql_where=LIVE,
        ),
        Index(
            "uq_placements_binary_position",
            "parent_id",
            "position_id",
            unique=True,
            postgresql_where=text("valid_to IS NULL AND genealogy_id = 3"),
        ),
        Index(
            "ix_placements_leg",
            "leg_top_id",
            "position_id",
            "depth",
            postgresql_where=text("valid_to IS NULL AND leg_top_id IS NOT NULL"),
        ),
        Index("ix_placements_recorded_in", "recorded_in"),
        Index(
            "ix_placements_closed_in",
            "closed_in",
            postgresql_where=text("closed_in IS NOT NULL"),
        ),
    )
