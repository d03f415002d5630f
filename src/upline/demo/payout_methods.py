"""Where demo members want their earnings: given by each when the first money waits for them."""

from sqlalchemy import insert, text
from stdnum import iban
from stdnum.us import rtn

from upline.core.context import Context
from upline.core.crypto import FieldCipher
from upline.models.payout import PayoutMethodVersion
from upline.services.payout import accounts, methods
from upline.services.payout.accounts import Request
from upline.services.payout.vocabulary import AccountType, MethodType

__all__ = ["fill_payout_methods"]

ROWS_AT_ONCE = 5_000
# Multiplied, neighbours get numbers that look unlike each other.
SCATTER = 7_919_317
BANKS = ("Bank of the Valley", "First Example Bank", "Granite Savings", "Harbor Trust")
PREFIXES = ("12400005", "02100012", "12110003", "32417123")
GERMAN_BANK = "37040044"
NEW = text("""
WITH made AS (
  INSERT INTO payout_methods (customer_id, is_default, created_at)
  SELECT DISTINCT a.customer_id, true, CAST(:now AS timestamptz)
  FROM ledger_accounts a
  WHERE a.code = 'wallet' AND a.balance > 0
    AND NOT EXISTS (SELECT FROM payout_methods m WHERE m.customer_id = a.customer_id)
  RETURNING payout_method_id, customer_id
)
SELECT made.payout_method_id, made.customer_id, c.country_code,
       c.first_name || ' ' || c.last_name AS name
FROM made JOIN customers c USING (customer_id) ORDER BY made.customer_id
""")


async def fill_payout_methods(ctx: Context, fields: FieldCipher) -> None:
    """A method for every member who has money on account and none yet."""
    waiting = (await ctx.session.execute(NEW, {"now": ctx.now})).all()
    for start in range(0, len(waiting), ROWS_AT_ONCE):
        rows = [
            methods.version_row(
                ctx,
                fields,
                row.payout_method_id,
                1,
                request,
                accounts.check(request),
                ctx.now,
            )
            for row in waiting[start : start + ROWS_AT_ONCE]
            for request in [_request(row.customer_id, row.country_code, row.name)]
        ]
        await ctx.session.execute(insert(PayoutMethodVersion), rows)


def _request(customer_id: int, country: str, name: str) -> Request:
    """Americans mostly have a bank account, Germans an IBAN, everybody else Payoneer."""
    digits = f"{customer_id * SCATTER % 10**10:010d}"
    if country == "US" and customer_id % 10 != 7:
        bank = customer_id % len(BANKS)
        prefix = PREFIXES[bank]
        return Request(
            MethodType.BANK,
            country,
            name,
            BANKS[bank],
            AccountType.SAVINGS if customer_id % 7 == 0 else AccountType.CHECKING,
            routing_number=prefix + rtn.calc_check_digit(prefix),
            account_number=digits,
        )
    if country == "DE":
        bban = GERMAN_BANK + digits
        number = f"DE{iban.calc_check_digits(f'DE00{bban}')}{bban}"
        return Request(MethodType.BANK, country, name, iban=number)
    return Request(MethodType.PAYONEER, country, payee_id=str(customer_id))
