"""Payouts as CSV: Payoneer's mass payout, checks to print, transfers a bank takes as a list."""

import csv
import io
from collections.abc import Iterable, Sequence
from decimal import Decimal

from babel.numbers import get_currency_precision

from upline.services.payout.files.instruction import Instruction, Occasion

PAYONEER = ("client_reference_id", "payee_id", "amount", "currency", "description", "payout_date")
CHECKS = ("reference", "payee", "amount", "currency", "date", "address1", "address2", "city",
          "state", "postal_code", "country")  # fmt: skip
TRANSFERS = ("reference", "name", "amount", "currency", "date", "country", "bank", "routing_number",
             "account_number", "iban", "bic")  # fmt: skip
# What a spreadsheet would run as a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def write_payoneer(instructions: Sequence[Instruction], occasion: Occasion) -> bytes:
    """One row a payee."""
    return _table(
        PAYONEER,
        (
            (each.reference, each.details.payee_id, _money(each), each.currency_code,
             occasion.description, occasion.pay_date)
            for each in instructions
        ),
    )  # fmt: skip


def write_checks(instructions: Sequence[Instruction], occasion: Occasion) -> bytes:
    """One row a check, with the address it is mailed to."""
    return _table(
        CHECKS,
        (
            (each.reference, each.name, _money(each), each.currency_code, occasion.pay_date,
             *each.details.address)
            for each in instructions
        ),
    )  # fmt: skip


def write_transfers(instructions: Sequence[Instruction], occasion: Occasion) -> bytes:
    """One row a bank account that neither an ACH nor a SEPA file reaches."""
    return _table(
        TRANSFERS,
        (
            (each.reference, each.name, _money(each), each.currency_code, occasion.pay_date,
             each.country_code, each.bank_name, each.details.routing_number,
             each.details.account_number, each.details.iban, each.details.bic)
            for each in instructions
        ),
    )  # fmt: skip


def _table(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(heads)
    for row in rows:
        writer.writerow([cell(value) for value in row])
    return text.getvalue().encode()


def cell(value: object) -> str:
    """A value as a spreadsheet may open it: nothing in it runs."""
    text = str(value)
    return f"'{text}" if text.startswith(FORMULA) else text


def _money(each: Instruction) -> Decimal:
    """With the decimals of its currency."""
    return each.amount.quantize(Decimal(10) ** -get_currency_precision(each.currency_code))
