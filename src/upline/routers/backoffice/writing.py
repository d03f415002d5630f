"""Answers as bytes: schemas compiled to functions that read attributes and nothing else.

Services hand out dataclasses and rows of their own making. To let pydantic check and copy every
field of these takes longer than all else that is done with them here, so a schema is read once, for
which fields there are and how each is written. Tests hold both ways to each other.

What a schema comes to is Python source, one function a schema, as the initializer of a dataclass
is: a call for each field would take as long as the fields themselves, and an answer has thousands.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import (
    BaseModel,
    BeforeValidator,
    Discriminator,
    Tag,
    TypeAdapter,
    WithJsonSchema,
)

from upline.core import wire
from upline.core.opaque_ids import OpaqueIds
from upline.routers.backoffice.wire import Opaque, source_of

# A value as `core.wire` takes it.
Write = Callable[[Any, OpaqueIds], Any]
# The expression that writes what another one gives; None stands for a value taken as it is.
Spell = Callable[[str], str]

_AS_THEY_ARE = (int, str, bool, date)


class Unwritable(Exception):
    """A schema asks for more than this knows; pydantic has to write it."""


class Writer:
    """Turns whatever an endpoint returns into the bytes of its response model."""

    def __init__(self, response_model: Any) -> None:
        self._adapter: TypeAdapter[Any] = TypeAdapter(response_model)
        self._write = compile_writer(response_model)

    def write(self, value: Any, ids: OpaqueIds) -> bytes:
        if self._write is None:
            return self.write_checked(value, ids)
        return wire.dump_written(self._write(value, ids))

    def write_checked(self, value: Any, ids: OpaqueIds) -> bytes:
        """The same by pydantic, for schemas that ask for more than is compiled here."""
        model = self._adapter.validate_python(value, from_attributes=True)
        return wire.dump_json(self._adapter.dump_python(model, by_alias=True, context={"ids": ids}))


def compile_writer(response_model: Any) -> Write | None:
    """How values of a response model are written; None leaves them to pydantic."""
    compiler = _Compiler()
    try:
        spell = compiler.spell(response_model)
    except Unwritable:
        return None
    return compiler.function(spell("value") if spell else "value")


class _Compiler:
    """Source for one response model, and what the names in it stand for."""

    def __init__(self) -> None:
        self._names: dict[str, Any] = {"exact": wire.exact, "ZERO": wire.ZERO, "UTC": UTC}
        self._schemas: dict[type[BaseModel], str] = {}

    def function(self, expression: str) -> Write:
        """Of "value" and "ids"."""
        write: Write = eval(f"lambda value, ids: {expression}", self._names)  # noqa: S307 - ours
        return write

    def spell(self, annotation: Any, marks: Sequence[Any] = ()) -> Spell | None:
        """How one value is written, by its annotation and what is marked beside it."""
        if get_origin(annotation) is Annotated:
            annotation, *inner = get_args(annotation)
            return self.spell(annotation, (*marks, *inner))
        for mark in marks:
            match mark:
                case Opaque(kind):
                    return lambda value: f"ids.encrypt({kind!r}, {value})"
                case BeforeValidator(func):
                    change = self._name(func)
                    return lambda value: f"{change}({value})"
                case Discriminator(discriminator) if callable(discriminator):
                    return self._one_of(discriminator, get_args(annotation))
                case WithJsonSchema() | Tag():
                    continue
                case _:
                    raise Unwritable
        if get_origin(annotation) in (Union, UnionType):
            return self._nullable(annotation)
        if get_origin(annotation) is list:
            return _each(self.spell(get_args(annotation)[0]))
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            return self._schema(annotation)
        if annotation is Decimal:
            return lambda value: f"(exact({value}) if {value} else ZERO)"
        if annotation is datetime:
            return lambda value: f"({value} if {value}.tzinfo is UTC else {value}.astimezone(UTC))"
        if annotation in _AS_THEY_ARE:
            return None
        raise Unwritable

    def _name(self, meant: Any) -> str:
        """A name nothing else has."""
        name = f"name{len(self._names)}"
        self._names[name] = meant
        return name

    def _nullable(self, annotation: Any) -> Spell | None:
        some = [each for each in get_args(annotation) if each is not NoneType]
        if len(some) != 1:
            raise Unwritable
        spell = self.spell(some[0])
        if spell is None:
            return None
        return lambda value: f"(None if {value} is None else {spell(value)})"

    def _one_of(self, tell: Callable[[Any], Any], annotations: Sequence[Any]) -> Spell:
        """Schemas of which a function tells, by their tags, the one a value has."""
        writes: dict[Any, Write] = {}
        choose = f"{self._name(writes)}[{self._name(tell)}"
        for annotation in annotations:
            spell = self.spell(annotation)
            for mark in get_args(annotation)[1:]:
                if isinstance(mark, Tag) and spell is not None:
                    writes[mark.tag] = self.function(spell("value"))
        return lambda value: f"{choose}({value})]({value}, ids)"

    def _schema(self, model: type[BaseModel]) -> Spell:
        """The fields of a schema under their names on the wire, read from attributes."""
        if model not in self._schemas:
            # It has its name before its fields are looked at: trees hold themselves.
            name = self._schemas[model] = self._name(None)
            self._names[name] = self.function(f"{{{', '.join(self._fields(model))}}}")
        function = self._schemas[model]
        return lambda value: f"{function}({value}, ids)"

    def _fields(self, model: type[BaseModel]) -> list[str]:
        fields = []
        for name, field in model.model_fields.items():
            if not field.is_required() or field.serialization_alias is None:
                raise Unwritable
            spell = self.spell(field.annotation, field.metadata)
            value = f"value.{source_of(name)}"
            written = spell(value) if spell else value
            fields.append(f"{field.serialization_alias!r}: {written}")
        return fields


def _each(spell: Spell | None) -> Spell:
    """Of a list; most in an answer are empty, and need no loop."""
    if spell is None:
        return lambda values: f"list({values})"
    return lambda values: f"({values} and [{spell('each')} for each in {values}])"
