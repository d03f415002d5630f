"""Batches: what is frozen, what stays on account, and that thirty at once pay a balance once."""

import asyncio
from collections.abc import Iterable
from contextlib import AsyncExitStack
from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import insert, select, text, update
from tests.factories.family import add_family
from tests.factories.figures import context_of
from tests.factories.payouts import (
    AMERICAN,
    CHECK,
    CLERK,
    FIELDS,
    GERMAN,
    PAYONEER,
    TREASURER,
    WALLET,
    add_payout_methods,
)
from tests.migrations.statements import refusal

from upline.core.clock import FixedClock
from upline.core.context import SYSTEM, Context, ContextFactory
from upline.core.db import Database
from upline.core.errors import FieldInvalid
from upline.models.customer import Customer
from upline.models.ledger import LedgerAccount, LedgerTransaction
from upline.models.payout import Payout
from upline.services.ledger import adjustments
from upline.services.payout import batches, methods, settlement
from upline.services.payout.batches import Batch, NothingToPay, SamePerson, WrongState
from upline.services.payout.methods import Wish
from upline.services.payout.terms import Terms
from upline.services.payout.vocabulary import BatchStatus, MethodType
from upline.services.verify import auditor

WAITING = text(
    "SELECT count(*) FROM pg_stat_activity"
    " WHERE datname = current_database() AND wait_event_type = 'Lock'"
)
DAY = date(2014, 11, 17)
TERMS = Terms(minimum=Decimal(25))


async def give(ctx: Context, amounts: dict[int, str], currency: str = "USD") -> None:
    """Money on account."""
    for customer_id, amount in amounts.items():
        reference = f"gift:{customer_id}:{amount}:{currency}"
        await adjustments.adjust(ctx, customer_id, Decimal(amount), currency, reference)


async def balances(ctx: Context, code: str = "wallet") -> dict[int, Decimal]:
    rows = await ctx.session.execute(
        select(LedgerAccount.customer_id, LedgerAccount.balance).where(LedgerAccount.code == code)
    )
    return {row.customer_id: row.balance for row in rows}


async def payouts(ctx: Context, batch: Batch) -> dict[int, tuple[Decimal, Decimal, str]]:
    rows = await ctx.session.execute(
        select(Payout.customer_id, Payout.amount, Payout.fee, Payout.format).where(
            Payout.payout_batch_id == batch.payout_batch_id
        )
    )
    return {row.customer_id: (row.amount, row.fee, row.format) for row in rows}


def by(ctx: Context, who: object) -> Context:
    """The same unit of work in another person's hands."""
    return Context(ctx.session, who, ctx.now, ctx.company)  # type: ignore[arg-type]


@pytest.fixture
async def family(ctx: Context) -> Context:
    await add_family(ctx.session)
    return by(ctx, CLERK)


async def test_who_is_paid_what_and_by_which_file(family: Context) -> None:
    requests = {1: AMERICAN, 2: GERMAN, 3: PAYONEER, 4: CHECK, 6: WALLET}
    for customer_id, request in requests.items():
        await add_payout_methods(family, [customer_id], request)
    await give(family, dict.fromkeys((*requests, 7), "100.0099"))
    terms = Terms(Decimal(25), Decimal(1), 0, {MethodType.CHECK: Decimal("2.5")})
    batch = await batches.prepare(family, "USD", terms, DAY)
    assert await payouts(family, batch) == {
        1: (99, 1, "nacha"),
        2: (99, 1, "transfers"),  # dollars to a German account are no SEPA transfer
        3: (99, 1, "payoneer"),
        4: (Decimal("97.5"), Decimal("2.5"), "checks"),
    }
    assert (batch.payout_count, batch.total) == (4, Decimal("394.5"))
    left = await balances(family)
    # A part of a cent stays; 6 wants to keep it all on account, 7 has not said how to be paid.
    assert left[1] == Decimal("0.0099")
    assert left[6] == left[7] == Decimal("100.0099")
    assert await auditor.verify(family.session) == []


async def test_euros_to_an_iban_go_by_sepa(family: Context) -> None:
    await add_payout_methods(family, [2], GERMAN)
    await give(family, {2: "30"}, "EUR")
    batch = await batches.prepare(family, "EUR", TERMS, DAY)
    assert await payouts(family, batch) == {2: (30, 0, "sepa")}


async def test_yen_have_no_cents(family: Context) -> None:
    await add_payout_methods(family, [2], PAYONEER)
    await give(family, {2: "3000.75"}, "JPY")
    batch = await batches.prepare(family, "JPY", TERMS, DAY)
    assert await payouts(family, batch) == {2: (3000, 0, "payoneer")}


async def test_what_stays_on_account(family: Context) -> None:
    await add_payout_methods(family, [1, 2, 3])
    await give(family, {1: "24.99", 2: "50", 3: "60"})
    await family.session.execute(
        update(Customer).where(Customer.customer_id == 2).values(status_id=3)
    )
    wish = Wish(AMERICAN, is_default=True)
    await methods.add_method(family, FIELDS, 3, wish)  # a second account is held
    with pytest.raises(NothingToPay):
        await batches.prepare(family, "USD", TERMS, DAY)
    later = Context(family.session, CLERK, family.now + methods.HOLD, family.company)
    batch = await batches.prepare(later, "USD", TERMS, DAY + methods.HOLD)
    assert set(await payouts(later, batch)) == {3}


async def test_nothing_is_paid_in_the_past(family: Context) -> None:
    await add_payout_methods(family, [1])
    await give(family, {1: "30"})
    with pytest.raises(FieldInvalid, match="2014-11-16 has passed"):
        await batches.prepare(family, "USD", TERMS, DAY - timedelta(days=1))


async def test_commissions_on_hold_wait(family: Context) -> None:
    await add_payout_methods(family, [1])
    await give(family, {1: "40"})
    await earn(family, 1, Decimal(100), days_ago=3)
    terms = Terms(Decimal(25), hold_days=7)
    first = await batches.prepare(family, "USD", terms, DAY)
    assert await payouts(family, first) == {1: (40, 0, "nacha")}
    later = Context(family.session, CLERK, family.now + timedelta(days=5), family.company)
    second = await batches.prepare(later, "USD", terms, DAY + timedelta(days=5))
    assert await payouts(later, second) == {1: (100, 0, "nacha")}


async def earn(ctx: Context, customer_id: int, amount: Decimal, days_ago: int) -> None:
    transaction_id = await ctx.session.scalar(
        insert(LedgerTransaction)
        .values(
            kind="commission",
            reference=f"commission:{days_ago}",
            posted_at=ctx.now - timedelta(days=days_ago),
        )
        .returning(LedgerTransaction.transaction_id)
    )
    await ctx.session.execute(
        text(
            "INSERT INTO ledger_entries (transaction_id, account_id, ledger_type_id, amount)"
            " SELECT :transaction, account_id, 1, CASE code WHEN 'wallet' THEN :amount"
            " ELSE -:amount END FROM ledger_accounts"
            " WHERE code = 'adjustments' OR (code = 'wallet' AND customer_id = :customer)"
        ),
        {"transaction": transaction_id, "amount": amount, "customer": customer_id},
    )


async def test_two_people_or_none(family: Context) -> None:
    batch = await _prepared(family)
    with pytest.raises(SamePerson):
        await batches.approve(family, batch.payout_batch_id)
    approved = await batches.approve(by(family, TREASURER), batch.payout_batch_id)
    assert approved.status is BatchStatus.APPROVED
    assert (approved.prepared_by, approved.approved_by) == (
        "administrator:901",
        "administrator:902",
    )
    with pytest.raises(WrongState):
        await batches.approve(by(family, SYSTEM), batch.payout_batch_id)


@pytest.mark.parametrize(
    ("statement", "rule"),
    [
        (
            "UPDATE payout_batches SET (approved_at, approved_by) = (now(), prepared_by)",
            "ck_payout_batches_two_people",
        ),
        ("UPDATE payout_batches SET status_id = 2", "ck_payout_batches_approved"),
        ("UPDATE payout_batches SET total = total + 1", "payout_batches_frozen"),
        ("UPDATE payout_batches SET status_id = 3", "payout_batches_frozen"),
        ("UPDATE payouts SET amount = amount + 1", "payouts_frozen"),
        ("UPDATE payouts SET customer_id = 7", "payouts_frozen"),
        ("DELETE FROM payouts", "append_only"),
        ("DELETE FROM payout_batches", "append_only"),
        ("UPDATE payout_method_versions SET last_four = '1111'", "append_only"),
    ],
)
async def test_the_database_holds_to_it(family: Context, statement: str, rule: str) -> None:
    await _prepared(family)
    assert await refusal(family.session, statement) == rule


async def _prepared(ctx: Context, customers: Iterable[int] = (1, 2)) -> Batch:
    await add_payout_methods(ctx, customers)
    await give(ctx, dict.fromkeys(customers, "100"))
    return await batches.prepare(ctx, "USD", TERMS, DAY)


async def test_a_changed_account_is_not_where_a_frozen_batch_pays(family: Context) -> None:
    batch = await _prepared(family, [1])
    (stored,) = await methods.list_methods(family, 1)
    changed = Wish(methods.replace(AMERICAN, account_number="99998888"))
    system = by(family, SYSTEM)
    await methods.change_method(
        system,
        FIELDS,
        None,
        1,
        stored.payout_method_id,
        changed,
        None,  # type: ignore[arg-type]
    )
    version = await family.session.scalar(
        select(Payout.version_no).where(Payout.payout_batch_id == batch.payout_batch_id)
    )
    assert version == 1
    assert [m.last_four for m in await methods.list_methods(family, 1)] == ["8888"]


async def test_thirty_batches_of_one_balance_pay_it_once(clone_url: str) -> None:
    database = Database.connect(clone_url, pool_size=30, application="upline-tests")
    contexts = await _committed(database)

    async def prepare() -> Batch:
        async with contexts.open(CLERK) as ctx:
            return await batches.prepare(ctx, "USD", TERMS, DAY)

    answers = await asyncio.gather(*(prepare() for _ in range(30)), return_exceptions=True)
    paid = [answer for answer in answers if isinstance(answer, Batch)]
    assert len(paid) == 1
    assert all(isinstance(answer, NothingToPay) for answer in answers if answer not in paid)
    async with contexts.open(SYSTEM) as ctx:
        assert (paid[0].total, await balances(ctx)) == (100, {1: Decimal(0)})
        assert await auditor.verify(ctx.session) == []
    await database.dispose()


async def test_batches_corrections_and_a_new_account_at_once(
    committed_database: Database,
) -> None:
    """Whatever the order, no cent is paid twice and no wallet goes below zero."""
    contexts = await _committed(committed_database)
    async with contexts.open(SYSTEM) as ctx:
        (stored,) = await methods.list_methods(ctx, 1)

    async def prepare() -> None:
        async with contexts.open(CLERK) as ctx:
            await batches.prepare(ctx, "USD", TERMS, DAY)

    async def correct(number: int) -> None:
        async with contexts.open(CLERK) as ctx:
            await adjustments.adjust(ctx, 1, Decimal(-30), "USD", f"correction:{number}")

    async def change() -> None:
        async with contexts.open(SYSTEM) as ctx:
            await methods.change_method(
                ctx,
                FIELDS,
                None,  # type: ignore[arg-type]
                1,
                stored.payout_method_id,
                Wish(methods.replace(AMERICAN, account_number="99998888")),
                None,
            )

    for round_ in range(5):
        answers = await asyncio.gather(
            *(prepare() for _ in range(4)),
            *(correct(round_ * 4 + n) for n in range(4)),
            change(),
            return_exceptions=True,
        )
        assert [a for a in answers if a is not None and not isinstance(a, NothingToPay)] == []
        async with contexts.open(SYSTEM) as ctx:
            wallet, debt = (await balances(ctx))[1], (await balances(ctx, "debt")).get(1, 0)
            given = Decimal(100) * (round_ + 1) - 30 * 4 * (round_ + 1)
            paid = await ctx.session.scalar(text("SELECT coalesce(sum(amount), 0) FROM payouts"))
            assert wallet >= 0 >= debt
            assert wallet + debt == given - paid
            assert await auditor.verify(ctx.session) == []
            await adjustments.adjust(ctx, 1, Decimal(100), "USD", f"again:{round_}")


async def test_a_batch_waits_for_a_correction_under_way(committed_database: Database) -> None:
    """The correction has taken the money, but not committed, when the batch looks."""
    contexts = await _committed(committed_database)
    async with AsyncExitStack() as stack:
        correcting = await stack.enter_async_context(contexts.open(CLERK))
        await adjustments.adjust(correcting, 1, Decimal(-60), "USD", "correction:1")

        async def prepare() -> Batch:
            async with contexts.open(CLERK) as ctx:
                return await batches.prepare(ctx, "USD", TERMS, DAY)

        waiting = asyncio.create_task(prepare())
        while not waiting.done() and not await _somebody_waits(contexts):
            pass
        assert not waiting.done()
    assert (await waiting).total == 40


async def _somebody_waits(contexts: ContextFactory) -> bool:
    """For a lock; asked in a transaction of its own, as one sees the same all along."""
    async with contexts.open(SYSTEM) as ctx:
        return bool(await ctx.session.scalar(WAITING))


async def _committed(database: Database) -> ContextFactory:
    async with database.session() as session:
        ctx = context_of(session)
        await add_family(session)
        await add_payout_methods(ctx, [1])
        await give(ctx, {1: "100"})
        return ContextFactory(database, FixedClock(ctx.now), ctx.company)


async def test_cancelling_gives_everything_back(family: Context) -> None:
    await add_payout_methods(family, [1])
    await give(family, {1: "100"})
    batch = await batches.prepare(family, "USD", Terms(any_fee=Decimal(1)), DAY)
    cancelled = await settlement.cancel(family, batch.payout_batch_id, DAY)
    assert cancelled.status is BatchStatus.CANCELLED
    assert await balances(family) == {1: 100}
    assert await balances(family, "payouts-in-transit") == {None: 0}
    assert await auditor.verify(family.session) == []
    assert (await batches.prepare(family, "USD", TERMS, DAY)).total == 100


async def test_listing(family: Context) -> None:
    batch = await _prepared(family)
    assert await batches.list_batches(family, 5) == [batch]
    assert await batches.list_currencies(family) == []
