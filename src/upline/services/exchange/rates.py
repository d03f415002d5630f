"""Exchange rates by period: loaded from a file, all of it or nothing, never for a closed one."""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path

from sqlalchemy import func, insert, select

from upline.core.context import Context
from upline.core.errors import DomainError, Kind
from upline.models.engine_input import ExchangeRate
from upline.models.geography import Country
from upline.models.period import Period
from upline.services.audit import trail
from upline.services.period import calendar
from upline.services.period.queries import OPEN

COLUMNS = ("currency", "period", "rate_in", "rate_out")
MOST_DECIMALS = 6
HIGHEST = Decimal(10) ** 7
LARGEST_FILE = 10_000_000


class RatesRefused(DomainError):
    """The file cannot be taken; the message says where and why."""

    code = "rates_refused"
    kind = Kind.INVALID


@dataclass(frozen=True, slots=True)
class Rate:
    """rate_in: plan volume for one unit of the currency; rate_out: units for one of plan money.

    Both hold from the period on until a later one has rates of its own.
    """

    currency: str
    period_id: int
    rate_in: Decimal
    rate_out: Decimal


@dataclass(frozen=True, slots=True)
class Recorded:
    """A rate that counts, and who loaded it."""

    rate: Rate
    created_by: str
    created_at: datetime


async def load_file(ctx: Context, path: Path) -> int:
    """Take every rate of a CSV file with the columns currency, period, rate_in, rate_out.

    A later file replaces rates of the same currency and period. Raises RatesRefused.
    """
    rates = _read(path)
    currencies = set(await ctx.session.scalars(select(Country.currency_code)))
    periods = sorted({rate.period_id for _, rate in rates})
    decided = set(
        await ctx.session.scalars(
            select(Period.period_id)
            .where(Period.period_id.in_(periods), Period.status_id != OPEN)
            .with_for_update()
        )
    )
    for line, rate in rates:
        if rate.currency not in currencies:
            raise RatesRefused(f"line {line}: currency: {rate.currency!r} is not known.")
        if rate.period_id in decided:
            raise RatesRefused(f"line {line}: period: {rate.period_id} is closed or closing.")
    await ctx.session.execute(
        insert(ExchangeRate),
        [
            {
                "currency_code": rate.currency,
                "period_id": rate.period_id,
                "rate_in": rate.rate_in,
                "rate_out": rate.rate_out,
                "created_by": trail.actor_of(ctx.principal),
            }
            for _, rate in rates
        ],
    )
    await trail.record(ctx, "exchange.load", "exchange_rates", {"rates": len(rates)})
    return len(rates)


async def list_rates(ctx: Context, period_id: int) -> Sequence[Recorded]:
    """The rates that hold in a period, by currency."""
    weekly = calendar.period_type(period_id) is calendar.PeriodType.WEEK
    newest = func.row_number().over(
        partition_by=ExchangeRate.currency_code,
        order_by=(ExchangeRate.period_id.desc(), ExchangeRate.rate_id.desc()),
    )
    numbered = (
        select(
            ExchangeRate.currency_code,
            ExchangeRate.period_id,
            ExchangeRate.rate_in,
            ExchangeRate.rate_out,
            ExchangeRate.created_by,
            ExchangeRate.created_at,
            newest.label("place"),
        )
        .where(
            ExchangeRate.period_id.between(
                calendar.FIRST_WEEK if weekly else calendar.FIRST_MONTH, period_id
            )
        )
        .subquery()
    )
    rows = await ctx.session.execute(
        select(numbered).where(numbered.c.place == 1).order_by(numbered.c.currency_code)
    )
    return [Recorded(Rate(*row[:4]), row[4], row[5]) for row in rows]


def _read(path: Path) -> list[tuple[int, Rate]]:
    """The rates of a file with the lines they stand on."""
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise RatesRefused(f"{path} is larger than {LARGEST_FILE:,} bytes.")
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise RatesRefused(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise RatesRefused(f"{path} is not UTF-8 text.") from error
    rates = list(_rows(text))
    if not rates:
        raise RatesRefused("line 2: there is no row of data.")
    seen: set[tuple[str, int]] = set()
    for line, rate in rates:
        if (rate.currency, rate.period_id) in seen:
            raise RatesRefused(f"line {line}: period: {rate.currency} has this period twice.")
        seen.add((rate.currency, rate.period_id))
    return rates


def _rows(text: str) -> Iterator[tuple[int, Rate]]:
    reader = csv.DictReader(text.splitlines())
    header = tuple(name.strip().casefold() for name in reader.fieldnames or ())
    if sorted(header) != sorted(COLUMNS):
        raise RatesRefused(f"line 1: the columns must be {', '.join(COLUMNS)}.")
    reader.fieldnames = header
    for row in reader:
        line = reader.line_num
        if None in row or None in row.values():
            raise RatesRefused(f"line {line}: the header has {len(COLUMNS)} columns.")
        cells = {name: str(row[name]).strip() for name in COLUMNS}
        period = cells["period"]
        if not (period.isascii() and period.isdigit() and calendar.exists(int(period[:9]))):
            raise RatesRefused(f"line {line}: period: {period!r} is not the number of a period.")
        yield (
            line,
            Rate(
                cells["currency"].upper(),
                int(period),
                _rate(line, "rate_in", cells["rate_in"]),
                _rate(line, "rate_out", cells["rate_out"]),
            ),
        )


def _rate(line: int, column: str, cell: str) -> Decimal:
    try:
        rate = Decimal(cell)
    except InvalidOperation:
        raise RatesRefused(f"line {line}: {column}: {cell!r} is not a number.") from None
    if not rate.is_finite() or not 0 < rate < HIGHEST:
        raise RatesRefused(f"line {line}: {column}: {cell} is not above 0 and below {HIGHEST:,}.")
    if rate != rate.quantize(Decimal(1).scaleb(-MOST_DECIMALS)):
        raise RatesRefused(f"line {line}: {column}: {cell} has more than six decimals.")
    return rate
