"""The columns of an orders file; items and refunds are lists within a cell."""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from upline.services.imports.fields import (
    Bad,
    Field,
    among,
    array,
    at_least_zero,
    choice,
    identifier,
    instant,
    number,
    remembered,
    required,
    shown,
    text,
)
from upline.services.imports.further_volumes import volume_fields
from upline.services.imports.reader import cell_text
from upline.services.imports.reference import ORDER_TYPES, Reference
from upline.services.period import calendar

# Periods begin with 1990; one day later it is 1990 in every time zone.
EARLIEST = datetime(calendar.FIRST_YEAR, 1, 2, tzinfo=UTC)
LARGEST_QUANTITY = 99_999
MOST_ITEMS = 500

_external = text(64)


def order_number(cell: str) -> str:
    """A number becomes the order's id; anything else stays its external id."""
    cell = _external(cell)
    if cell.isdigit() and cell.isascii() and cell[0] != "0" and len(cell) <= 15:
        return f"{cell}\t"
    return f"\t{cell}"


def some(convert: Callable[[str], str]) -> Callable[[str], str]:
    """`convert` for a column pair of which one must be filled."""

    def converted(cell: str) -> str:
        result = convert(cell)
        if not result.strip("\t"):
            raise Bad("is missing")
        return result

    return converted


def items(products: Mapping[str, str]) -> Callable[[Any], str]:
    """`sku:quantity;…`, or a list of objects with `sku` and `quantity`: ids and quantities."""

    def convert(cell: Any) -> str:
        ids, quantities = [], []
        for sku, quantity in _pairs(cell, ":", ("sku", "quantity")):
            if (product := products.get(sku.casefold())) is None:
                raise Bad(f"{shown(sku)} is not a known product")
            ids.append(product)
            quantities.append(_quantity(quantity))
        return f"{array(ids)}\t{array(quantities)}" if ids else "\t"

    known = remembered(convert)
    return lambda cell: known(cell) if isinstance(cell, str) else convert(cell)


def refunds(when: Callable[[str], str]) -> Callable[[Any], str]:
    """`amount@date;…`, or a list of objects with `amount` and `date`: amounts and instants."""

    def convert(cell: Any) -> str:
        if not cell:
            return "\t"
        amounts, instants = [], []
        for amount, date in _pairs(cell, "@", ("amount", "date")):
            if not (refunded := at_least_zero(amount)) or Decimal(refunded) == 0:
                raise Bad(f"{shown(amount)} is not an amount above zero")
            if not (refunded_at := when(date)):
                raise Bad("has a refund without a date")
            amounts.append(refunded)
            instants.append(refunded_at)
        return f"{array(amounts)}\t{array(instants)}" if amounts else "\t"

    return convert


def order_fields(reference: Reference) -> tuple[Field, ...]:
    """What an orders file may hold; the number comes first (see staging.stage)."""
    when = instant(reference.zone, reference.latest, EARLIEST)
    money = remembered(at_least_zero)
    volume = remembered(number)
    return (
        Field("id", ("order_id bigint", "external_id text"), some(order_number),
              ("order id", "order number", "external id", "order"), required=True),
        Field("member", ("customer_id bigint",), required(identifier),
              ("member id", "customer", "customer id"), required=True),
        Field("date", ("ordered_at timestamptz",), required(when),
              ("order date", "ordered at", "ordered"), required=True),
        Field("type", ("order_type_id smallint",), remembered(choice(ORDER_TYPES, "order type")),
              ("order type",)),
        Field("items", ("product_ids bigint[]", "quantities integer[]"),
              items(reference.products), ("products",), structured=True),
        Field("subtotal", ("subtotal numeric",), money),
        Field("discount", ("discount numeric",), money),
        Field("shipping", ("shipping numeric",), money),
        Field("tax", ("tax numeric",), money),
        Field("total", ("total numeric",), money, ("amount",)),
        Field("currency", ("currency_code text",),
              remembered(among(reference.currencies, "currency")), ("currency code",)),
        Field("country", ("country_code text",),
              remembered(among(reference.countries, "country")), ("country code",)),
        Field("pv", ("pv numeric",), volume, ("personal volume",)),
        Field("cv", ("cv numeric",), volume, ("commissionable volume",)),
        Field("retail_margin_base", ("retail_margin_base numeric",), volume,
              ("retail margin", "retail base")),
        Field("refunds", ("refund_amounts numeric[]", "refund_instants timestamptz[]"),
              refunds(when), ("refund",), structured=True),
        *volume_fields(reference.kinds, volume),
    )  # fmt: skip


def _pairs(cell: Any, separator: str, names: tuple[str, str]) -> Iterator[tuple[str, str]]:
    """The two parts of each entry of a list that stands in one cell."""
    entries = [one for one in cell.split(";") if one.strip()] if isinstance(cell, str) else cell
    if len(entries) > MOST_ITEMS:
        raise Bad(f"has {len(entries)} entries; at most {MOST_ITEMS} fit")
    for entry in entries:
        if isinstance(entry, str):
            first, found, second = entry.rpartition(separator)
            if not found:
                raise Bad(f"{shown(entry)} is not of the form {separator.join(names)}")
        elif isinstance(entry, dict):
            if set(entry) - set(names):
                raise Bad(f"has an entry with other keys than {' and '.join(names)}")
            first, second = (cell_text(entry.get(name)) for name in names)
        else:
            raise Bad(f"is not a list of objects with {' and '.join(names)}")
        yield first.strip(), second.strip()


def _quantity(cell: str) -> str:
    quantity = identifier(cell)
    if not quantity or int(quantity) > LARGEST_QUANTITY:
        raise Bad(f"{shown(cell)} is not a quantity from 1 to {LARGEST_QUANTITY}")
    return quantity
