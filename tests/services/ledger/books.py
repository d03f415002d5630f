"""The ledger as tests read it: what one transaction moved on which account."""

from decimal import Decimal

from sqlalchemy import select

from upline.core.context import Context
from upline.models.ledger import LedgerAccount, LedgerEntry, LedgerTransaction
from upline.services.ledger import adjustments

__all__ = ["Entry", "booked", "entries", "give", "references"]

# The account (of a member or of the company), its currency, the ledger type and the amount.
Entry = tuple[int | str, str, int, Decimal]


async def give(ctx: Context, customer_id: int, amount: str, currency: str = "USD") -> None:
    """Money on account, or, below zero, less of it."""
    reference = f"{customer_id} {amount} {currency}"
    await adjustments.adjust(ctx, customer_id, Decimal(amount), currency, reference)


def booked(*lines: str) -> list[Entry]:
    """Entries written as `account currency type amount`; members by number."""
    found: list[Entry] = []
    for line in lines:
        *account, currency, kind, amount = line.split(" ")
        name = " ".join(account)
        found.append((int(name) if name.isdigit() else name, currency, int(kind), Decimal(amount)))
    return _sorted(found)


async def entries(ctx: Context, transaction_id: int) -> list[Entry]:
    """Of one transaction, in order; a member's account is `7` or, where it is debt, `7 debt`."""
    rows = await ctx.session.execute(
        select(
            LedgerAccount.code,
            LedgerAccount.customer_id,
            LedgerAccount.currency_code,
            LedgerEntry.ledger_type_id,
            LedgerEntry.amount,
        )
        .join(LedgerAccount, LedgerAccount.account_id == LedgerEntry.account_id)
        .where(LedgerEntry.transaction_id == transaction_id)
    )
    return _sorted([(_name(row.code, row.customer_id), *tuple(row)[2:]) for row in rows])


async def references(ctx: Context) -> list[str]:
    """Of all transactions, in the order in which they were made."""
    found = select(LedgerTransaction.reference).order_by(LedgerTransaction.transaction_id)
    return list(await ctx.session.scalars(found))


def _sorted(found: list[Entry]) -> list[Entry]:
    return sorted(found, key=lambda entry: (str(entry[0]), *entry[1:]))


def _name(code: str, customer_id: int | None) -> int | str:
    if customer_id is None:
        return code
    return customer_id if code == "wallet" else f"{customer_id} {code}"
