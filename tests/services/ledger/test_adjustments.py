"""Corrections by hand: from the wallet what it holds, the rest as debt, debt settled first."""

from decimal import Decimal

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from tests.factories.family import add_family
from tests.services.ledger.books import booked, entries, give

from upline.core.context import Context
from upline.core.errors import FieldInvalid, NotFound
from upline.models.ledger import LedgerAccount, LedgerTransaction
from upline.services.ledger import adjustments
from upline.services.ledger.adjustments import Wallet
from upline.services.verify import auditor


@pytest.fixture
async def family(ctx: Context) -> Context:
    await add_family(ctx.session)
    return ctx


async def correct(ctx: Context, amount: str, reference: str) -> tuple[Decimal, Decimal]:
    """Wallet and debt of member 1 afterwards."""
    told = await adjustments.adjust(ctx, 1, Decimal(amount), "USD", reference)
    rows = await ctx.session.execute(
        select(LedgerAccount.code, LedgerAccount.balance).where(LedgerAccount.customer_id == 1)
    )
    balances = {row.code: row.balance for row in rows}
    assert told == Wallet(balances["wallet"], balances["debt"])
    return balances["wallet"], balances["debt"]


async def test_a_wallet_never_goes_below_zero(family: Context) -> None:
    assert await correct(family, "10", "a") == (10, 0)
    assert await correct(family, "-4", "b") == (6, 0)
    assert await correct(family, "-0.5", "c") == (Decimal("5.5"), 0)
    assert await correct(family, "-10", "d") == (0, Decimal("-4.5"))
    assert await correct(family, "0.5", "e") == (0, -4)
    assert await correct(family, "3", "f") == (0, -1)
    assert await correct(family, "5", "g") == (4, 0)
    assert await auditor.verify(family.session) == []


async def test_a_reference_works_once(family: Context) -> None:
    await correct(family, "10", "a")
    with pytest.raises(IntegrityError, match="uq_ledger_transactions_reference"):
        await correct(family, "10", "a")


async def test_nothing_is_no_correction(family: Context) -> None:
    with pytest.raises(FieldInvalid, match="zero"):
        await correct(family, "0", "a")


@pytest.mark.parametrize("currency", ["usd", "ZZZ", ""])
async def test_only_money_is_given(family: Context, currency: str) -> None:
    with pytest.raises(FieldInvalid, match="no currency"):
        await adjustments.adjust(family, 1, Decimal(1), currency, "a")


@pytest.mark.parametrize("nobody", [0, 99])
async def test_nobody_has_no_wallet(family: Context, nobody: int) -> None:
    with pytest.raises(NotFound, match=f"There is no customer {nobody}"):
        await adjustments.adjust(family, nobody, Decimal(1), "USD", "a")


async def test_others_and_other_currencies_keep_what_they_have(family: Context) -> None:
    """Debts stand on all sides of 2 and of euros, and none of them is settled."""
    around = [(1, "EUR"), (3, "EUR"), (2, "AUD"), (2, "ZAR")]
    await give(family, 2, "3", "EUR")
    for customer_id, currency in around:
        await give(family, customer_id, "-7", currency)
    await give(family, 2, "5", "EUR")
    rows = await family.session.execute(
        select(LedgerAccount.customer_id, LedgerAccount.currency_code, LedgerAccount.balance)
        .where(LedgerAccount.customer_id.is_not(None), LedgerAccount.balance != 0)
        .order_by(LedgerAccount.account_id)
    )
    debts = [(*one, -7) for one in around]
    assert [tuple(row) for row in rows] == [(2, "EUR", 8), *debts]


async def test_a_correction_books_both_sides_and_no_zeros(family: Context) -> None:
    await give(family, 1, "9")
    await give(family, 1, "-10")
    await give(family, 1, "3")
    numbers = await family.session.scalars(
        select(LedgerTransaction.transaction_id).order_by(LedgerTransaction.transaction_id)
    )
    assert [await entries(family, number) for number in numbers] == [
        booked("1 USD 3 9", "adjustments USD 3 -9"),
        booked("1 USD 3 -9", "1 debt USD 3 -1", "adjustments USD 3 10"),
        booked("1 USD 3 2", "1 debt USD 3 1", "adjustments USD 3 -3"),
    ]
