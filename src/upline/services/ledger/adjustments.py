"""Corrections of one wallet by hand; what it does not hold becomes debt, which is settled first."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from babel.numbers import is_currency
from sqlalchemy import Row, select, text
from sqlalchemy.dialects.postgresql import insert as upsert

from upline.core.context import Context
from upline.core.errors import FieldInvalid, NotFound
from upline.models.customer import Customer
from upline.models.ledger import LedgerAccount
from upline.services.ledger.postings import ADJUSTMENTS, open_company_accounts, open_transaction

AnyRow = Row[*tuple[Any, ...]]
ADJUSTMENT_TYPE = 3
ENTRIES = text(
    "INSERT INTO ledger_entries (transaction_id, account_id, ledger_type_id, amount)"
    " SELECT :transaction_id, account_id, :type_id, amount"
    " FROM unnest(CAST(:accounts AS bigint[]), CAST(:amounts AS numeric[]))"
    " AS entry (account_id, amount) WHERE amount <> 0"
)


@dataclass(frozen=True, slots=True)
class Wallet:
    """What a member has on account, and what they owe (not above zero), in one currency."""

    balance: Decimal
    debt: Decimal


async def adjust(
    ctx: Context, customer_id: int, amount: Decimal, currency: str, reference: str
) -> Wallet:
    """Give (or, below zero, take) `amount`; returns what the wallet then holds.

    The wallet is locked before it is looked at, so a batch frozen at the same time is either seen
    or waits. Raises FieldInvalid, NotFound for nobody's wallet, AlreadyPosted when `reference` was
    used.
    """
    if not amount:
        raise FieldInvalid("amount", "The amount must not be zero.")
    if not is_currency(currency):
        raise FieldInvalid("currency", f"{currency} is no currency.")
    known = select(Customer.customer_id).where(Customer.customer_id == customer_id)
    if await ctx.session.scalar(known) is None:
        raise NotFound(f"There is no customer {customer_id}.")
    wallet, debt = await _lock(ctx, customer_id, currency)
    gives_back = min(amount, -debt.balance)
    to_debt = gives_back if amount > 0 else min(Decimal(0), amount + wallet.balance)
    accounts = await open_company_accounts(ctx, currency)
    transaction_id = await open_transaction(ctx, "adjustment", reference)
    entries = {
        wallet.account_id: amount - to_debt,
        debt.account_id: to_debt,
        accounts[ADJUSTMENTS]: -amount,
    }
    await ctx.session.execute(
        ENTRIES,
        {
            "transaction_id": transaction_id,
            "type_id": ADJUSTMENT_TYPE,
            "accounts": list(entries),
            "amounts": list(entries.values()),
        },
    )
    return Wallet(wallet.balance + amount - to_debt, debt.balance + to_debt)


async def _lock(ctx: Context, customer_id: int, currency: str) -> tuple[AnyRow, AnyRow]:
    """The member's wallet and debt, opened if need be, as they are now and stay until the end."""
    await ctx.session.execute(
        upsert(LedgerAccount)
        .values(
            [
                {
                    "code": code,
                    "customer_id": customer_id,
                    "currency_code": currency,
                    "may_be_negative": code == "debt",
                }
                for code in ("wallet", "debt")
            ]
        )
        .on_conflict_do_nothing()
    )
    rows = await ctx.session.execute(
        select(LedgerAccount.code, LedgerAccount.account_id, LedgerAccount.balance)
        .where(
            LedgerAccount.customer_id == customer_id,
            LedgerAccount.currency_code == currency,
            LedgerAccount.code.in_(("wallet", "debt")),
        )
        .order_by(LedgerAccount.account_id)
        .with_for_update(key_share=True)
    )
    found = {row.code: row for row in rows}
    return found["wallet"], found["debt"]
