"""The numbers and words of payouts, as tables and APIs use them."""

from enum import IntEnum, StrEnum


class MethodType(IntEnum):
    """How a member is paid; WALLET leaves the money on account."""

    BANK = 1
    CHECK = 2
    PAYONEER = 3
    WALLET = 4


class AccountType(IntEnum):
    """What kind of bank account it is; only the United States ask."""

    CHECKING = 1
    SAVINGS = 2


class BatchStatus(IntEnum):
    """How far a batch has come."""

    PREPARED = 1
    APPROVED = 2
    SETTLED = 3
    CANCELLED = 4


class PayoutStatus(IntEnum):
    """What became of one payment. FAILED never left; RETURNED came back after it was paid."""

    PENDING = 1
    PAID = 2
    FAILED = 3
    RETURNED = 4
    CANCELLED = 5


class FileFormat(StrEnum):
    """The files a batch is written to."""

    NACHA = "nacha"
    SEPA = "sepa"
    PAYONEER = "payoneer"
    CHECKS = "checks"
    TRANSFERS = "transfers"


METHOD_NAMES = {
    MethodType.BANK: "Bank account",
    MethodType.CHECK: "Check",
    MethodType.PAYONEER: "Payoneer",
    MethodType.WALLET: "Wallet",
}
# How plans call the methods that may cost something ([payout] fees).
FEE_KEYS = {
    "bank": MethodType.BANK,
    "check": MethodType.CHECK,
    "payoneer": MethodType.PAYONEER,
}


def mask(last_four: str) -> str:
    """What may be shown of an account: ****6789."""
    return f"****{last_four}" if last_four else ""


def describe(type_id: int, last_four: str) -> str:
    """A method in one line: Bank account ****6789."""
    return f"{METHOD_NAMES[MethodType(type_id)]} {mask(last_four)}".rstrip()
