"""Building the demo company: drawn, loaded, and its past months closed and paid one by one.

Each step commits on its own and a build that was interrupted goes on where it stopped; two notes in
the audit trail say that it was begun and that it is complete.
"""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from zoneinfo import ZoneInfo

import numpy as np
from sqlalchemy import func, select

from upline.bootstrap import Container
from upline.core.clock import FixedClock
from upline.core.context import SYSTEM, Context, ContextFactory, Principal, PrincipalKind, Scope
from upline.core.db import raw_connection
from upline.core.errors import DomainError, Kind
from upline.core.passwords import PasswordHasher
from upline.core.progress import Progress, silent
from upline.demo import catalogue
from upline.demo.autoships import draw_autoships
from upline.demo.load import load
from upline.demo.orders import Business
from upline.demo.payout_methods import fill_payout_methods
from upline.demo.population import draw_population
from upline.demo.rewards import fill_rewards
from upline.demo.timeline import build_months
from upline.demo.trees import grow
from upline.models.commission import CommissionRun
from upline.models.customer import Customer
from upline.models.operation import AuditEntry
from upline.models.order import Order
from upline.models.period import Period
from upline.models.volume import VolumeEntry
from upline.services.audit import trail
from upline.services.auth import clients, logins, staff
from upline.services.period import calendar
from upline.services.period.queries import CLOSED, OPEN, PAID
from upline.services.plan import load_builtin, versions
from upline.services.workflows import close_period, index_names, pay_period, review_period

__all__ = ["PASSWORD", "SECRET", "CompanyExists", "DemoReport", "build", "exists"]

PASSWORD = "demo-password"  # noqa: S105 - printed on every start, on purpose
SECRET = "demo-secret"  # noqa: S105 - likewise
SUBJECT, BEGUN, FINISHED = "demo", "demo.load", "demo.finish"
BACKOFFICE, FUNNEL = "demo-backoffice", "demo-funnel"
PLAN = "essential"
# Who closes and who approves.
STAFF = ("demo-office", "demo-finance")
# Payouts take two: one who prepares and one who approves.
PAYROLL = Principal(PrincipalKind.SYSTEM, client_id="demo-payroll")
TREASURY = Principal(PrincipalKind.SYSTEM, client_id="demo-treasury")
# Months are closed on the third of the next one, in the morning.
CLOSING_DELAY = timedelta(days=2, hours=9)
PAYING_HOUR = time(10)


@dataclass(frozen=True, slots=True)
class DemoReport:
    """What was built; `paid` is the commission of all past months together."""

    members: int
    orders: int
    months: int
    paid: Decimal

    def __str__(self) -> str:
        return (
            f"{self.members:,} members and {self.orders:,} orders; "
            f"{self.months} months closed and paid with {self.paid:,.2f} of commissions."
        )


class CompanyExists(DomainError):
    """A demo is only ever built into an empty database."""

    code = "company_exists"
    kind = Kind.CONFLICT
    message = "The database already holds a company."


class _Stage(Enum):
    EMPTY = "empty"
    LOADED = "loaded"  # by a build that has not finished
    COMPLETE = "complete"  # or somebody else's company altogether


async def exists(container: Container) -> bool:
    """Whether there is a company to serve; a demo whose build was interrupted is none yet."""
    return await _stage(container) is _Stage.COMPLETE


async def build(
    container: Container,
    *,
    members: int = 2000,
    months: int = 14,
    seed: int = 1,
    progress: Progress = silent,
) -> DemoReport:
    """Fill a migrated, empty database with `members` people and `months` months of trade.

    About 70 % of the people are distributors, 15 % preferred and 15 % retail customers. The same
    arguments give the same company on the same day; figures of past months never change with the
    date. All months but the running one, which gets a preview, are closed and paid. Raises
    CompanyExists for a database that holds anything but a build that was interrupted.
    """
    stage = await _stage(container)
    if stage is _Stage.COMPLETE:
        raise CompanyExists
    if stage is _Stage.EMPTY:
        await _draw_and_load(container, members, months, seed, progress)
    async with container.context(SYSTEM) as ctx:
        first = await ctx.session.scalar(select(func.min(VolumeEntry.period_id)))
    current = calendar.current_id(container.clock.now(), container.settings.company.time_zone)
    past = range(first or current, current)
    for done, period_id in enumerate(past):
        progress("Closing months", done, len(past) + 1)
        await _close_and_pay(container, period_id)
    progress("Closing months", len(past), len(past) + 1)
    await close_period.preview(container.contexts, current, SYSTEM)
    await index_names.index_closed(container.contexts, SYSTEM)
    progress("Closing months", len(past) + 1, len(past) + 1)
    async with container.context(SYSTEM) as ctx:
        await fill_rewards(ctx, container.fields, [*past, current])
        await _create_clients(ctx, container.passwords)
        await trail.record(ctx, FINISHED, SUBJECT, {})
        return await _report(ctx)


def draw(now: datetime, zone: str, members: int, months: int, seed: int) -> Business:
    """Everything that follows from the arguments alone, without a database."""
    timeline = build_months(now, zone, months)
    population = draw_population(seed, members, timeline)
    weights = np.array([market.weight for market in catalogue.load_markets()])
    grow(population, seed, weights, timeline[-1].until)
    goods = catalogue.load_catalogue()
    return Business(
        seed=seed,
        months=timeline,
        population=population,
        catalogue=goods,
        autoships=draw_autoships(seed, population, goods, timeline),
    )


async def _draw_and_load(
    container: Container, members: int, months: int, seed: int, progress: Progress
) -> None:
    """The plan, the people and all they did, in one transaction."""
    zone = container.settings.company.time_zone
    business = draw(container.clock.now(), zone, members, months, seed)
    password_hash = await container.passwords.hash(PASSWORD)
    async with container.context(SYSTEM) as ctx:
        await versions.load(ctx.session, load_builtin(PLAN).text, business.months[0].period_id)
        connection = await raw_connection(await ctx.session.connection())
        await load(connection, business, password_hash, progress)
        await trail.record(
            ctx, BEGUN, SUBJECT, {"members": members, "months": months, "seed": seed}
        )


async def _close_and_pay(container: Container, period_id: int) -> None:
    """Close and pay one month on the days the company would have; what is done stays done."""
    zone, now = container.settings.company.time_zone, container.clock.now()
    _, end = calendar.bounds(period_id, zone)
    status, _ = await _state(container, period_id)
    if status < CLOSED:
        contexts = _at(container, min(end + CLOSING_DELAY, now))
        await review_period.close_and_approve(contexts, period_id, *await _staff(container))
    status, pay_date = await _state(container, period_id)
    if status < PAID:
        pay_day = pay_date or calendar.local_date(now, zone)
        morning = datetime.combine(pay_day, PAYING_HOUR, ZoneInfo(zone)).astimezone(UTC)
        contexts = _at(container, min(morning, now))
        async with contexts.open(SYSTEM) as ctx:
            await fill_payout_methods(ctx, container.fields)
        await pay_period.pay(contexts, period_id, PAYROLL, TREASURY)


async def _stage(container: Container) -> _Stage:
    """The audit trail tells a demo under way from a company that must be left alone."""
    async with container.context(SYSTEM) as ctx:
        if await ctx.session.scalar(select(Customer.customer_id).limit(1)) is None:
            return _Stage.EMPTY
        noted = set(
            await ctx.session.scalars(
                select(AuditEntry.action).where(AuditEntry.subject == SUBJECT)
            )
        )
    return _Stage.LOADED if BEGUN in noted and FINISHED not in noted else _Stage.COMPLETE


async def _staff(container: Container) -> tuple[Principal, Principal]:
    """The two administrators of the demo; made on first use, so that a build may go on."""
    async with container.context(SYSTEM) as ctx:
        for name in STAFF:
            if await logins.find_by_name(ctx, name) is None:
                await logins.create(
                    ctx, container.passwords, PASSWORD, username=name, administrator=True
                )
        closer, approver = [await staff.get_administrator(ctx, name) for name in STAFF]
    return closer, approver


def _at(container: Container, instant: datetime) -> ContextFactory:
    """Contexts in which it is `instant`, so that history carries the dates of its day."""
    return replace(container.contexts, clock=FixedClock(instant))


async def _state(container: Container, period_id: int) -> tuple[int, date | None]:
    """Status and pay date of a month."""
    async with container.context(SYSTEM) as ctx:
        row = (
            await ctx.session.execute(
                select(Period.status_id, Period.pay_date).where(Period.period_id == period_id)
            )
        ).one_or_none()
    return (row.status_id, row.pay_date) if row else (OPEN, None)


async def _create_clients(ctx: Context, passwords: PasswordHasher) -> None:
    """The two applications of the contract; together with the last step, or not at all."""
    for client_id, name, scopes in (
        (BACKOFFICE, "Demo back office", {Scope.BACKOFFICE, Scope.ADMIN}),
        (FUNNEL, "Demo funnel", {Scope.FUNNEL}),
    ):
        await clients.create(ctx, passwords, client_id, SECRET, scopes, name=name)


async def _report(ctx: Context) -> DemoReport:
    members = await ctx.session.scalar(select(func.count()).select_from(Customer))
    orders = await ctx.session.scalar(select(func.count()).select_from(Order))
    paid = (
        await ctx.session.execute(
            select(func.count(), func.sum(CommissionRun.total))
            .join(Period, Period.run_id == CommissionRun.run_id)
            .where(Period.status_id == PAID)
        )
    ).one()
    return DemoReport(members or 0, orders or 0, *paid)
