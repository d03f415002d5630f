"""Earlier periods, forced ranks, further volumes and currencies, read for plans that ask for them.

Earlier periods are read as far back as the plan looks, out of the runs that this one stands on:
each run names the one before it, so a restatement stands on restated periods.
"""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from types import MappingProxyType
from typing import Any, LiteralString

import numpy as np

from upline.core.copy import Kind, read_columns
from upline.engine.earlier import SumColumns
from upline.engine.extras import (
    CurrencyColumns,
    ForcedColumns,
    HistoryColumns,
    KindColumns,
    Rates,
)
from upline.engine.plan import Plan
from upline.engine.units import RATE
from upline.services.commission.known import Connection, Known
from upline.services.commission.member_rows import Array
from upline.services.period import calendar
from upline.services.period.calendar import PeriodType

__all__ = ["load", "load_currencies", "load_kinds"]

CHAIN = """
WITH RECURSIVE chain AS (
  SELECT run_id, period_id, previous_run_id FROM commission_runs WHERE run_id = %(run_id)s
  UNION ALL
  SELECT r.run_id, r.period_id, r.previous_run_id
  FROM chain c JOIN commission_runs r ON r.run_id = c.previous_run_id
  WHERE c.period_id > %(first)s
)
SELECT run_id, period_id FROM chain WHERE period_id BETWEEN %(first)s AND %(last)s
"""
PAST = """
SELECT customer_id, rank_id, paid_rank_id, pv FROM member_periods WHERE run_id = %(run_id)s
"""
# The latest override that holds counts; one that was lifted holds until the lift's own period.
SUMMED = """
SELECT customer_id, {column} AS amount FROM member_periods WHERE run_id = %(run_id)s
"""
FORCED = """
SELECT DISTINCT ON (o.customer_id) o.customer_id, o.rank_id
FROM rank_overrides o
LEFT JOIN rank_overrides l ON l.lifts_id = o.override_id AND {lift_known}
WHERE o.lifts_id IS NULL AND {known}
  AND o.first_period_id BETWEEN %(floor)s AND %(period_id)s
  AND coalesce(o.last_period_id, %(period_id)s) >= %(period_id)s
  AND coalesce(l.first_period_id > %(period_id)s, true)
ORDER BY o.customer_id, o.override_id DESC
"""
KINDS = """
SELECT v.entry_id, (n.place - 1)::smallint AS kind, v.amount
FROM unnest(%(codes)s::text[]) WITH ORDINALITY AS n (code, place)
JOIN volume_kinds k USING (code)
JOIN entry_volumes v USING (kind_id)
JOIN volume_entries e USING (entry_id)
WHERE e.{period_column} = %(period_id)s AND {rows}
"""
RATES = """
SELECT DISTINCT ON (currency_code) currency_code,
       (rate_in * 1000000)::bigint, (rate_out * 1000000)::bigint
FROM exchange_rates x
WHERE period_id BETWEEN %(floor)s AND %(period_id)s AND {known}
ORDER BY currency_code, period_id DESC, rate_id DESC
"""
CURRENCIES = """
SELECT currency_code FROM countries
UNION SELECT currency_code FROM exchange_rates
UNION SELECT currency_code FROM customers
UNION SELECT o.currency_code FROM volume_entries e JOIN orders o USING (order_id)
      WHERE e.{period_column} = %(period_id)s
"""
# A currency that is not among the codes is put behind all there could be.
LIVING = """
SELECT customer_id AS id,
       (coalesce(array_position(%(codes)s::text[], currency_code::text), 32768) - 1)::smallint
       AS currency
FROM customers WHERE currency_code <> %(own)s AND {rows}
"""
SPENT = """
SELECT e.entry_id AS id,
       (coalesce(array_position(%(codes)s::text[], o.currency_code::text), 32768) - 1)::smallint
       AS currency
FROM volume_entries e JOIN orders o USING (order_id)
WHERE e.{period_column} = %(period_id)s AND o.currency_code <> %(own)s AND {rows}
"""

TOUCHED: LiteralString = "customer_id = ANY(%(touched)s)"
COLUMNS: dict[str, LiteralString] = {"pv": "pv", "cv": "cv", "total_pv": "total_pv", "ov": "ov"}
Parameters = dict[str, object]


async def load(
    connection: Connection,
    plan: Plan,
    period_id: int,
    previous_run: int | None,
    known: Known | None = None,
) -> dict[str, Any]:
    """Fields of the engine's `ExtraColumns`, read in the caller's transaction."""
    weekly = calendar.period_type(period_id) is PeriodType.WEEK
    parameters: Parameters = {
        "period_id": period_id,
        "floor": calendar.FIRST_WEEK if weekly else calendar.FIRST_MONTH,
    }
    if known is not None and known.seen is not None:
        parameters["seen"] = known.seen
    column: LiteralString = "week_id" if weekly else "period_id"
    extras: dict[str, Any] = {
        "periods": plan.history,
        "history": await _history(connection, period_id, plan.history, previous_run),
        "forced": await _forced(connection, parameters),
        "kinds": len(plan.volumes.kinds),
    }
    if plan.volumes.sums:
        extras["sums"] = len(plan.volumes.sums)
        extras["earlier"] = await _earlier(connection, plan, period_id, previous_run)
    if plan.volumes.kinds:
        extras["volumes"] = await load_kinds(connection, plan, period_id)
    if plan.exchange is not None:
        own = plan.exchange.currency
        blends = plan.exchange.blend is not None
        extras |= await _exchange(connection, column, parameters | {"own": own}, blends=blends)
    return extras


def _known(alias: LiteralString, parameters: Mapping[str, object]) -> LiteralString:
    """A condition on what had been recorded when the run that is being repeated read it."""
    if "seen" not in parameters:
        return "true"
    recorded: LiteralString = f"({alias}.recorded_in::text)::xid8"
    return f"pg_visible_in_snapshot({recorded}, %(seen)s::pg_snapshot)"


async def _history(
    connection: Connection, period_id: int, periods: int, previous_run: int | None
) -> HistoryColumns:
    if not periods or previous_run is None:
        return HistoryColumns()
    span = {"run_id": previous_run, "first": period_id - periods, "last": period_id - 1}
    runs = await (await connection.execute(CHAIN, span)).fetchall()
    parts: list[dict[str, Array]] = []
    for run_id, period in runs:
        rows = await read_columns(
            connection,
            PAST,
            {
                "customer_id": Kind.BIGINT,
                "rank_id": Kind.SMALLINT,
                "paid_rank_id": Kind.SMALLINT,
                "pv": Kind.NUMERIC,
            },
            {"run_id": run_id},
        )
        rows["period_id"] = np.full(len(rows["pv"]), period, np.int32)
        parts.append(rows)
    if not parts:
        return HistoryColumns()
    joined = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    return HistoryColumns(
        joined["customer_id"],
        joined["period_id"],
        joined["rank_id"],
        joined["paid_rank_id"],
        joined["pv"],
    )


async def _earlier(
    connection: Connection, plan: Plan, period_id: int, previous_run: int | None
) -> SumColumns:
    """What sums over so many periods reach back to; those over all of them are remembered."""
    longest = max(periods for *_, periods in plan.volumes.sums)
    if longest < 2 or previous_run is None:
        return SumColumns()
    span = {"run_id": previous_run, "first": period_id - longest + 1, "last": period_id - 1}
    runs = await (await connection.execute(CHAIN, span)).fetchall()
    parts = [SumColumns()]
    for place, (_, of, periods) in enumerate(plan.volumes.sums):
        for run_id, period in runs:
            if period > period_id - periods:
                rows = await read_columns(
                    connection,
                    SUMMED.format(column=COLUMNS[of]),
                    {"customer_id": Kind.BIGINT, "amount": Kind.NUMERIC},
                    {"run_id": run_id},
                )
                number = np.full(len(rows["amount"]), place, np.int16)
                parts.append(SumColumns(rows["customer_id"], number, rows["amount"]))
    return SumColumns(
        *(np.concatenate([getattr(part, one.name) for part in parts]) for one in fields(SumColumns))
    )


async def _forced(connection: Connection, parameters: Parameters) -> ForcedColumns:
    rows = await read_columns(
        connection,
        FORCED.format(known=_known("o", parameters), lift_known=_known("l", parameters)),
        {"customer_id": Kind.BIGINT, "rank_id": Kind.SMALLINT},
        parameters,
    )
    return ForcedColumns(rows["customer_id"], rows["rank_id"])


async def load_kinds(
    connection: Connection,
    plan: Plan,
    period_id: int,
    rows: LiteralString = "true",
    parameters: Mapping[str, object] = MappingProxyType({}),
) -> KindColumns:
    """Further volumes of a period's entries; `rows` is a condition on them (e), with its
    parameters."""
    weekly = calendar.period_type(period_id) is PeriodType.WEEK
    found = await read_columns(
        connection,
        KINDS.format(period_column="week_id" if weekly else "period_id", rows=rows),
        {"entry_id": Kind.BIGINT, "kind": Kind.SMALLINT, "amount": Kind.NUMERIC},
        {"period_id": period_id, "codes": list(plan.volumes.kinds), **parameters},
    )
    return KindColumns(found["entry_id"], found["kind"], found["amount"])


async def _exchange(
    connection: Connection, column: LiteralString, parameters: Parameters, *, blends: bool
) -> dict[str, Any]:
    """Who and what is not in the plan's currency, and the rates of the period; the plan's own
    stands among them where rates are blended."""
    named = await connection.execute(CURRENCIES.format(period_column=column), parameters)
    codes = sorted({code for (code,) in await named.fetchall()} - {parameters["own"]})
    found = await connection.execute(RATES.format(known=_known("x", parameters)), parameters)
    rates = {code: (into, out) for code, into, out in await found.fetchall()}
    living, spent = await _currencies(connection, column, parameters | {"codes": codes})
    if blends:
        codes.append(str(parameters["own"]))
        rates[codes[-1]] = RATE, RATE
    into, out = (np.array([rates.get(c, (0, 0))[k] for c in codes], np.int64) for k in (0, 1))
    return {
        "member_currency": living,
        "entry_currency": spent,
        "rates": Rates(tuple(codes), into, out),
    }


async def load_currencies(
    connection: Connection,
    period_id: int,
    own: str,
    codes: Sequence[str],
    rows: LiteralString,
    parameters: Mapping[str, object],
) -> tuple[CurrencyColumns, CurrencyColumns]:
    """What money some members are paid in, and some entries of a period were bought in, as places
    among the codes. rows: a condition on entries (e); members are those in the parameter
    `touched`."""
    weekly = calendar.period_type(period_id) is PeriodType.WEEK
    asked = {"period_id": period_id, "own": own, "codes": list(codes), **parameters}
    column: LiteralString = "week_id" if weekly else "period_id"
    return await _currencies(connection, column, asked, TOUCHED, rows)


async def _currencies(
    connection: Connection,
    column: LiteralString,
    parameters: Parameters,
    members: LiteralString = "true",
    rows: LiteralString = "true",
) -> tuple[CurrencyColumns, CurrencyColumns]:
    columns = {"id": Kind.BIGINT, "currency": Kind.SMALLINT}
    queries = LIVING.format(rows=members), SPENT.format(period_column=column, rows=rows)
    living, spent = [await read_columns(connection, q, columns, parameters) for q in queries]
    return (
        CurrencyColumns(living["id"], living["currency"]),
        CurrencyColumns(spent["id"], spent["currency"]),
    )
