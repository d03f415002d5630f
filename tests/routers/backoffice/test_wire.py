from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal

import orjson
import pytest
from pydantic import TypeAdapter, ValidationError

from upline.core.opaque_ids import OpaqueIds
from upline.routers.backoffice.wire import (
    BackOfficeModel,
    Number,
    OpaqueCustomerId,
    OpaqueOrderId,
    Writer,
    pascal,
    read_integer,
)

IDS = OpaqueIds([bytes(64)])


class Line(BackOfficeModel):
    order_id: int | None
    encrypted_order_id: OpaqueOrderId | None
    amount: Number


class Statement(BackOfficeModel):
    customer_id: int
    encrypted_customer_id: OpaqueCustomerId
    address1: str
    paid_at: datetime
    pay_date: date | None
    lines: list[Line]


@dataclass
class LineRow:
    order_id: int | None
    amount: Decimal


@dataclass
class StatementRow:
    customer_id: int
    address1: str
    paid_at: datetime
    pay_date: date | None
    lines: list[LineRow]


def test_names() -> None:
    assert pascal("state_province") == "StateProvince"
    assert pascal("address1") == "Address1"
    assert pascal("encrypted_customer_id") == "EncryptedCustomerId"


def test_rows_become_answers_with_their_opaque_ids() -> None:
    row = StatementRow(
        7,
        "1 Main Street",
        datetime(2014, 11, 17, 7, tzinfo=UTC),
        None,
        [LineRow(None, Decimal("11.8400")), LineRow(9, Decimal("-3.0000"))],
    )
    assert orjson.loads(Writer(list[Statement]).write([row], IDS)) == [
        {
            "CustomerId": 7,
            "EncryptedCustomerId": IDS.encrypt("customer", 7),
            "Address1": "1 Main Street",
            "PaidAt": "2014-11-17T07:00:00Z",
            "PayDate": None,
            "Lines": [
                {"OrderId": None, "EncryptedOrderId": None, "Amount": 11.84},
                {"OrderId": 9, "EncryptedOrderId": IDS.encrypt("order", 9), "Amount": -3},
            ],
        }
    ]


def test_members_are_read_in_any_case() -> None:
    for body in ({"ORDERID": 1, "amount": 2}, {"order_id": 1, "Amount": 2}):
        line = Line.model_validate({**body, "EncryptedOrderId": None, "more": 1})
        assert (line.order_id, line.amount) == (1, 2)
    with pytest.raises(ValidationError, match="twice"):
        Line.model_validate({"OrderId": 1, "orderid": 2, "Amount": 3})


def test_descriptions_say_what_is_written() -> None:
    schema = TypeAdapter(Line).json_schema(mode="serialization")["properties"]
    assert schema["Amount"]["type"] == "number"
    assert schema["EncryptedOrderId"]["anyOf"][0]["type"] == "string"


@pytest.mark.parametrize("text", ["", " 1", "1 ", "1_0", "１", "0x1", "1e3", "1.0", "+1", "--1"])
def test_only_plain_digits_are_numbers(text: str) -> None:
    with pytest.raises(ValueError, match="whole number"):
        read_integer(text)
    assert read_integer("-10") == "-10"
    assert read_integer(5) == 5
