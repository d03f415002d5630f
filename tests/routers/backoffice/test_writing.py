"""Both ways to write an answer: compiled, and by pydantic."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from types import NoneType, SimpleNamespace
from typing import Annotated, Any, get_args, get_origin

import orjson
import pytest
from pydantic import BaseModel, Field

from upline.core.opaque_ids import OpaqueIds
from upline.routers.backoffice.app import ROUTERS
from upline.routers.backoffice.wire import (
    BackOfficeModel,
    Number,
    OpaqueCustomerId,
    OpaqueOrderId,
    source_of,
)
from upline.routers.backoffice.writing import Writer, compile_writer

IDS = OpaqueIds([bytes(64)])
# Has a default, which only pydantic fills in; and nobody asks for tokens a hundred times a second.
UNCOMPILED = {"Token"}


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


def _response_models() -> Iterator[Any]:
    for router in ROUTERS:
        for declaration in router.declarations:
            if declaration.response_model is not None and not declaration.is_document:
                yield declaration.response_model


def _like(annotation: Any, left: int = 3) -> Any:
    """A value an annotation describes, as a service would give it."""
    arguments = get_args(annotation)
    if get_origin(annotation) is Annotated:
        return _like(arguments[0], left)
    if get_origin(annotation) is list:
        return [_like(arguments[0], left - 1)] * 2 if left else []
    if arguments:
        return None if NoneType in arguments and left % 2 else _like(arguments[0], left)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        fields = {
            source_of(name): _like(field.annotation, left - 1)
            for name, field in annotation.model_fields.items()
        }
        return SimpleNamespace(**fields)
    examples = {
        int: 7,
        str: "Zoë",
        bool: True,
        Decimal: Decimal("-11.8400"),
        date: date(2014, 11, 17),
        datetime: datetime(2014, 11, 17, 7, 30, 1, 250, tzinfo=UTC),
    }
    return examples[annotation]


@pytest.mark.parametrize("model", list(_response_models()), ids=str)
def test_every_answer_is_written_as_pydantic_would(model: Any) -> None:
    if getattr(model, "__name__", "") in UNCOMPILED:
        assert compile_writer(model) is None
        return
    assert compile_writer(model) is not None
    value = _like(model)
    written = Writer(model).write(value, IDS)
    assert len(written) > len("[]")
    assert written == Writer(model).write_checked(value, IDS)


def test_what_is_not_understood_is_left_to_pydantic() -> None:
    class Odd(BackOfficeModel):
        level: Annotated[int, Field(ge=1)]

    assert compile_writer(Odd) is None
    assert Writer(Odd).write(SimpleNamespace(level=1), IDS) == b'{"Level":1}'


def test_empty_lists_and_nothing() -> None:
    assert Writer(list[Line]).write((), IDS) == b"[]"
    assert Writer(Line | None).write(None, IDS) == b"null"
