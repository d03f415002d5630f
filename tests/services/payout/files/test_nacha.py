"""ACH files are read back by a reader that knows nothing of the writer."""

from dataclasses import dataclass
from decimal import Decimal

import pytest
from tests.factories.payouts import ABA, ACCOUNT
from tests.services.payout.files.instructions import OCCASION, instruction

from upline.core.errors import FieldInvalid
from upline.services.payout.accounts import Details
from upline.services.payout.files import nacha
from upline.settings import NachaSettings

ISSUER = NachaSettings(
    destination_routing="121000248",
    destination_name="Wells Fargo",
    origin="1234567890",
    company_name="Upline Demo Company",
    company_id="1876543210",
)


@dataclass
class Entry:
    code: str
    routing: str
    account: str
    amount: Decimal
    reference: str
    name: str
    trace: str


def parse(content: bytes) -> list[Entry]:
    """The entries; every length, count, hash and total is checked on the way."""
    lines = content.decode("ascii").split("\n")
    assert lines.pop() == ""
    assert {len(line) for line in lines} == {94}
    assert len(lines) % 10 == 0
    header, *body = [line for line in lines if line != "9" * 94]
    control = body.pop()
    assert (header[0], control[0]) == ("1", "9")
    assert header[34:37] == "094"
    assert int(control[7:13]) == len(lines) // 10
    entries: list[Entry] = []
    batch: list[Entry] = []
    batches = hashes = 0
    for line in body:
        match line[0]:
            case "5":
                batch, number = [], line[87:94]
            case "6":
                batch.append(
                    Entry(line[1:3], line[3:12], line[12:29].strip(), _money(line[29:39]),
                          line[39:54].strip(), line[54:76].strip(), line[79:94])
                )  # fmt: skip
            case "8":
                hash_ = sum(int(each.routing[:8]) for each in batch) % 10**10
                assert (int(line[4:10]), int(line[10:20])) == (len(batch), hash_)
                assert int(line[20:32]) == 0
                assert _money(line[32:44]) == sum(each.amount for each in batch)
                assert line[87:94] == number
                batches, hashes, entries = batches + 1, hashes + hash_, entries + batch
    assert int(control[1:7]) == batches
    assert int(control[13:21]) == len(entries)
    assert int(control[21:31]) == hashes % 10**10
    assert _money(control[43:55]) == sum(each.amount for each in entries)
    return entries


def _money(digits: str) -> Decimal:
    return Decimal(int(digits)) / 100


@pytest.mark.parametrize("count", [1, 5, 6, 7, 16])
def test_what_is_written_is_read(count: int) -> None:
    payments = [instruction(n, f"{n}.05", account_type_id=n % 2 + 1) for n in range(1, count + 1)]
    content = nacha.write(payments, OCCASION, ISSUER)
    entries = parse(content)
    assert [entry.amount for entry in entries] == [each.amount for each in payments]
    first = entries[0]
    assert (first.routing, first.account, first.reference) == (ABA, ACCOUNT, "UP7-1")
    assert (first.code, first.name, first.trace) == ("32", "JORG GROSS", "121000240000001")
    assert content == nacha.write(payments, OCCASION, ISSUER)


def test_the_headers() -> None:
    header, batch, *_ = nacha.write([instruction(1)], OCCASION, ISSUER).decode().split("\n")
    assert header == (
        "101 12100024812345678901411172005A094101WELLS FARGO            UPLINE DEMO COMPANY    "
        "7       "
    )
    assert batch == (
        "5220UPLINE DEMO COMPBATCH 7             1876543210PPDCOMMISSION141118141118   1"
        "121000240000001"
    )


def test_more_entries_than_a_batch_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nacha, "MOST_ENTRIES", 4)
    content = nacha.write([instruction(n) for n in range(1, 11)], OCCASION, ISSUER)
    assert len(parse(content)) == 10
    assert content.decode().count("\n5220") == 3


def test_hashes_wrap_at_ten_digits() -> None:
    details = Details(routing_number="999999992", account_number="1")
    parse(nacha.write([instruction(n, details=details) for n in range(150)], OCCASION, ISSUER))


def test_a_name_in_other_letters_gives_the_member_number() -> None:
    (entry,) = parse(nacha.write([instruction(1, name="김철수")], OCCASION, ISSUER))
    assert entry.name == "1001"


def test_an_amount_no_entry_holds_is_refused() -> None:
    with pytest.raises(FieldInvalid, match="amount"):
        nacha.write([instruction(1, "100000000")], OCCASION, ISSUER)


def test_without_an_issuer_the_setting_is_named() -> None:
    with pytest.raises(FieldInvalid, match=r"NACHA__DESTINATION_ROUTING, .*NACHA__COMPANY_ID\."):
        nacha.write([instruction(1)], OCCASION, NachaSettings())
