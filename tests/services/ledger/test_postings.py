"""What a run's checks book, entry by entry, while other runs and currencies lie about."""

from decimal import Decimal

import pytest
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError
from tests.factories.checks import BONUS, CORRECTION, DONATION, FEE, write_check
from tests.factories.family import add_family
from tests.factories.figures import NOVEMBER, OCTOBER, add_run
from tests.services.ledger.books import Entry, booked, entries, give, references

from upline.core.context import Context
from upline.models.ledger import LedgerAccount, LedgerEntry, LedgerTransaction
from upline.services.ledger import postings

SEPTEMBER = OCTOBER - 1


@pytest.fixture
async def run(ctx: Context) -> int:
    """October's. Those before and after have checks, too, in a currency of their own."""
    await add_family(ctx.session)
    before, run, after = [
        await add_run(ctx.session, month, {}) for month in (SEPTEMBER, OCTOBER, NOVEMBER)
    ]
    for other in (before, after):
        await write_check(ctx.session, other, 1, [bonus("1000")], member=1)
        await write_check(ctx.session, other, 2, [bonus("-500")], member=2, local=("GBP", "-400"))
    return run


def bonus(amount: str) -> tuple[object, ...]:
    return (BONUS, 2, 1, 1, "100", "0.1", amount)


def other(kind: int, amount: str) -> tuple[object, ...]:
    return (kind, 0, 0, 0, "0", "0", amount)


async def come_back(ctx: Context, customer_id: int, amount: str, currency: str) -> None:
    """From the bank into a wallet, whatever its owner owes."""
    cash = (await postings.open_company_accounts(ctx, currency))[postings.CASH]
    wallet = await ctx.session.scalar(
        select(LedgerAccount.account_id).where(
            LedgerAccount.customer_id == customer_id,
            LedgerAccount.code == "wallet",
            LedgerAccount.currency_code == currency,
        )
    )
    transaction = {
        "transaction_id": await postings.open_transaction(ctx, "payout", "came back"),
        "ledger_type_id": 4,
    }
    moved = Decimal(amount)
    await ctx.session.execute(
        insert(LedgerEntry),
        [
            transaction | {"account_id": wallet, "amount": moved},
            transaction | {"account_id": cash, "amount": -moved},
        ],
    )


async def posted(ctx: Context, run: int) -> list[Entry]:
    transaction_id = await postings.post_commissions(ctx, run, OCTOBER, "USD")
    assert transaction_id is not None
    return await entries(ctx, transaction_id)


async def test_each_kind_of_item_has_its_account(ctx: Context, run: int) -> None:
    first = [bonus("11.84"), bonus("4"), bonus("0"), other(FEE, "-3"), other(DONATION, "-2")]
    second = [bonus("10"), other(FEE, "-1"), other(FEE, "0"), other(CORRECTION, "20")]
    await write_check(ctx.session, run, 1, first, member=1)
    await write_check(ctx.session, run, 2, second, member=2)
    assert await posted(ctx, run) == booked(
        "1 USD 1 15.84",
        "1 USD 2 -3",
        "1 USD 6 -2",
        "2 USD 1 10",
        "2 USD 2 -1",
        "2 USD 3 20",
        "commission-expense USD 1 -25.84",
        "fee-income USD 2 4",
        "adjustments USD 3 -20",
        "donations USD 6 2",
    )


async def test_what_comes_to_nothing_is_not_booked(ctx: Context, run: int) -> None:
    """Neither 3's corrections, nor the company's part of those of 1 and 2; nines are no nothing."""
    await write_check(
        ctx.session, run, 1, [bonus("9"), other(CORRECTION, "7"), other(DONATION, "-9")], member=1
    )
    await write_check(ctx.session, run, 2, [bonus("10"), other(CORRECTION, "-7")], member=2)
    both = [other(CORRECTION, "5"), other(CORRECTION, "-5")]
    await write_check(ctx.session, run, 3, [bonus("1"), *both], member=3)
    assert await posted(ctx, run) == booked(
        "1 USD 1 9",
        "1 USD 3 7",
        "1 USD 6 -9",
        "2 USD 1 10",
        "2 USD 3 -7",
        "3 USD 1 1",
        "commission-expense USD 1 -20",
        "donations USD 6 9",
    )


async def test_only_a_check_below_nothing_is_debt(ctx: Context, run: int) -> None:
    await write_check(ctx.session, run, 1, [bonus("1"), other(FEE, "-5")], member=1)
    await write_check(ctx.session, run, 2, [bonus("3"), other(FEE, "-3")], member=2)
    await write_check(ctx.session, run, 3, [bonus("5")], member=3)
    assert await posted(ctx, run) == booked(
        "1 debt USD 1 1",
        "1 debt USD 2 -5",
        "2 USD 1 3",
        "2 USD 2 -3",
        "3 USD 1 5",
        "commission-expense USD 1 -9",
        "fee-income USD 2 8",
    )
    opened = await ctx.session.execute(
        select(LedgerAccount.customer_id, LedgerAccount.code, LedgerAccount.may_be_negative)
        .where(LedgerAccount.customer_id.is_not(None))
        .order_by(LedgerAccount.customer_id)
    )
    assert [tuple(row) for row in opened] == [
        (1, "debt", True),
        (2, "wallet", False),
        (3, "wallet", False),
    ]


async def test_local_checks_go_through_the_exchange(ctx: Context, run: int) -> None:
    """Members are paid in their currency; in the plan's the exchange account stands for them."""
    write = ctx.session, run
    await write_check(*write, 1, [bonus("10"), other(FEE, "-1")], member=1, local=("CAD", "12"))
    await write_check(*write, 2, [bonus("-2")], member=2, local=("CAD", "-3"))
    await write_check(*write, 3, [bonus("4")], member=3)
    assert await posted(ctx, run) == booked(
        "1 CAD 1 12",
        "2 debt CAD 1 -3",
        "3 USD 1 4",
        "exchange CAD 1 -9",
        "exchange USD 1 10",
        "exchange USD 1 -2",
        "exchange USD 2 -1",
        "commission-expense USD 1 -12",
        "fee-income USD 2 1",
    )
    exchanged = await ctx.session.scalars(
        select(LedgerAccount.currency_code).where(LedgerAccount.code == "exchange")
    )
    assert sorted(exchanged) == ["CAD", "USD"]


async def test_local_checks_that_are_even_or_nothing(ctx: Context, run: int) -> None:
    """Too little for a cent of 3's currency; what 1 is owed, 2 owes; nines are no nothing."""
    write = ctx.session, run
    await write_check(*write, 1, [bonus("8")], member=1, local=("CAD", "9"))
    await write_check(*write, 2, [bonus("-8")], member=2, local=("CAD", "-9"))
    await write_check(*write, 3, [bonus("0.001")], member=3, local=("EUR", "0"))
    await write_check(*write, 4, [bonus("9")], member=4, local=("JPY", "900"))
    assert await posted(ctx, run) == booked(
        "1 CAD 1 9",
        "2 debt CAD 1 -9",
        "4 JPY 1 900",
        "exchange JPY 1 -900",
        "exchange USD 1 8",
        "exchange USD 1 -8",
        "exchange USD 1 0.001",
        "exchange USD 1 9",
        "commission-expense USD 1 -9.001",
    )


async def test_earnings_settle_debts_first(ctx: Context, run: int) -> None:
    """The smaller of the two moves, in the currencies of the run, where there is any."""
    await give(ctx, 1, "-10")
    await give(ctx, 1, "7", "EUR")
    await give(ctx, 2, "-50")
    await give(ctx, 3, "6")
    await give(ctx, 4, "-5")
    await give(ctx, 6, "-8", "CAD")
    await give(ctx, 7, "-12", "CAD")
    await write_check(ctx.session, run, 1, [bonus("30")], member=1)
    await write_check(ctx.session, run, 2, [bonus("9")], member=2)
    await write_check(ctx.session, run, 3, [bonus("1")], member=3)
    await write_check(ctx.session, run, 6, [bonus("2")], member=6, local=("CAD", "3"))
    moves = [entry for entry in await posted(ctx, run) if entry[2] == 3]
    assert moves == booked(
        "1 USD 3 -10",
        "1 debt USD 3 10",
        "2 USD 3 -9",
        "2 debt USD 3 9",
        "6 CAD 3 -3",
        "6 debt CAD 3 3",
    )


async def test_a_debt_below_ten_is_settled(ctx: Context, run: int) -> None:
    await give(ctx, 1, "-4")
    await write_check(ctx.session, run, 1, [bonus("30")], member=1)
    moves = [entry for entry in await posted(ctx, run) if entry[2] == 3]
    assert moves == booked("1 USD 3 -4", "1 debt USD 3 4")


async def test_debts_in_other_currencies_are_left_alone(ctx: Context, run: int) -> None:
    """A payout in pounds came back to 2, who owes pounds; this run pays dollars only."""
    await give(ctx, 2, "-400", "GBP")
    await come_back(ctx, 2, "100", "GBP")
    await write_check(ctx.session, run, 1, [bonus("30")], member=1)
    moves = [entry for entry in await posted(ctx, run) if entry[2] == 3]
    assert moves == []


async def test_a_run_without_checks_books_nothing(ctx: Context, run: int) -> None:
    assert await postings.post_commissions(ctx, run, OCTOBER, "USD") is None
    assert await references(ctx) == []


async def test_a_period_is_booked_once(ctx: Context, run: int) -> None:
    await write_check(ctx.session, run, 1, [bonus("30")], member=1)
    await posted(ctx, run)
    with pytest.raises(IntegrityError, match=postings.AlreadyPosted.constraint):
        await posted(ctx, run)


async def test_the_company_has_each_account_once_in_each_currency(ctx: Context, run: int) -> None:
    await give(ctx, 1, "5", "USD")
    opened = {
        currency: await postings.open_company_accounts(ctx, currency)
        for currency in ("USD", "AUD", "ZAR", "USD")
    }
    rows = await ctx.session.execute(
        select(
            LedgerAccount.account_id,
            LedgerAccount.currency_code,
            LedgerAccount.code,
            LedgerAccount.may_be_negative,
        ).where(LedgerAccount.customer_id.is_(None))
    )
    there = {row.account_id: tuple(row)[1:] for row in rows}
    assert len(there) == 18
    for currency, accounts in opened.items():
        assert set(accounts) == set(postings.COMPANY_ACCOUNTS)
        for code, account_id in accounts.items():
            assert there[account_id] == (currency, code, True)


async def test_a_transaction_says_what_it_is(ctx: Context, run: int) -> None:
    number = await postings.open_transaction(ctx, "commission", "some event", OCTOBER)
    row = (
        await ctx.session.execute(
            select(
                LedgerTransaction.transaction_id,
                LedgerTransaction.kind,
                LedgerTransaction.reference,
                LedgerTransaction.period_id,
                LedgerTransaction.posted_at,
            )
        )
    ).one()
    assert tuple(row) == (number, "commission", "some event", OCTOBER, ctx.now)
