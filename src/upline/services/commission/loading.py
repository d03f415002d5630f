"""From tables to arrays: what a run reads, as of the end of its period.

Every query packs its columns on the server (core/copy.py), so a million members take about as long
as PostgreSQL needs to scan them. The caller opens a REPEATABLE READ transaction: members, trees and
entries are of one instant while orders go on.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import LiteralString

from upline.core.copy import Kind, read_columns
from upline.core.together import together
from upline.engine.columns import AdjustmentColumns, EntryColumns, MemberColumns
from upline.engine.extras import ExtraColumns
from upline.services.commission.known import Connection, Known, read_instant
from upline.services.commission.member_rows import read_members
from upline.services.contest.inputs import Inputs
from upline.services.period import calendar
from upline.services.period.calendar import PeriodType
from upline.services.rollup import facts as rollup_facts
from upline.services.rollup.facts import Facts

ENTRIES = """
SELECT entry_id, customer_id, order_type_id, pv, cv, retail_margin_base
FROM volume_entries WHERE {period_column} = %(period_id)s AND {known}
"""
ADJUSTMENTS = """
SELECT adjustment_id, customer_id, ledger_type_id, amount
FROM commission_adjustments WHERE period_id = %(period_id)s AND {known}
"""


@dataclass(frozen=True, slots=True)
class Loaded:
    """The inputs of a run and the database snapshot (pg_snapshot) they were read in."""

    members: MemberColumns
    entries: EntryColumns
    adjustments: AdjustmentColumns
    seen: str
    facts: Facts
    contests: Inputs = field(default_factory=Inputs.none)
    extras: ExtraColumns = field(default_factory=ExtraColumns)


async def load(
    connection: Connection,
    beside: Connection,
    period_id: int,
    zone: str,
    previous_run: int | None,
    now: datetime,
    known: Known | None = None,
) -> Loaded:
    """Read all a run of `period_id` needs, over two connections that see the same instant;
    `previous_run` gives ranks and carry brought in, `now` tells whether autoships are still due."""
    visible = known.visible() if known else "true"
    seen: dict[str, object] = {"seen": known.seen} if known and known.seen else {}
    async with together() as group:
        people = group.create_task(
            read_members(connection, period_id, zone, previous_run, known, beside=beside)
        )
        entries = group.create_task(read_entries(beside, period_id, visible, seen))
        adjustments = group.create_task(read_adjustments(beside, period_id, visible, seen))
        instant = group.create_task(read_instant(beside))
    members, enrolled_at = people.result()
    facts = await rollup_facts.load(
        connection, period_id, zone, members.customer_id, enrolled_at, now
    )
    return Loaded(members, entries.result(), adjustments.result(), instant.result(), facts)


async def read_entries(
    connection: Connection,
    period_id: int,
    rows: LiteralString,
    parameters: Mapping[str, object],
) -> EntryColumns:
    """Entries of a period; `rows` is a condition on them, with its parameters."""
    weekly = calendar.period_type(period_id) is PeriodType.WEEK
    entries = await read_columns(
        connection,
        ENTRIES.format(period_column="week_id" if weekly else "period_id", known=rows),
        {
            "entry_id": Kind.BIGINT,
            "customer_id": Kind.BIGINT,
            "order_type_id": Kind.SMALLINT,
            "pv": Kind.NUMERIC,
            "cv": Kind.NUMERIC,
            "retail_margin_base": Kind.NUMERIC,
        },
        {"period_id": period_id, **parameters},
    )
    return EntryColumns(
        entry_id=entries["entry_id"],
        customer_id=entries["customer_id"],
        order_type=entries["order_type_id"],
        pv=entries["pv"],
        cv=entries["cv"],
        retail_margin_base=entries["retail_margin_base"],
    )


async def read_adjustments(
    connection: Connection,
    period_id: int,
    rows: LiteralString,
    parameters: Mapping[str, object],
) -> AdjustmentColumns:
    """Adjustments of a period; `rows` is a condition on them, with its parameters."""
    adjustments = await read_columns(
        connection,
        ADJUSTMENTS.format(known=rows),
        {
            "adjustment_id": Kind.BIGINT,
            "customer_id": Kind.BIGINT,
            "ledger_type_id": Kind.SMALLINT,
            "amount": Kind.NUMERIC,
        },
        {"period_id": period_id, **parameters},
    )
    return AdjustmentColumns(
        adjustment_id=adjustments["adjustment_id"],
        customer_id=adjustments["customer_id"],
        ledger_type=adjustments["ledger_type_id"],
        amount=adjustments["amount"],
    )
