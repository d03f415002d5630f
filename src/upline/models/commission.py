"""Plans in force, ranks and bonuses they define, commission runs and all they produced."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Numeric,
    Sequence,
    SmallInteger,
    String,
    Text,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from upline.core.db import Amount, Base, BigId, Currency, RecordedIn, Small

CHECK_NUMBERS = Sequence("commission_check_numbers", start=10_000_001, metadata=Base.metadata)


class PlanVersion(Base):
    """The text of a plan and the first period it governs; never changed, only superseded."""

    __tablename__ = "plan_versions"

    plan_version_id: Mapped[BigId]
    plan_key: Mapped[str] = mapped_column(String(64))
    period_type_id: Mapped[Small]
    effective_period_id: Mapped[int] = mapped_column(Integer)
    source: Mapped[str] = mapped_column(Text)
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    loaded_at: Mapped[datetime] = mapped_column(server_default=func.now())

    __table_args__ = (
        Index(
            "ix_plan_versions_in_force", "period_type_id", "effective_period_id", "plan_version_id"
        ),
    )


class Rank(Base):
    """A rank of the plan; -1 stands for inactive."""

    __tablename__ = "ranks"

    rank_id: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(String(100))
    description: Mapped[str] = mapped_column(String(500), server_default="")


class RankAchievement(Base):
    """A period in which a member qualified for a rank higher than any before.

    That the customers exist is asked once for all that are inserted, by a trigger.
    """

    __tablename__ = "rank_achievements"

    customer_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    rank_id: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    period_id: Mapped[int] = mapped_column(Integer)
    achieved_at: Mapped[datetime]


class Bonus(Base):
    """A bonus line of the plan; `code` is what the plan and the APIs call it."""

    __tablename__ = "bonuses"

    bonus_id: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    code: Mapped[str] = mapped_column(String(32), unique=True)
    name: Mapped[str] = mapped_column(String(100))


class CommissionRun(Base):
    """One execution of the plan over one period.

    kind_id: 1 preview, 2 final, 3 restatement. status_id: 1 running, 2 committed, 3 failed,
    4 superseded, 5 waiting (a final run for its approval, a restatement for its posting),
    6 rejected. At most one final run a period waits or is committed, and a committed one was
    approved by another person than started it: the database enforces both. The digests fix
    snapshot, plan and result: running again gives the same bytes.
    """

    __tablename__ = "commission_runs"

    run_id: Mapped[BigId]
    period_id: Mapped[int] = mapped_column(ForeignKey("periods.period_id"))
    kind_id: Mapped[Small]
    status_id: Mapped[Small] = mapped_column(SmallInteger, server_default="1")
    plan_version_id: Mapped[int] = mapped_column(ForeignKey("plan_versions.plan_version_id"))
    # Identifies the attempt: a run left behind by a killed process is taken over, not shared.
    attempt: Mapped[str] = mapped_column(String(36))
    stage: Mapped[str] = mapped_column(String(32), server_default="starting")
    percent: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    # Who, as the audit trail names them.
    started_by: Mapped[str] = mapped_column(String(100), server_default="system")
    approved_by: Mapped[str | None] = mapped_column(String(100))
    approved_at: Mapped[datetime | None]
    # The run that ranks and carry were brought in from.
    previous_run_id: Mapped[int | None]
    rounding_place: Mapped[str] = mapped_column(String(16))
    rounding_mode: Mapped[str] = mapped_column(String(16))
    # Ten-thousandths: 100 rounds to cents.
    rounding_unit: Mapped[int] = mapped_column(Integer, server_default="100")
    currency_code: Mapped[Currency]
    # Volumes that orders gave in their own money; the run made plan volume of them.
    exchanged_volumes: Mapped[list[str] | None] = mapped_column(ARRAY(String(16)))
    # Multihashes (1e20, BLAKE3) behind the number of the way they were made in, if they have one;
    # SHA-256 where 32 bytes are bare.
    snapshot_digest: Mapped[bytes | None] = mapped_column(LargeBinary)
    plan_digest: Mapped[bytes] = mapped_column(LargeBinary)
    result_digest: Mapped[bytes | None] = mapped_column(LargeBinary)
    # The database snapshot (pg_snapshot) the run read: what it has not seen came since.
    seen: Mapped[str | None] = mapped_column(Text)
    member_count: Mapped[int] = mapped_column(server_default="0")
    line_count: Mapped[int] = mapped_column(server_default="0")
    check_count: Mapped[int] = mapped_column(server_default="0")
    total: Mapped[Amount]
    issues: Mapped[list[dict[str, object]]] = mapped_column(JSONB, server_default="[]")
    # The plan's caps on payout, for the auditor.
    limits: Mapped[dict[str, object]] = mapped_column(JSONB, server_default="{}")
    # For each table of figures its columns and the seal of its rows, taken when they were stored.
    figures: Mapped[dict[str, dict[str, Any]] | None] = mapped_column(JSONB)
    started_at: Mapped[datetime] = mapped_column(server_default=func.now())
    finished_at: Mapped[datetime | None]
    # What `pre` grows by from one member to the next, until newcomers stand between them.
    label_gap: Mapped[int | None]
    # The instant the figures tell of: of the run itself, or of the last news folded into it.
    read_at: Mapped[datetime] = mapped_column(server_default=func.now())

    __table_args__ = (
        Index(
            "uq_commission_runs_final",
            "period_id",
            unique=True,
            postgresql_where=text("kind_id = 2 AND status_id IN (2, 5)"),
        ),
        Index(
            "uq_commission_runs_running",
            "period_id",
            unique=True,
            postgresql_where=text("status_id = 1"),
        ),
        CheckConstraint("percent BETWEEN 0 AND 100", name="percent"),
        CheckConstraint(
            "kind_id <> 2 OR status_id <> 2 OR (approved_by IS NOT NULL AND approved_at IS NOT NULL"
            " AND approved_by LIKE 'administrator:%' AND started_by LIKE 'administrator:%'"
            " AND approved_by <> started_by)",
            name="two_people",
        ),
    )


class RunCause(Base):
    """Something that became known after a period closed and that a restatement of it took in.

    kind_id: 1 a volume entry, 2 a stay in a tree begun or ended, 3 a member who was not known,
    4 an earlier period's restatement, whose ranks and carry came in, 5 anything else a run reads:
    forced ranks, rates of exchange.
    """

    __tablename__ = "run_causes"

    run_id: Mapped[int] = mapped_column(
        ForeignKey("commission_runs.run_id"), primary_key=True, autoincrement=False
    )
    cause_no: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    kind_id: Mapped[Small]
    customer_id: Mapped[int | None]
    order_id: Mapped[int | None]
    entry_id: Mapped[int | None]
    genealogy_id: Mapped[int | None] = mapped_column(SmallInteger)
    valid_from: Mapped[datetime | None]
    source_run_id: Mapped[int | None]


class CommissionAdjustment(Base):
    """A correction to pay or take in a period that is still open; append-only, names its cause.

    What a restatement posts names the run it corrects, the restated run (whose causes are its
    own) and the item of the check: kind and bonus as in CheckItem, once each; and the position,
    where it is paid to the one who owned it then.
    """

    __tablename__ = "commission_adjustments"

    adjustment_id: Mapped[BigId]
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.customer_id"))
    period_id: Mapped[int] = mapped_column(Integer)
    ledger_type_id: Mapped[Small] = mapped_column(SmallInteger, server_default="3")
    amount: Mapped[Decimal]
    description: Mapped[str] = mapped_column(String(200))
    corrects_run_id: Mapped[int | None]
    restated_run_id: Mapped[int | None]
    kind_id: Mapped[int | None] = mapped_column(SmallInteger)
    bonus_id: Mapped[int | None] = mapped_column(SmallInteger)
    position_id: Mapped[int | None] = mapped_column(ForeignKey("customers.customer_id"))
    created_by: Mapped[str] = mapped_column(String(100))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    recorded_in: Mapped[RecordedIn]

    __table_args__ = (
        CheckConstraint("amount <> 0", name="amount"),
        Index("ix_commission_adjustments_recorded_in", "recorded_in"),
        Index("ix_commission_adjustments_period_id", "period_id", "customer_id"),
        Index(
            "ix_commission_adjustments_corrects_run_id",
            "corrects_run_id",
            postgresql_where=text("corrects_run_id IS NOT NULL"),
        ),
        Index(
            "uq_commission_adjustments_restated",
            "restated_run_id",
            text("coalesce(position_id, customer_id)"),
            "kind_id",
            "bonus_id",
            unique=True,
            postgresql_where=text("restated_run_id IS NOT NULL"),
        ),
    )


class CommissionCheck(Base):
    """What one member earned in one run; partitioned by run, append-only."""

    __tablename__ = "commission_checks"

    run_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    customer_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    # Drawn for final runs only; previews carry 0.
    check_id: Mapped[int] = mapped_column(
        server_default=text("nextval('commission_check_numbers')")
    )
    total_commission: Mapped[Amount]
    adjustments: Mapped[Amount]
    donation: Mapped[Amount]
    net: Mapped[Amount]
    # How many lines stand behind it: a leader of a million has hundreds of thousands.
    line_count: Mapped[int | None] = mapped_column(Integer)
    # What is paid, where that is not in the currency of the run: `net` at the rate, rounded.
    currency_code: Mapped[str | None] = mapped_column(String(3))
    exchange_rate: Mapped[Decimal | None] = mapped_column(Numeric(13, 6))
    local_net: Mapped[Decimal | None]

    __table_args__ = (
        CheckConstraint("net = total_commission + adjustments - donation", name="net"),
        CheckConstraint(
            "num_nulls(currency_code, exchange_rate, local_net) IN (0, 3)", name="local"
        ),
        {"postgresql_partition_by": "LIST (run_id)"},
    )


class CheckItem(Base):
    """A rounded amount on a check: the figures that are paid; partitioned by run, append-only.

    kind_id: 1 bonus, 2 fee, 3 adjustment, 4 donation. Bonus items carry bonus, level, the volume
    behind them and the rate; the rest carry the ledger type.
    """

    __tablename__ = "check_items"

    run_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    item_no: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    customer_id: Mapped[int]
    kind_id: Mapped[Small]
    bonus_id: Mapped[Small]
    ledger_type_id: Mapped[Small]
    level: Mapped[Small]
    volume: Mapped[Amount]
    rate: Mapped[Decimal] = mapped_column(Numeric(13, 6), server_default="0")
    amount: Mapped[Amount]

    __table_args__ = (
        Index("ix_check_items_customer_id", "run_id", "customer_id"),
        {"postgresql_partition_by": "LIST (run_id)"},
    )


class CommissionLine(Base):
    """Why an item has its amount, source by source; partitioned by run, append-only."""

    __tablename__ = "commission_lines"

    run_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    line_no: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    customer_id: Mapped[int]
    source_id: Mapped[int]
    entry_id: Mapped[int]
    bonus_id: Mapped[Small]
    level: Mapped[Small]
    paid_level: Mapped[Small]
    base: Mapped[Amount]
    rate: Mapped[Decimal] = mapped_column(Numeric(13, 6), server_default="0")
    amount: Mapped[Amount]

    __table_args__ = (
        Index("ix_commission_lines_customer_id", "run_id", "customer_id", "bonus_id", "level"),
        {"postgresql_partition_by": "LIST (run_id)"},
    )
