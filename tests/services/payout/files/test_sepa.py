"""SEPA files obey the published schema and say what was frozen."""

from pathlib import Path
from xml.etree import ElementTree

import pytest
import sepaxml
import xmlschema
from tests.factories.payouts import IBAN
from tests.services.payout.files.instructions import IBAN_DETAILS, OCCASION, instruction

from upline.core.errors import FieldInvalid
from upline.services.payout.accounts import Details
from upline.services.payout.files import sepa
from upline.settings import SepaSettings

ISSUER = SepaSettings(name="Upline & Söhne", iban="NL91ABNA0417164300", bic="ABNANL2A")
NAMES = {"": sepa.SCHEMA}
SCHEMA = Path(sepaxml.__file__).parent / "schemas" / "pain.001.001.09.xsd"


def _payments(count: int) -> list[object]:
    return [
        instruction(n, f"{n}.10", currency_code="EUR", country_code="DE", details=IBAN_DETAILS)
        for n in range(1, count + 1)
    ]


def test_it_obeys_the_schema_and_adds_up() -> None:
    content = sepa.write(_payments(3), OCCASION, ISSUER)  # type: ignore[arg-type]
    xmlschema.XMLSchema(SCHEMA).validate(content.decode())
    root = ElementTree.fromstring(content)  # noqa: S314 - our own
    sums = [element.text for element in root.findall(".//CtrlSum", NAMES)]
    counts = [element.text for element in root.findall(".//NbOfTxs", NAMES)]
    assert (sums, counts) == (["6.30", "6.30"], ["3", "3"])
    amounts = root.findall(".//InstdAmt", NAMES)
    assert [(each.text, each.get("Ccy")) for each in amounts] == [
        ("1.10", "EUR"),
        ("2.10", "EUR"),
        ("3.10", "EUR"),
    ]
    first = root.find(".//CdtTrfTxInf", NAMES)
    assert first is not None
    assert first.findtext(".//IBAN", namespaces=NAMES) == IBAN
    assert first.findtext(".//Nm", namespaces=NAMES) == "Jorg Gross"
    assert first.findtext(".//EndToEndId", namespaces=NAMES) == "UP7-1"
    assert root.findtext(".//Dt", namespaces=NAMES) == "2014-11-18"
    assert root.findtext(".//Dbtr/Nm", namespaces=NAMES) == "Upline   Sohne"


def test_it_comes_out_the_same_again() -> None:
    assert sepa.write(_payments(2), OCCASION, ISSUER) == sepa.write(  # type: ignore[arg-type]
        _payments(2),  # type: ignore[arg-type]
        OCCASION,
        ISSUER,
    )


def test_an_account_without_a_known_bank() -> None:
    payment = instruction(1, currency_code="EUR", name="李", details=Details(iban=IBAN))
    content = sepa.write([payment], OCCASION, ISSUER)
    xmlschema.XMLSchema(SCHEMA).validate(content.decode())
    assert b"<Cdtr><Nm>1001</Nm></Cdtr>" in content


def test_without_an_issuer_the_setting_is_named() -> None:
    with pytest.raises(FieldInvalid, match=r"SEPA__NAME, .*SEPA__IBAN, .*SEPA__BIC"):
        sepa.write([], OCCASION, SepaSettings())
