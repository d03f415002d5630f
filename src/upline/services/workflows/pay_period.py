"""Paying a closed period: its wallets, once, in each currency members have money in."""

from collections.abc import Collection
from dataclasses import replace
from datetime import date

from sqlalchemy import select, update

from upline.core.context import Context, ContextFactory, Principal
from upline.core.errors import DomainError, Kind
from upline.models.payout import PayoutBatch
from upline.models.period import Period
from upline.services.audit import trail
from upline.services.exchange import rates
from upline.services.payout import batches, settlement
from upline.services.payout.batches import Batch
from upline.services.payout.terms import Terms
from upline.services.payout.vocabulary import BatchStatus
from upline.services.period import calendar, commands
from upline.services.period.queries import CLOSED, PAID
from upline.services.plan import versions

UNDER_WAY = (BatchStatus.PREPARED, BatchStatus.APPROVED)
STANDING = (*UNDER_WAY, BatchStatus.SETTLED)


class PeriodNotClosed(DomainError):
    """Only final figures are paid."""

    code = "period_not_closed"
    kind = Kind.CONFLICT
    message = "The period must be closed before it is paid."


async def prepare(contexts: ContextFactory, period_id: int, actor: Principal) -> list[Batch]:
    """Freeze the payouts of a closed period, a batch for each currency that has none.

    On the period's pay date, or today if that has passed. Raises PeriodNotClosed, or AlreadyPaid
    while an earlier preparation stands.
    """
    async with contexts.open(actor) as ctx:
        return await _prepare(ctx, period_id)


async def _prepare(ctx: Context, period_id: int) -> list[Batch]:
    status, pay_date = await commands.lock(ctx, period_id)
    if status == PAID:
        raise batches.AlreadyPaid
    if status != CLOSED:
        raise PeriodNotClosed
    own = (await versions.in_force(ctx.session, period_id)).document.plan.currency
    prepared = await _list_currencies(ctx, period_id, *STANDING)
    currencies = {own, *await batches.list_currencies(ctx)} - prepared
    if not currencies:
        raise batches.AlreadyPaid
    today = calendar.local_date(ctx.now, ctx.company.time_zone)
    day = max(pay_date or today, today)
    return [
        await batches.prepare(
            ctx, currency, await get_terms(ctx, currency, period_id), day, period_id
        )
        for currency in sorted(currencies)
    ]


async def get_terms(ctx: Context, currency: str, period_id: int) -> Terms:
    """Minimum and fees of the plan in force, in another currency at the period's rate."""
    plan = (await versions.in_force(ctx.session, period_id)).document
    terms = Terms.of(plan.payout)
    if currency == plan.plan.currency:
        return terms
    found = [each.rate for each in await rates.list_rates(ctx, period_id)]
    rate = next((each.rate_out for each in found if each.currency == currency), None)
    return terms.exchanged(rate, currency)


async def get_current_terms(ctx: Context, currency: str) -> Terms:
    """The same for a payment between periods: those of the running month."""
    return await get_terms(ctx, currency, calendar.current_id(ctx.now, ctx.company.time_zone))


async def approve(contexts: ContextFactory, batch_id: int, actor: Principal) -> Batch:
    """A second person's yes; raises SamePerson."""
    async with contexts.open(actor) as ctx:
        return await batches.approve(ctx, batch_id)


async def settle(
    contexts: ContextFactory, batch_id: int, actor: Principal, happened_on: date | None = None
) -> Batch:
    """All that is pending has been paid: unless told, on its pay date, or today if that is still to
    come. A period whose batches are all settled is paid."""
    async with contexts.open(actor) as ctx:
        return await _settle(ctx, batch_id, happened_on)


async def _settle(ctx: Context, batch_id: int, happened_on: date | None = None) -> Batch:
    today = calendar.local_date(ctx.now, ctx.company.time_zone)
    day = happened_on or min((await batches.get_batch(ctx, batch_id)).pay_date, today)
    batch = await settlement.settle(ctx, batch_id, day)
    await finish_period(ctx, batch)
    return batch


async def fail(
    contexts: ContextFactory,
    batch_id: int,
    actor: Principal,
    payout_ids: Collection[int],
    reason: str,
    happened_on: date | None = None,
) -> Batch:
    """The bank refused some; a period whose last open payouts these were is paid."""
    async with contexts.open(actor) as ctx:
        day = happened_on or calendar.local_date(ctx.now, ctx.company.time_zone)
        batch = await settlement.fail(ctx, batch_id, payout_ids, day, reason)
        await finish_period(ctx, batch)
        return batch


async def take_back(
    contexts: ContextFactory,
    batch_id: int,
    actor: Principal,
    payout_ids: Collection[int],
    reason: str,
    happened_on: date | None = None,
) -> Batch:
    """Some were paid and came back, today unless told; the period stays paid."""
    async with contexts.open(actor) as ctx:
        day = happened_on or calendar.local_date(ctx.now, ctx.company.time_zone)
        return await settlement.take_back(ctx, batch_id, payout_ids, day, reason)


async def finish_period(ctx: Context, batch: Batch) -> None:
    """Mark the period of a settled batch as paid once no batch of it is under way."""
    if batch.period_id is None or batch.status is not BatchStatus.SETTLED:
        return
    if await _list_currencies(ctx, batch.period_id, *UNDER_WAY):
        return
    changed = await ctx.session.scalar(
        update(Period)
        .where(Period.period_id == batch.period_id, Period.status_id == CLOSED)
        .values(status_id=PAID, paid_at=ctx.now)
        .returning(Period.period_id)
    )
    if changed is not None:
        await trail.record(ctx, "period.pay", f"period:{changed}", {})


async def _list_currencies(ctx: Context, period_id: int, *states: BatchStatus) -> set[str]:
    """The currencies in which a period has a batch in one of these states."""
    query = select(PayoutBatch.currency_code).where(
        PayoutBatch.period_id == period_id, PayoutBatch.status_id.in_(states)
    )
    return set(await ctx.session.scalars(query))


async def pay(
    contexts: ContextFactory, period_id: int, preparer: Principal, approver: Principal
) -> list[Batch]:
    """The whole way at once, for history that is told afterwards: all of it or, if the process
    dies on the way, nothing."""
    async with contexts.open(preparer) as ctx:
        second = replace(ctx, principal=approver)
        prepared = await _prepare(ctx, period_id)
        for batch in prepared:
            await batches.approve(second, batch.payout_batch_id)
        return [await _settle(ctx, batch.payout_batch_id) for batch in prepared]
