"""ACH credits in the file format of Nacha: fixed records of 94 characters in blocks of ten."""

from collections.abc import Iterator, Sequence

from upline.core.errors import FieldInvalid
from upline.services.payout.files.instruction import Instruction, Occasion, cents, plain
from upline.services.payout.vocabulary import AccountType
from upline.settings import NachaSettings

WIDTH, BLOCK = 94, 10
CREDITS_ONLY = "220"
# Prearranged payments to people's own accounts.
ENTRY_CLASS = "PPD"
TRANSACTION = {AccountType.CHECKING: "22", AccountType.SAVINGS: "32"}
# Six digits count the entries of a batch.
MOST_ENTRIES = 900_000
HASH_DIGITS = 10**10


def write(instructions: Sequence[Instruction], occasion: Occasion, issuer: NachaSettings) -> bytes:
    """The file, its records ending in line feeds; raises FieldInvalid for an issuer not set up."""
    issuer.require()
    records = [_file_header(occasion, issuer)]
    parts = [
        instructions[start : start + MOST_ENTRIES]
        for start in range(0, len(instructions), MOST_ENTRIES)
    ]
    for number, part in enumerate(parts, 1):
        records += _batch(part, number, occasion, issuer)
    blocks = -(-(len(records) + 1) // BLOCK)
    records.append(
        "9"
        + _number("batches", len(parts), 6)
        + _number("blocks", blocks, 6)
        + _totals(instructions, 8)
        + " " * 39
    )
    records += ["9" * WIDTH] * (blocks * BLOCK - len(records))
    return "".join(f"{record}\n" for record in records).encode("ascii")


def _file_header(occasion: Occasion, issuer: NachaSettings) -> str:
    return (
        "101"
        + issuer.destination_routing.rjust(10)
        + issuer.origin.rjust(10)
        + f"{occasion.frozen_at:%y%m%d%H%M}"
        + "A094101"
        + _text(issuer.destination_name, 23)
        + _text(issuer.company_name, 23)
        + _text(str(occasion.batch_id), 8)
    )


def _batch(
    part: Sequence[Instruction], number: int, occasion: Occasion, issuer: NachaSettings
) -> Iterator[str]:
    company, bank = _text(issuer.company_id, 10), issuer.destination_routing[:8]
    yield (
        f"5{CREDITS_ONLY}"
        + _text(issuer.company_name, 16)
        + _text(f"BATCH {occasion.batch_id}", 20)
        + company
        + ENTRY_CLASS
        + _text("COMMISSION", 10)
        + f"{occasion.pay_date:%y%m%d}" * 2
        + "   1"
        + bank
        + _number("batch", number, 7)
    )
    for place, each in enumerate(part, 1):
        yield _entry(each, bank + _number("entry", place, 7))
    yield (
        f"8{CREDITS_ONLY}"
        + _totals(part, 6)
        + company
        + " " * 25
        + bank
        + _number("batch", number, 7)
    )


def _entry(each: Instruction, trace: str) -> str:
    details = each.details
    return (
        "6"
        + TRANSACTION[AccountType(each.account_type_id or AccountType.CHECKING)]
        + details.routing_number
        + details.account_number.ljust(17)
        + _number("amount", cents(each.amount), 10)
        + _text(each.reference, 15)
        + _text(plain(each.name, str(each.customer_id)), 22)
        + "  0"
        + trace
    )


def _totals(part: Sequence[Instruction], count_width: int) -> str:
    """Count, hash of the banks, debits (none) and credits, as both control records have them."""
    banks = sum(int(each.details.routing_number[:8]) for each in part) % HASH_DIGITS
    paid = sum(cents(each.amount) for each in part)
    return (
        _number("entries", len(part), count_width)
        + _number("hash", banks, 10)
        + "0" * 12
        + _number("total", paid, 12)
    )


def _text(value: str, width: int) -> str:
    return plain(value).upper()[:width].ljust(width)


def _number(what: str, value: int, width: int) -> str:
    digits = f"{value:0{width}d}"
    if len(digits) > width:
        raise FieldInvalid(what, f"The {what} of an ACH file may have {width} digits at most.")
    return digits
