"""The lines of a statement: who was the source of which amount, explained one by one."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Integer,
    Select,
    Subquery,
    any_,
    bindparam,
    func,
    select,
)

from upline.core.context import Context
from upline.core.paging import Page, Paged
from upline.core.prepared import Prepared, prepare
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

    counted: how many there are, where the check says it; otherwise they are counted, unless the
    page shows it.
    """
    if counted is not None and page.offset >= counted:
        return Paged([], counted, page)
    found = await list_slice(ctx, run_id, customer_id, page.offset, page.limit, rounding, currency)
    if counted is None and len(found) < page.limit and (found or not page.offset):
        counted = page.offset + len(found)
    if counted is None:
        counted = (await _count(run_id).fetch_one(ctx.session, customer_id=customer_id)).lines
    return Paged(found, counted, page)


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
    rows = await _page(run_id).fetch_all(
        ctx.session, customer_id=customer_id, limit=limit, offset=offset
    )
    return [_line(row, rounding, currency) for row in rows]


async def find_source(
    ctx: Context, run_id: int, customer_id: int, line_id: int
) -> tuple[int, int] | None:
    """Bonus and source of a member's line; None where it is not his."""
    row = await _source(run_id).fetch_one(ctx.session, customer_id=customer_id, line_no=line_id)
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
    statement = _from_source(run_id) if levels is None else _from_source_at(run_id)
    placed = {} if levels is None else {"levels": list(levels)}
    rows = await statement.fetch_all(
        ctx.session,
        source_id=source_id,
        payees=list(payees),
        bonus_ids=list(bonus_ids),
        **placed,
    )
    found: dict[tuple[int, int], list[Line]] = {}
    for row in rows:
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


_RUN_ID = bindparam("run_id", None, BigInteger, literal_execute=True)
_OWN = (
    CommissionLine.run_id == _RUN_ID,
    CommissionLine.customer_id == bindparam("customer_id", None, BigInteger),
)


@lru_cache(maxsize=64)
def _count(run_id: int) -> Prepared:
    lines = select(func.count().label("lines")).select_from(CommissionLine)
    return prepare(lines.where(*_OWN), run_id=run_id)


@lru_cache(maxsize=64)
def _source(run_id: int) -> Prepared:
    line = CommissionLine
    is_meant = line.line_no == bindparam("line_no", None, BigInteger)
    return prepare(select(line.bonus_id, line.source_id).where(*_OWN, is_meant), run_id=run_id)


@lru_cache(maxsize=64)
def _page(run_id: int) -> Prepared:
    """The page is cut before names and orders are looked up, so that only its own are."""
    line = CommissionLine
    page = (
        select(line)
        .where(*_OWN)
        .order_by(line.bonus_id, line.level, line.line_no)
        .limit(bindparam("limit", None, Integer))
        .offset(bindparam("offset", None, BigInteger))
        .subquery("page")
    )
    return prepare(_named(page), run_id=run_id)


@lru_cache(maxsize=64)
def _from_source(run_id: int) -> Prepared:
    is_payee = CommissionLine.customer_id == any_(_PAYEES)
    return prepare(_named(_of_source(is_payee).subquery("page")), run_id=run_id)


@lru_cache(maxsize=64)
def _from_source_at(run_id: int) -> Prepared:
    line, levels = CommissionLine, bindparam("levels", None, ARRAY(BigInteger))
    payee = func.unnest(_PAYEES, levels).table_valued("customer_id", "level").render_derived()
    is_placed = (line.customer_id == payee.c.customer_id) & (line.level == payee.c.level)
    return prepare(_named(_of_source(is_placed).subquery("page")), run_id=run_id)


_PAYEES = bindparam("payees", None, ARRAY(BigInteger))


def _of_source(whose: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    line = CommissionLine
    return select(line).where(
        whose,
        line.run_id == _RUN_ID,
        line.source_id == bindparam("source_id", None, BigInteger),
        line.bonus_id == any_(bindparam("bonus_ids", None, ARRAY(BigInteger))),
    )


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
