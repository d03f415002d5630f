"""Rows of tests to the columns that only some plans ask for; see `oracle_ranks` for their form."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from tests.engine.company import units

from upline.engine.carry import DayColumns, PositionColumns
from upline.engine.earlier import SumColumns
from upline.engine.extras import (
    CurrencyColumns,
    ExtraColumns,
    ForcedColumns,
    HistoryColumns,
    KindColumns,
    Rates,
)
from upline.engine.plan import Plan

__all__ = ["extras_of"]

Rows = Iterable[Mapping[str, Any]]


def extras_of(
    plan: Plan,
    members: Rows,
    orders: Rows,
    rates: Mapping[str, tuple[str, str]] | None = None,
) -> ExtraColumns:
    """What the plan reads; rates: currency -> (into plan volume, out of plan money)."""
    members, orders, rates = list(members), list(orders), dict(rates or {})
    past = [
        (row["customer_id"], period, was)
        for row in members
        for period, was in row.get("history", {}).items()
    ]
    forced = [row for row in members if "forced_rank" in row]
    owned = [row for row in members if "owner" in row]
    kinds = [
        (order["order_id"], place, units(order[kind]))
        for order in orders
        for place, kind in enumerate(plan.volumes.kinds)
        if kind in order
    ]
    sums = {name: place for place, (name, *_) in enumerate(plan.volumes.sums)}
    earlier = [
        (row["customer_id"], sums[name], units(amount))
        for row in members
        for name, amount in row.get("earlier", {}).items()
    ]
    living = [row for row in members if row.get("currency")]
    spent = [row for row in orders if row.get("currency")]
    codes = sorted({row["currency"] for row in (*living, *spent)} | set(rates))
    if plan.exchange is not None and plan.exchange.blend is not None:
        codes.append(plan.exchange.currency)
        rates[codes[-1]] = ("1", "1")
    into, out = (
        [_millionths(rates.get(code, ("0", "0"))[side]) for code in codes] for side in (0, 1)
    )
    return ExtraColumns(
        periods=plan.history,
        history=HistoryColumns(
            [member for member, _, _ in past],
            [period for _, period, _ in past],
            [was.get("rank", -1) for *_, was in past],
            [was.get("paid_rank", -1) for *_, was in past],
            [units(was.get("pv", 0)) for *_, was in past],
        ),
        forced=ForcedColumns(
            [row["customer_id"] for row in forced], [row["forced_rank"] for row in forced]
        ),
        kinds=len(plan.volumes.kinds),
        volumes=KindColumns(*([row[side] for row in kinds] for side in range(3))),
        member_currency=CurrencyColumns(
            [row["customer_id"] for row in living], [codes.index(r["currency"]) for r in living]
        ),
        entry_currency=CurrencyColumns(
            [row["order_id"] for row in spent], [codes.index(row["currency"]) for row in spent]
        ),
        rates=Rates(tuple(codes), into, out),
        positions=PositionColumns(
            [row["customer_id"] for row in owned],
            [row["owner"] for row in owned],
            [False] * len(owned),
        ),
        sums=len(sums),
        earlier=SumColumns(*([row[side] for row in earlier] for side in range(3))),
        ages=DayColumns(
            [order["order_id"] for order in orders], [order.get("age", 9999) for order in orders]
        )
        if plan.by_age[0]
        else DayColumns(),
        hours=DayColumns(
            [order["order_id"] for order in orders],
            [min(order.get("hours", order.get("age", 9999) * 24), 32767) for order in orders],
        )
        if plan.by_age[1]
        else DayColumns(),
    )


def _millionths(rate: str) -> int:
    return int(Decimal(rate) * 1_000_000)
