"""One payment as every file needs it."""

import unicodedata
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from upline.services.payout.accounts import Details

# Letters that do not come apart into a plain one and an accent.
LETTERS = str.maketrans(
    {"ß": "ss", "ø": "o", "Ø": "O", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "ł": "l",
     "Ł": "L", "đ": "d", "Đ": "D", "ð": "d", "Ð": "D", "þ": "th", "Þ": "TH", "ı": "i"}
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Instruction:
    """Pay `amount` to the member; `reference` is the payout's own, the same in all news of it."""

    payout_id: int
    customer_id: int
    name: str
    amount: Decimal
    currency_code: str
    reference: str
    details: Details
    country_code: str
    account_type_id: int | None = None
    bank_name: str = ""


@dataclass(frozen=True, slots=True)
class Occasion:
    """What a file says of itself; all of it fixed when the batch was frozen."""

    batch_id: int
    frozen_at: datetime
    pay_date: date
    description: str


def plain(text: str, fallback: str = "") -> str:
    """`text` in ASCII, for banks that know no other letters; `fallback` when nothing is left."""
    apart = unicodedata.normalize("NFKD", text.translate(LETTERS))
    return apart.encode("ascii", "ignore").decode().strip() or fallback


def cents(amount: Decimal) -> int:
    """Hundredths; batches are frozen to whole ones."""
    return int(amount * 100)
