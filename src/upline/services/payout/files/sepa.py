"""SEPA credit transfers as an ISO 20022 message, pain.001.001.09.

Written here because what libraries write carries the clock and random ids: this file must come out
the same whenever it is asked for. Tests hold it against the published schema.
"""

import re
from collections.abc import Sequence
from decimal import Decimal
from xml.etree.ElementTree import Element, SubElement, tostring

from upline.services.payout.files.instruction import Instruction, Occasion, plain
from upline.settings import SepaSettings

SCHEMA = "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"
# The characters every bank in SEPA takes.
FOREIGN = re.compile(r"[^A-Za-z0-9/\-?:().,'+ ]")
LONGEST_NAME, LONGEST_TEXT = 70, 140


def write(instructions: Sequence[Instruction], occasion: Occasion, issuer: SepaSettings) -> bytes:
    """The message; raises FieldInvalid for an issuer not set up."""
    issuer.require()
    total = sum((each.amount for each in instructions), Decimal(0))
    document = Element("Document", {"xmlns": SCHEMA})
    message = SubElement(document, "CstmrCdtTrfInitn")
    header = SubElement(message, "GrpHdr")
    _add(header, "MsgId", f"UPLINE-{occasion.batch_id}")
    _add(header, "CreDtTm", f"{occasion.frozen_at:%Y-%m-%dT%H:%M:%SZ}")
    _add(header, "NbOfTxs", str(len(instructions)))
    _add(header, "CtrlSum", _money(total))
    _add(SubElement(header, "InitgPty"), "Nm", _name(issuer.name))
    payment = SubElement(message, "PmtInf")
    _add(payment, "PmtInfId", f"UPLINE-{occasion.batch_id}-1")
    _add(payment, "PmtMtd", "TRF")
    _add(payment, "NbOfTxs", str(len(instructions)))
    _add(payment, "CtrlSum", _money(total))
    _add(SubElement(SubElement(payment, "PmtTpInf"), "SvcLvl"), "Cd", "SEPA")
    _add(SubElement(payment, "ReqdExctnDt"), "Dt", occasion.pay_date.isoformat())
    _add(SubElement(payment, "Dbtr"), "Nm", _name(issuer.name))
    _add(SubElement(SubElement(payment, "DbtrAcct"), "Id"), "IBAN", issuer.iban)
    _add_bank(payment, "DbtrAgt", issuer.bic)
    _add(payment, "ChrgBr", "SLEV")
    for each in instructions:
        _add_transfer(payment, each, occasion)
    xml: bytes = tostring(document, "utf-8")
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + xml + b"\n"


def _add_transfer(payment: Element, each: Instruction, occasion: Occasion) -> None:
    transfer = SubElement(payment, "CdtTrfTxInf")
    _add(SubElement(transfer, "PmtId"), "EndToEndId", each.reference)
    amount = _add(SubElement(transfer, "Amt"), "InstdAmt", _money(each.amount))
    amount.set("Ccy", each.currency_code)
    if each.details.bic:
        _add_bank(transfer, "CdtrAgt", each.details.bic)
    _add(SubElement(transfer, "Cdtr"), "Nm", _name(each.name, str(each.customer_id)))
    _add(SubElement(SubElement(transfer, "CdtrAcct"), "Id"), "IBAN", each.details.iban)
    text = _clean(f"{occasion.description} {each.reference}")[:LONGEST_TEXT]
    _add(SubElement(transfer, "RmtInf"), "Ustrd", text)


def _add_bank(parent: Element, name: str, bic: str) -> None:
    bank = SubElement(SubElement(parent, name), "FinInstnId")
    if bic:
        _add(bank, "BICFI", bic)
    else:
        _add(SubElement(bank, "Othr"), "Id", "NOTPROVIDED")


def _add(parent: Element, name: str, text: str) -> Element:
    element = SubElement(parent, name)
    element.text = text
    return element


def _name(text: str, fallback: str = "") -> str:
    return _clean(plain(text, fallback))[:LONGEST_NAME]


def _clean(text: str) -> str:
    return FOREIGN.sub(" ", plain(text)).strip()


def _money(amount: Decimal) -> str:
    return f"{amount:.2f}"
