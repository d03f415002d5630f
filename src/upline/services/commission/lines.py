"""The lines of a statement: who was the source of which amount, explained one by one."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Select,
    Subquery,
    bindparam,
    func,
    select,
)

from upline.core.context import Context
from upline.core.paging import Page, Paged, statement_size
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


class Wanted(NamedTuple):
    """A payee's lines of one bonus, on some of its levels. Where levels count from the source up
    one is enough; without it all the payee's lines of the bonus are looked through."""

    payee_id: int
    bonus_id: int
    lowest: int
    highest: int


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
    rows = await _page(run_id, statement_size(limit)).fetch_all(
        ctx.session, customer_id=customer_id, offset=offset
    )
    return [_line(row, rounding, currency) for row in rows[:limit]]


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
    wanted: Iterable[Wanted],
    rounding: Rounding,
    currency: str,
) -> dict[tuple[int, int], list[Line]]:
    """What one source left members, by payee and bonus; one statement."""
    columns = zip(*wanted, strict=True)
    names = ("payees", "bonus_ids", "lowest", "highest")
    rows = await _from_source(run_id).fetch_all(
        ctx.session,
        source_id=source_id,
        **{name: list(column) for name, column in zip(names, columns, strict=True)},
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


@lru_cache(maxsize=128)
def _page(run_id: int, limit: int) -> Prepared:
    """The page is cut before names and orders are looked up, so that only its own are."""
    line = CommissionLine
    page = (
        select(line)
        .where(*_OWN)
        .order_by(line.bonus_id, line.level, line.line_no)
        .limit(limit)
        .offset(select(bindparam("offset", None, BigInteger)).scalar_subquery())
        .subquery("page")
    )
    return prepare(_named(page), run_id=run_id)


@lru_cache(maxsize=64)
def _from_source(run_id: int) -> Prepared:
    """What is wanted of "source_id": one array for each field of Wanted."""
    line, names = CommissionLine, ("payees", "bonus_ids", "lowest", "highest")
    arrays = (bindparam(name, None, ARRAY(BigInteger)) for name in names)
    wanted = func.unnest(*arrays).table_valued(*names).render_derived()
    of_source = select(line).where(
        line.run_id == _RUN_ID,
        line.source_id == bindparam("source_id", None, BigInteger),
        line.customer_id == wanted.c.payees,
        line.bonus_id == wanted.c.bonus_ids,
        line.level >= wanted.c.lowest,
        line.level <= wanted.c.highest,
    )
    return prepare(_named(of_source.subquery("page")), run_id=run_id)


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
