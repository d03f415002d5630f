import csv
import io

from tests.services.payout.files.instructions import IBAN_DETAILS, OCCASION, instruction

from upline.services.payout.accounts import Details
from upline.services.payout.files import tables


def read(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode(), newline="")))


def test_payoneer() -> None:
    payments = [
        instruction(1, details=Details(payee_id="1001")),
        instruction(2, "3000", currency_code="JPY", details=Details(payee_id="1002")),
    ]
    assert read(tables.write_payoneer(payments, OCCASION)) == [
        {
            "client_reference_id": "UP7-1",
            "payee_id": "1001",
            "amount": "12.34",
            "currency": "USD",
            "description": "Commission October 2014",
            "payout_date": "2014-11-18",
        },
        {
            "client_reference_id": "UP7-2",
            "payee_id": "1002",
            "amount": "3000",
            "currency": "JPY",
            "description": "Commission October 2014",
            "payout_date": "2014-11-18",
        },
    ]


def test_checks_say_where_they_go() -> None:
    address = ("1 Main Street", "", "Lehi", "UT", "84043", "US")
    (row,) = read(tables.write_checks([instruction(1, details=Details(address=address))], OCCASION))
    assert (row["payee"], row["amount"]) == ("Jörg Groß", "12.34")
    assert [row[name] for name in tables.CHECKS[5:]] == list(address)


def test_transfers() -> None:
    (row,) = read(
        tables.write_transfers([instruction(1, details=IBAN_DETAILS, country_code="DE")], OCCASION)
    )
    assert (row["iban"], row["bic"], row["country"]) == (
        IBAN_DETAILS.iban,
        IBAN_DETAILS.bic,
        "DE",
    )


def test_nothing_runs_as_a_formula() -> None:
    (row,) = read(tables.write_transfers([instruction(1, name="=HYPERLINK(1)")], OCCASION))
    assert row["name"] == "'=HYPERLINK(1)"
