"""Corrections by hand: from the wallet what it holds, the rest as debt, debt settled first."""

from decimal import Decimal

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from tests.factories.family import add_family

from upline.core.context import Context
from upline.core.errors import FieldInvalid, NotFound
from upline.models.ledger import LedgerAccount
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


async def test_nobody_has_no_wallet(family: Context) -> None:
    with pytest.raises(NotFound, match="There is no customer 99"):
        await adjustments.adjust(family, 99, Decimal(1), "USD", "a")
