"""A period's statement on paper: the figures of the statement itself, formatted and set."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

from babel.dates import format_date
from babel.numbers import get_currency_precision
from sqlalchemy import select

from upline.core.context import Context
from upline.core.db import release
from upline.core.paging import Page
from upline.core.ttl_cache import TtlCache
from upline.models.commission import CommissionRun
from upline.models.customer import Address, Customer
from upline.models.geography import Country
from upline.models.period import Period
from upline.ports.typesetting import Typesetter
from upline.services.commission import queries
from upline.services.commission.lines import Line
from upline.services.commission.queries import DetailedStatement
from upline.services.period import calendar
from upline.services.period import queries as periods

TEMPLATE = Path(__file__).with_name("statement.typ")
# More lines than anybody prints; the rest of them is one line.
MOST_LINES = 1_000
# A word that would reach into the next column may be broken, without a hyphen.
LONG_WORD, BREAKABLE = re.compile(r"\S{24}"), "\\g<0>\u200b"
KEPT, SECONDS = 100, 3_600
PLACES = {
    "line": "line by line",
    "level": "once for each level of a bonus",
    "bonus": "once for each bonus",
    "check": "once for the whole check",
}


@dataclass(frozen=True, slots=True)
class Document:
    """A PDF and the name to save it under."""

    name: str
    content: bytes


class StatementPrinter:
    """Prints statements; those of final runs, which never change, are kept for a while."""

    def __init__(self, typesetter: Typesetter) -> None:
        self._typesetter = typesetter
        self._kept: TtlCache[tuple[int, int, bytes], bytes] = TtlCache(KEPT, SECONDS)

    async def get(self, ctx: Context, customer_id: int, period_id: int) -> Document:
        """The statement of a period, 0 for the current month; raises NotFound, NoTypesetter."""
        number = periods.resolve(ctx, period_id)
        digest, place = await _find_run(ctx, number)

        async def make() -> bytes:
            data = await gather(ctx, customer_id, number, place)
            await release(ctx.session)  # others may read while this is being set
            return await self._typesetter.set(TEMPLATE, data)

        if digest is None:
            content = await make()
        else:
            content = await self._kept.get((customer_id, number, digest), make)
        return Document(f"statement-{customer_id}-{number}.pdf", content)


async def gather(
    ctx: Context, customer_id: int, period_id: int, rounding: str
) -> dict[str, object]:
    """All that stands on the paper, as text."""
    statement = await queries.get_statement(ctx, customer_id, period_id, Page(1, MOST_LINES))
    money = Money(statement.currency_code)
    return {
        "company": ctx.company.name,
        "title": f"Statement for {statement.description}",
        "dates": f"{_day(calendar.first_day(period_id))} to {_day(calendar.last_day(period_id))}",
        "currency": statement.currency_code,
        "member": await _member(ctx, customer_id),
        "facts": [
            ["Status", statement.status],
            ["Paid as", statement.paid_as_rank or "–"],
            ["Lines", f"{statement.line_count:,}"],
            ["Net", f"{money.rounded(statement.net)} {statement.currency_code}"],
        ],
        "bonuses": [[each.bonus, money.rounded(each.amount)] for each in statement.bonuses],
        "adjustments": [
            [each.description, money.rounded(each.amount)] for each in statement.adjustment_lines
        ],
        "totals": [
            ["Commission", money.rounded(statement.total), False],
            ["Fees and corrections", money.rounded(statement.adjustments), False],
            *([["Donation", money.rounded(-statement.donation), False]] * bool(statement.donation)),
            ["Net", money.rounded(statement.net), True],
            *_exchanged(statement),
        ],
        "carry": _carry(statement),
        "rounding": PLACES[rounding],
        **_table(statement.lines, money),
        "line_total": _line_total(statement, money),
    }


@dataclass(frozen=True, slots=True)
class Money:
    """Amounts of one currency as text."""

    currency: str

    def rounded(self, amount: Decimal) -> str:
        """With the decimals of the currency: amounts that are paid have no more."""
        return f"{amount:,.{get_currency_precision(self.currency)}f}"

    def exact(self, amounts: Sequence[Decimal]) -> list[str]:
        """With as many decimals as any of them has, but no fewer than the currency."""
        return _aligned(amounts, get_currency_precision(self.currency))


def _aligned(numbers: Sequence[Decimal], least: int = 0) -> list[str]:
    """All with as many decimals as one of them needs, so that they stand well in a column."""
    needed = [-int(each.normalize().as_tuple().exponent) for each in numbers]
    return [f"{each:,.{max(least, *needed)}f}" for each in numbers] if needed else []


def _exchanged(statement: DetailedStatement) -> Sequence[list[str | bool]]:
    """What came to a wallet in another currency."""
    if statement.exchange_rate is None:
        return []
    currency = statement.paid_currency_code
    paid = Money(currency).rounded(statement.paid_amount)
    return [[f"Paid at {_plain(statement.exchange_rate)}", f"{paid} {currency}", True]]


def _table(lines: Sequence[Line], money: Money) -> dict[str, object]:
    """The lines, column by column; no column for orders where none is named."""
    columns = {
        "Bonus": [line.bonus for line in lines],
        "From": [f"{_apart(line.from_name)} ({line.from_customer_id})" for line in lines],
        "Order": ["" if line.order_id is None else str(line.order_id) for line in lines],
        "Level": [_level(line) for line in lines],
        "Volume": _aligned([line.volume for line in lines]),
        "Rate": [f"{_plain(line.percentage)} %" if line.percentage else "" for line in lines],
        "Amount": money.exact([line.amount for line in lines]),
    }
    if not any(columns["Order"]):
        del columns["Order"]
    return {"columns": list(columns), "lines": list(zip(*columns.values(), strict=True))}


def _level(line: Line) -> str:
    is_moved = line.paid_level != line.level
    return f"{line.level} as {line.paid_level}" if is_moved else str(line.level)


def _apart(name: str) -> str:
    """In isolates: the number behind a name written from right to left would wander before it."""
    return f"\u2068{LONG_WORD.sub(BREAKABLE, name)}\u2069"


def _line_total(statement: DetailedStatement, money: Money) -> str:
    (shown,) = money.exact([sum((line.amount for line in statement.lines), Decimal(0))])
    text = f"{len(statement.lines):,} lines, {shown} {statement.currency_code}"
    further = statement.line_count - len(statement.lines)
    return f"{text}; {further:,} further lines are not printed" if further else text


def _carry(statement: DetailedStatement) -> Sequence[list[str]]:
    carry = statement.carry
    if not any((carry.left_in, carry.right_in, carry.left_out, carry.right_out)):
        return []
    return [
        ["Brought in", _plain(carry.left_in), _plain(carry.right_in)],
        ["Carried on", _plain(carry.left_out), _plain(carry.right_out)],
    ]


def _plain(number: Decimal) -> str:
    """Without the zeros its column stores it with."""
    return f"{number.normalize():,f}" if number else "0"


def _day(day: date) -> str:
    return format_date(day, "MMMM d, y", locale="en_US")


async def _member(ctx: Context, customer_id: int) -> Mapping[str, object]:
    query = (
        select(
            Customer.first_name,
            Customer.last_name,
            Address.address1,
            Address.address2,
            Address.city,
            Address.state_province,
            Address.postal_code,
            Country.name.label("country"),
        )
        .outerjoin(Address, Address.customer_id == Customer.customer_id)
        .outerjoin(Country, Country.country_code == Address.country_code)
        .where(Customer.customer_id == customer_id)
        .order_by(Address.is_default_billing.desc().nulls_last(), Address.address_id)
        .limit(1)
    )
    row = (await ctx.session.execute(query)).one()
    place = " ".join(filter(None, (row.city, row.state_province, row.postal_code)))
    address = filter(None, (row.address1, row.address2, place, row.country))
    return {
        "number": str(customer_id),
        "name": f"{row.first_name} {row.last_name}".strip(),
        "address": list(address),
    }


async def _find_run(ctx: Context, period_id: int) -> tuple[bytes | None, str]:
    """The digest of a period's final run with its status, and where money is rounded."""
    query = (
        select(
            Period.status_id,
            CommissionRun.run_id,
            CommissionRun.result_digest,
            CommissionRun.rounding_place,
        )
        .join(CommissionRun, CommissionRun.run_id == Period.run_id)
        .where(Period.period_id == period_id)
    )
    row = (await ctx.session.execute(query)).one_or_none()
    if row is None:
        return None, "level"
    if row.status_id < periods.CLOSED or row.result_digest is None:
        return None, row.rounding_place
    return bytes((row.status_id,)) + row.result_digest, row.rounding_place
