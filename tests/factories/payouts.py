"""Members who can be paid: methods for those with money on account, two people who pay."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncSession
from tests.factories.company import noon

from upline.core.context import Context, Principal, PrincipalKind
from upline.core.crypto import FieldCipher
from upline.models.ledger import LedgerAccount
from upline.models.payout import PayoutMethod, PayoutMethodVersion
from upline.services.payout import accounts, methods
from upline.services.payout.accounts import Request
from upline.services.payout.vocabulary import AccountType, MethodType

CLERK = Principal(PrincipalKind.ADMINISTRATOR, login_id=901)
TREASURER = Principal(PrincipalKind.ADMINISTRATOR, login_id=902)
FIELDS = FieldCipher([b"f" * 32], b"i" * 32)
ABA, ACCOUNT, IBAN = "021000021", "000123456789", "DE89370400440532013000"

AMERICAN = Request(
    MethodType.BANK,
    "US",
    "Ann Able",
    "First Bank",
    AccountType.CHECKING,
    routing_number=ABA,
    account_number=ACCOUNT,
)
GERMAN = Request(MethodType.BANK, "DE", "Jörg Groß", iban=IBAN)
PAYONEER = Request(MethodType.PAYONEER, "KR", payee_id="77")
CHECK = Request(MethodType.CHECK, "US", "Carl Cook")
WALLET = Request(MethodType.WALLET, "US")


def on(ctx: Context, day: date) -> Context:
    """The same unit of work at noon of another day."""
    return replace(ctx, now=noon(day))


async def add_payout_methods(
    ctx: Context, customers: Iterable[int], request: Request = AMERICAN
) -> None:
    """One method each, the default, good at once."""
    for customer_id in customers:
        number = await ctx.session.scalar(
            insert(PayoutMethod)
            .values(customer_id=customer_id, is_default=True, created_at=ctx.now)
            .returning(PayoutMethod.payout_method_id)
        )
        assert number is not None
        row = methods.version_row(ctx, FIELDS, number, 1, request, accounts.check(request), ctx.now)
        await ctx.session.execute(insert(PayoutMethodVersion).values(row))


async def add_methods_for_all(ctx: Context) -> None:
    """An American account for everybody who has a wallet."""
    await add_payout_methods(ctx, await _with_wallets(ctx.session))


async def _with_wallets(session: AsyncSession) -> list[int]:
    return list(
        await session.scalars(
            select(LedgerAccount.customer_id).where(LedgerAccount.code == "wallet").distinct()
        )
    )
