"""The lines of a statement: who was the source of which amount, explained one by one."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Integer,
    Select,
    Subquery,
    any_,
    bindparam,
    func,
    literal,
    select,
)

from upline.core.context import Context
from upline.core.paging import Page, Paged
from upline.models.commission import Bonus, CommissionLine
from upline.models.customer import Customer
from upline.models.volume import VolumeEntry
from upline.services.commission.explanations import Paid, Rounding, explain


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a statement. `volume` is what the percentage was paid on, `percentage` 8 for
    8 %, `amount` in the run's currency, exact to ten-thousandths. `order_id` is None where a line
    sums up a member's volume. `level` counts from the source up, `paid_level` without those that
    compression passed over.
    """

    line_id: int
    bonus_id: int
    bonus: str
    from_customer_id: int
    from_name: str
    order_id: int | None
    level: int
    paid_level: int
    volume: Decimal
    percentage: Decimal
    amount: Decimal
    explanation: str


async def list_lines(
    ctx: Context,
    run_id: int,
    customer_id: int,
    page: Page,
    rounding: Rounding,
    currency: str,
    counted: int | None = None,
) -> Paged[Line]:
    """A page of a member's lines in a run, by bonus, level and number.

    counted: how many there are, where the check says it; otherwise they are counted first.
    """
    total = counted
    if total is None:
        owner = {"run_id": run_id, "customer_id": customer_id}
        total = await ctx.session.scalar(_count(), owner) or 0
    if page.offset >= total:
        return Paged([], total, page)
    found = await list_slice(ctx, run_id, customer_id, page.offset, page.limit, rounding, currency)
    return Paged(found, total, page)


async def list_slice(
    ctx: Context,
    run_id: int,
    customer_id: int,
    offset: int,
    limit: int,
    rounding: Rounding,
    currency: str,
) -> list[Line]:
    """Some of a member's lines in a run, in their order; one statement."""
    bounds = {"run_id": run_id, "customer_id": customer_id, "limit": limit, "offset": offset}
    rows = await ctx.session.execute(_page(), bounds)
    return [_line(row, rounding, currency) for row in rows]


async def find_source(
    ctx: Context, run_id: int, customer_id: int, line_id: int
) -> tuple[int, int] | None:
    """Bonus and source of a member's line; None where it is not his."""
    query = select(CommissionLine.bonus_id, CommissionLine.source_id).where(
        CommissionLine.run_id == run_id,
        CommissionLine.line_no == line_id,
        CommissionLine.customer_id == customer_id,
    )
    row = (await ctx.session.execute(query)).one_or_none()
    return None if row is None else (row.bonus_id, row.source_id)


async def list_from_source(
    ctx: Context,
    run_id: int,
    source_id: int,
    payees: Sequence[int],
    levels: Sequence[int] | None,
    bonus_ids: Sequence[int],
    rounding: Rounding,
    currency: str,
) -> dict[tuple[int, int], list[Line]]:
    """What those bonuses paid of one source, by payee and bonus.

    levels: where each payee stands above the source. Without them all of a payee's lines are
    looked through.
    """
    line, bonuses = CommissionLine, literal(list(bonus_ids), ARRAY(BigInteger))
    numbers = literal(list(payees), ARRAY(BigInteger))
    heights = literal(list(levels if levels is not None else payees), ARRAY(BigInteger))
    payee = func.unnest(numbers, heights).table_valued("customer_id", "level").render_derived()
    query = _named(
        select(line)
        .join(payee, line.customer_id == payee.c.customer_id)
        .where(
            line.run_id == run_id,
            line.source_id == source_id,
            line.bonus_id == any_(bonuses),
            *([line.level == payee.c.level] if levels is not None else []),
        )
        .subquery("page")
    )
    found: dict[tuple[int, int], list[Line]] = {}
    for row in await ctx.session.execute(query):
        own = found.setdefault((row.customer_id, row.bonus_id), [])
        own.append(_line(row, rounding, currency))
    return found


def _line(row: Any, rounding: Rounding, currency: str) -> Line:
    paid = Paid(row.bonus, row.base, row.rate, row.amount, row.level, row.paid_level)
    return Line(
        line_id=row.line_no,
        bonus_id=row.bonus_id,
        bonus=row.bonus,
        from_customer_id=row.source_id,
        from_name=row.from_name,
        order_id=row.order_id,
        level=row.level,
        paid_level=row.paid_level,
        volume=row.base,
        percentage=row.rate * 100,
        amount=row.amount,
        explanation=explain(paid, rounding, currency),
    )


@cache
def _count() -> Select[int]:
    return _own_lines(select(func.count()).select_from(CommissionLine))


@cache
def _page() -> Select[*tuple[Any, ...]]:
    """The page is cut before names and orders are looked up, so that only its own are."""
    line = CommissionLine
    page = (
        _own_lines(select(line))
        .order_by(line.bonus_id, line.level, line.line_no)
        .limit(bindparam("limit", type_=Integer, literal_execute=True))
        .offset(bindparam("offset", type_=BigInteger))
        .subquery("page")
    )
    return _named(page)


def _named(page: Subquery) -> Select[*tuple[Any, ...]]:
    """Lines with the names of bonus and source, and the order behind each."""
    return (
        select(
            *page.c,
            Bonus.name.label("bonus"),
            func.concat_ws(" ", Customer.first_name, Customer.last_name).label("from_name"),
            VolumeEntry.order_id,
        )
        .join(Bonus, Bonus.bonus_id == page.c.bonus_id)
        .join(Customer, Customer.customer_id == page.c.source_id)
        .outerjoin(VolumeEntry, VolumeEntry.entry_id == page.c.entry_id)
        .order_by(page.c.bonus_id, page.c.level, page.c.line_no)
    )


def _own_lines(query: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    return query.where(
        CommissionLine.run_id == bindparam("run_id", type_=BigInteger),
        CommissionLine.customer_id == bindparam("customer_id", type_=BigInteger),
    )
