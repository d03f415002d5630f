"""What organizations add up to, kept by block of members in tree order, and where members stand by
name; run by run."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Integer, LargeBinary, SmallInteger, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from upline.core.db import Base


class Rollup(Base):
    """What the blocks of a run mean: how many members each kind has a block, what their keys stand
    for, and the database snapshot (pg_snapshot) they were made from."""

    __tablename__ = "rollups"

    run_id: Mapped[int] = mapped_column(
        ForeignKey("commission_runs.run_id"), primary_key=True, autoincrement=False
    )
    seen: Mapped[str] = mapped_column(Text)
    legend: Mapped[dict[str, Any]] = mapped_column(JSONB)


class RollupBlock(Base):
    """A block of members in the order of one tree; partitioned by run, append-only.

    `sums` is what stands before the block, `members` what each of its members adds: packed arrays
    that services/rollup alone reads.
    """

    __tablename__ = "rollup_blocks"

    run_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    kind_id: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    block_no: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    sums: Mapped[bytes] = mapped_column(LargeBinary)
    members: Mapped[bytes] = mapped_column(LargeBinary)

    __table_args__ = ({"postgresql_partition_by": "LIST (run_id)"},)


class LevelBlock(Base):
    """The same in the order (level, place in the sponsor tree); named by its first member's."""

    __tablename__ = "level_blocks"

    run_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    level: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    place: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    sums: Mapped[bytes] = mapped_column(LargeBinary)
    members: Mapped[bytes] = mapped_column(LargeBinary)

    __table_args__ = ({"postgresql_partition_by": "LIST (run_id)"},)


class NameBlock(Base):
    """Names of a run's members that follow each other, from `lowest` (the first of all from "") to
    the next block, and the places of all who have them.

    names: in the order of their bytes, by NUL. sizes: how often each is a first or a last name;
    sponsor_places, binary_places: whose, -1 outside of the tree; packed int32. read_at: when they
    had these names.
    """

    __tablename__ = "name_blocks"

    run_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    lowest: Mapped[str] = mapped_column(Text(collation="C"), primary_key=True)
    names: Mapped[bytes] = mapped_column(LargeBinary)
    sizes: Mapped[bytes] = mapped_column(LargeBinary)
    sponsor_places: Mapped[bytes] = mapped_column(LargeBinary)
    binary_places: Mapped[bytes] = mapped_column(LargeBinary)
    read_at: Mapped[datetime]


class LooseMember(Base):
    """Who stands elsewhere than a run found them, or came after it; written by a trigger."""

    __tablename__ = "loose_members"

    run_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    customer_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
