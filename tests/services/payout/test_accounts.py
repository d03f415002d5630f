"""Accounts of many countries: what is good is kept in one spelling, what is not names its field."""

from dataclasses import replace

import pytest
from tests.factories.payouts import AMERICAN, GERMAN, IBAN

from upline.core.errors import FieldInvalid
from upline.services.payout import accounts
from upline.services.payout.accounts import Details, Request
from upline.services.payout.vocabulary import MethodType

BANK = MethodType.BANK


@pytest.mark.parametrize(
    ("request_", "details"),
    [
        (
            replace(AMERICAN, routing_number="021-000-021", account_number="12 34 56 78"),
            Details(routing_number="021000021", account_number="12345678"),
        ),
        (
            replace(GERMAN, iban="de89 3704 0044 0532 0130 00"),
            Details(iban=IBAN, bic="COBADEFFXXX"),
        ),
        (
            Request(BANK, "DE", "A", iban="FR1420041010050500013M02606"),
            Details(iban="FR1420041010050500013M02606", bic="PSSTFRPPXXX"),
        ),
        (
            Request(BANK, "CA", "A", routing_number="003-12345", account_number="1234567"),
            Details(routing_number="000312345", account_number="1234567"),
        ),
        (
            Request(BANK, "AU", "A", routing_number="062-000", account_number="12345678"),
            Details(routing_number="062000", account_number="12345678"),
        ),
        (
            Request(BANK, "NZ", "A", account_number="01-902-0068389-00"),
            Details(account_number="0109020068389000"),
        ),
        (
            Request(BANK, "JP", "A", routing_number="0001-234", account_number="1234567"),
            Details(routing_number="0001234", account_number="1234567"),
        ),
        (
            Request(BANK, "MX", "A", account_number="032180000118359719"),
            Details(account_number="032180000118359719"),
        ),
        (Request(MethodType.PAYONEER, "KR", payee_id="a-1"), Details(payee_id="a-1")),
        (Request(MethodType.WALLET, "CU"), Details()),
    ],
)
def test_good_accounts(request_: Request, details: Details) -> None:
    found = accounts.check(request_).details
    # The list of banks, and with it the BIC, is the library's and grows.
    assert found == (replace(details, bic=found.bic) if details.iban else details)
    assert not details.bic or found.bic


@pytest.mark.parametrize(
    ("request_", "field"),
    [
        (replace(AMERICAN, routing_number="021000022"), "routingNumber"),
        (replace(AMERICAN, routing_number=""), "routingNumber"),
        (replace(AMERICAN, account_number="123"), "accountNumber"),
        (replace(AMERICAN, account_number="１２３４５６"), "accountNumber"),
        (replace(AMERICAN, account_number="4111111111111111"), "accountNumber"),
        (replace(AMERICAN, account_type_id=None), "bankAccountTypeId"),
        (replace(AMERICAN, account_type_id=3), "bankAccountTypeId"),
        (replace(AMERICAN, name_on_account=""), "nameOnAccount"),
        (replace(AMERICAN, name_on_account="5555 5555 5555 4444"), "nameOnAccount"),
        (replace(GERMAN, iban="DE89370400440532013001"), "iban"),
        (replace(GERMAN, iban="DE8937040044053201300"), "iban"),
        (replace(GERMAN, iban=""), "iban"),
        (replace(GERMAN, iban="SA0380000000608010167519"), "iban"),
        (replace(GERMAN, bic="COBA"), "bic"),
        (Request(BANK, "MX", "A", account_number="032180000118359718"), "accountNumber"),
        (Request(BANK, "NZ", "A", account_number="01-902-0068388-00"), "accountNumber"),
        (Request(BANK, "JP", "A", routing_number="1", account_number="1234567"), "routingNumber"),
        (Request(BANK, "KR", "A", account_number="1234567"), "payoutMethodTypeId"),
        (Request(MethodType.CHECK, "DE", "A"), "payoutMethodTypeId"),
        (Request(MethodType.PAYONEER, "IR"), "payoutMethodTypeId"),
        (Request(MethodType.PAYONEER, "KR", payee_id="a b"), "payeeId"),
    ],
)
def test_what_is_wrong_names_its_field(request_: Request, field: str) -> None:
    with pytest.raises(FieldInvalid) as caught:
        accounts.check(request_)
    assert caught.value.field == field


def test_short_numbers_show_less() -> None:
    assert Details(account_number="123456789").last_four == "6789"
    assert Details(account_number="12345").last_four == "45"
    assert Details(payee_id="77").last_four == ""


def test_an_account_of_ones_own_country_only_outside_sepa() -> None:
    saudi = Request(BANK, "SA", "A", iban="SA0380000000608010167519")
    assert accounts.check(saudi).details.iban == saudi.iban
    with pytest.raises(FieldInvalid, match="another country"):
        accounts.check(replace(saudi, country_code="AE"))


def test_all_that_is_missing_is_named_at_once() -> None:
    with pytest.raises(FieldInvalid) as caught:
        accounts.check(replace(AMERICAN, routing_number="", account_number="", name_on_account=""))
    assert list(caught.value.problems) == ["nameOnAccount", "routingNumber", "accountNumber"]
    assert caught.value.problems["routingNumber"] == "The RoutingNumber field is required."
    assert caught.value.field == "nameOnAccount"
