"""How this family writes and reads names, ids, money and instants: once, for every schema.

Answers are made in two steps: `writing` turns rows into Python values under their wire names, and
`core.wire` writes those, so that a Decimal becomes an exact JSON number.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any

from pydantic import (
    AliasChoices,
    AliasGenerator,
    BaseModel,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    SerializationInfo,
    WithJsonSchema,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from upline.core.opaque_ids import OpaqueIds

CUSTOMER, ORDER, PAYMENT_METHOD, SUBSCRIPTION = (
    "customer",
    "order",
    "payment_method",
    "subscription",
)
# What an encrypted parameter holds, by its documented name in lower case.
KINDS = {
    "encryptedcustomerid": CUSTOMER,
    "encryptedorderid": ORDER,
    "encryptedspreedlyid": PAYMENT_METHOD,
    "encryptedspreedlysubscriberid": SUBSCRIPTION,
}
OPAQUE_SCHEMA = {"type": "string", "pattern": "^[A-Za-z0-9_-]{32}$"}
LONGEST_TEXT = 4_000

_ENCRYPTED = "encrypted_"


def pascal(name: str) -> str:
    """`state_province` → `StateProvince`, `address1` → `Address1`."""
    return "".join(part[:1].upper() + part[1:] for part in name.split("_"))


def source_of(name: str) -> str:
    """An `encrypted_customer_id` is filled from the `customer_id` beside it."""
    return name.removeprefix(_ENCRYPTED)


def _source(name: str) -> AliasChoices | str:
    source = source_of(name)
    if source != name:
        return AliasChoices(pascal(name), name, pascal(source), source)
    return pascal(name)


class BackOfficeModel(BaseModel):
    """Base of every schema: PascalCase out, any case in, rows and dataclasses by attribute."""

    model_config = ConfigDict(
        alias_generator=AliasGenerator(validation_alias=_source, serialization_alias=pascal),
        validate_by_name=True,
        validate_by_alias=True,
        from_attributes=True,
        extra="ignore",
        allow_inf_nan=False,
    )

    @model_validator(mode="before")
    @classmethod
    def _fold_names(cls, value: Any) -> Any:
        """Members are matched without regard to case, so two that differ by case are refused."""
        if not isinstance(value, Mapping):
            return value
        names = {pascal(field).lower(): pascal(field) for field in cls.model_fields}
        folded: dict[str, Any] = {}
        for key, item in value.items():
            name = names.get(str(key).replace("_", "").lower(), str(key))
            if name in folded:
                raise ValueError("The same member is given twice.")
            folded[name] = item
        return folded


class BackOfficeRequest(BackOfficeModel):
    """Base of request bodies: texts are bounded even where a schema forgets to."""

    model_config = ConfigDict(str_max_length=LONGEST_TEXT)


@dataclass(frozen=True, slots=True)
class Opaque:
    """Marks an id that leaves as an opaque one: `Annotated[int, Opaque(CUSTOMER)]`."""

    kind: str

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        del source, handler
        return core_schema.int_schema(
            serialization=core_schema.plain_serializer_function_ser_schema(
                self._seal, info_arg=True, return_schema=core_schema.str_schema()
            )
        )

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        del schema, handler
        return dict(OPAQUE_SCHEMA)

    def _seal(self, value: int, info: SerializationInfo) -> str:
        ids: OpaqueIds = (info.context or {})["ids"]
        return ids.encrypt(self.kind, value)


OpaqueCustomerId = Annotated[int, Opaque(CUSTOMER)]
OpaqueOrderId = Annotated[int, Opaque(ORDER)]

# JSON numbers both ways; pydantic alone would describe and write a Decimal as a text.
Number = Annotated[Decimal, WithJsonSchema({"type": "number"})]
# Amounts a client may send: what NUMERIC(19,4) holds.
Amount = Annotated[
    Decimal, Field(max_digits=19, decimal_places=4), WithJsonSchema({"type": "number"})
]
Id = Annotated[int, Field(ge=1, le=2**63 - 1)]


_INTEGER = re.compile(r"-?[0-9]{1,30}")


def read_integer(text: Any) -> Any:
    """Only plain digits name an id: no spaces, signs of other scripts or underscores."""
    if isinstance(text, str) and not _INTEGER.fullmatch(text):
        raise ValueError("The value is not a whole number.")
    return text
