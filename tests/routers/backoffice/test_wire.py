import pytest
from pydantic import TypeAdapter, ValidationError

from upline.routers.backoffice.wire import (
    BackOfficeModel,
    Number,
    OpaqueOrderId,
    pascal,
    read_integer,
)


class Line(BackOfficeModel):
    order_id: int | None
    encrypted_order_id: OpaqueOrderId | None
    amount: Number


def test_names() -> None:
    assert pascal("state_province") == "StateProvince"
    assert pascal("address1") == "Address1"
    assert pascal("encrypted_customer_id") == "EncryptedCustomerId"


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
