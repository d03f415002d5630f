"""Lists within a cell: items and refunds, as text and as JSON."""

from datetime import UTC, datetime
from typing import Any

import pytest

from upline.services.imports.fields import Bad, instant
from upline.services.imports.order_fields import items, order_number, refunds, some

ITEMS = items({"kit-1": "7", "oil:5": "9"})
REFUNDS = refunds(instant("America/Denver", datetime(2015, 1, 1, tzinfo=UTC)))


@pytest.mark.parametrize(
    "cell",
    [
        "KIT-1:2;oil:5:10;",
        [{"sku": "kit-1", "quantity": 2}, {"sku": "OIL:5", "quantity": "10"}],
        ["kit-1:2", "oil:5:10"],
    ],
)
def test_items_become_ids_and_quantities(cell: Any) -> None:
    assert ITEMS(cell) == "{7,9}\t{2,10}"


@pytest.mark.parametrize("cell", ["", " ; ", []])
def test_no_items_are_nothing(cell: Any) -> None:
    assert ITEMS(cell) == "\t"


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("nope:1", "“nope” is not a known product"),
        ("kit-1", "“kit-1” is not of the form sku:quantity"),
        ("kit-1:0", "“0” is not a quantity from 1 to 99999"),
        ("kit-1:100000", "“100000” is not a quantity from 1 to 99999"),
        ("kit-1:1.5", "“1.5” is not a whole number"),
        ([{"sku": "kit-1", "qty": 1}], "has an entry with other keys than sku and quantity"),
        ([{"sku": ["kit-1"], "quantity": 1}], "must be a text or a number"),
        ([5], "is not a list of objects with sku and quantity"),
        ("kit-1:1;" * 501, "has 501 entries; at most 500 fit"),
    ],
)
def test_bad_items_are_refused(cell: Any, reason: str) -> None:
    with pytest.raises(Bad) as refused:
        ITEMS(cell)
    assert str(refused.value) == reason


@pytest.mark.parametrize(
    "cell",
    [
        "10@2014-10-09; 2.5@2014-10-10T00:00:00Z",
        [
            {"amount": 10, "date": "2014-10-09"},
            {"amount": "2.5", "date": "2014-10-10T00:00:00Z"},
        ],
    ],
)
def test_refunds_become_amounts_and_instants(cell: Any) -> None:
    assert REFUNDS(cell) == "{10,2.5}\t{2014-10-09T00:00:00-06:00,2014-10-10T00:00:00+00:00}"


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("10", "“10” is not of the form amount@date"),
        ("0@2014-10-09", "“0” is not an amount above zero"),
        ("@2014-10-09", "“” is not an amount above zero"),
        ("-1@2014-10-09", "“-1” is negative"),
        ("10@", "has a refund without a date"),
        ("10@soon", "“soon” is not a date (YYYY-MM-DD) or an instant"),
    ],
)
def test_bad_refunds_are_refused(cell: str, reason: str) -> None:
    with pytest.raises(Bad) as refused:
        REFUNDS(cell)
    assert str(refused.value) == reason


@pytest.mark.parametrize(
    ("cell", "converted"),
    [("12", "12\t"), ("A-12", "\tA-12"), ("007", "\t007"), ("9" * 16, "\t" + "9" * 16)],
)
def test_numbers_become_ids_and_the_rest_external_ids(cell: str, converted: str) -> None:
    assert some(order_number)(cell) == converted


def test_an_order_has_a_number() -> None:
    with pytest.raises(Bad, match="is missing"):
        some(order_number)(" ")
