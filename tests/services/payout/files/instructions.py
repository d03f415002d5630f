"""Payments to write files of."""

from datetime import UTC, date, datetime
from decimal import Decimal

from tests.factories.payouts import ABA, ACCOUNT, IBAN

from upline.services.payout.accounts import Details
from upline.services.payout.files.instruction import Instruction, Occasion

OCCASION = Occasion(
    7, datetime(2014, 11, 17, 20, 5, tzinfo=UTC), date(2014, 11, 18), "Commission October 2014"
)
BANK = Details(routing_number=ABA, account_number=ACCOUNT)
IBAN_DETAILS = Details(iban=IBAN, bic="COBADEFFXXX")


def instruction(number: int, amount: str = "12.34", **changes: object) -> Instruction:
    values: dict[str, object] = {
        "payout_id": number,
        "customer_id": 1_000 + number,
        "name": "Jörg Groß",
        "amount": Decimal(amount),
        "currency_code": "USD",
        "reference": f"UP7-{number}",
        "details": BANK,
        "country_code": "US",
        "account_type_id": 1,
        **changes,
    }
    return Instruction(**values)  # type: ignore[arg-type]
