"""Answers as bytes: schemas compiled to functions that read attributes and nothing else.

Services hand out dataclasses and rows of their own making. To let pydantic check and copy every
field of these takes longer than all else that is done with them here, so a schema is read once, for
which fields there are and how each is written. Tests hold both ways to each other.
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

# A value as `core.wire` takes it; None stands for one that is taken as it is.
Write = Callable[[Any, OpaqueIds], Any]

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
    try:
        return _value(response_model, (), {}) or _as_it_is
    except Unwritable:
        return None


def _as_it_is(value: Any, ids: OpaqueIds) -> Any:
    del ids
    return value


def _value(annotation: Any, marks: Sequence[Any], known: dict[type, Write]) -> Write | None:
    """How one value is written, by its annotation and what is marked beside it."""
    if get_origin(annotation) is Annotated:
        annotation, *inner = get_args(annotation)
        return _value(annotation, (*marks, *inner), known)
    for mark in marks:
        match mark:
            case Opaque(kind):
                return _seal(kind)
            case BeforeValidator(func):
                return _changed(func)
            case Discriminator(discriminator) if callable(discriminator):
                return _one_of(discriminator, get_args(annotation), known)
            case WithJsonSchema() | Tag():
                continue
            case _:
                raise Unwritable
    if get_origin(annotation) in (Union, UnionType):
        return _nullable(annotation, known)
    if get_origin(annotation) is list:
        return _each(_value(get_args(annotation)[0], (), known))
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return _fields(annotation, known)
    if annotation is Decimal:
        return _exact
    if annotation is datetime:
        return _instant
    if annotation in _AS_THEY_ARE:
        return None
    raise Unwritable


def _exact(value: Decimal, ids: OpaqueIds) -> Any:
    del ids
    return wire.exact(value)


def _instant(value: datetime, ids: OpaqueIds) -> datetime:
    del ids
    return value if value.tzinfo is UTC else value.astimezone(UTC)


def _seal(kind: str) -> Write:
    return lambda value, ids: ids.encrypt(kind, value)


def _changed(change: Callable[..., Any]) -> Write:
    return lambda value, _: change(value)


def _nullable(annotation: Any, known: dict[type, Write]) -> Write | None:
    some = [each for each in get_args(annotation) if each is not NoneType]
    if len(some) != 1:
        raise Unwritable
    write = _value(some[0], (), known)
    if write is None:
        return None
    return lambda value, ids: None if value is None else write(value, ids)


def _each(write: Write | None) -> Write:
    if write is None:
        return lambda values, _: list(values)
    return lambda values, ids: [write(value, ids) for value in values]


def _one_of(
    tell: Callable[[Any], Any], annotations: Sequence[Any], known: dict[type, Write]
) -> Write:
    """Schemas of which a function tells, by their tags, the one a value has."""
    writes: dict[Any, Write] = {}
    for annotation in annotations:
        write = _value(annotation, (), known)
        for mark in get_args(annotation)[1:]:
            if isinstance(mark, Tag) and write is not None:
                writes[mark.tag] = write
    return lambda value, ids: writes[tell(value)](value, ids)


def _fields(model: type[BaseModel], known: dict[type, Write]) -> Write:
    """The fields of a schema under their names on the wire, read from attributes.

    They are one expression, compiled as the initializer of a dataclass is: a loop over the names of
    thirty fields takes twice as long.
    """
    if model in known:
        return known[model]
    scope: dict[str, Any] = {"exact": wire.exact}

    def write(value: Any, ids: OpaqueIds) -> Any:
        return scope["write"](value, ids)

    known[model] = write  # before its fields are looked at: trees hold themselves
    items = []
    for place, (name, field) in enumerate(model.model_fields.items()):
        if not field.is_required() or field.serialization_alias is None:
            raise Unwritable
        item = f"value.{source_of(name)}"
        change = _value(field.annotation, field.metadata, known)
        if change is _exact:
            item = f"exact({item})"
        elif change is not None:
            scope[f"change{place}"] = change
            item = f"change{place}({item}, ids)"
        items.append(f"{field.serialization_alias!r}: {item}")
    source = f"lambda value, ids: {{{', '.join(items)}}}"
    scope["write"] = eval(source, scope)  # noqa: S307 - names of our own fields and nothing else
    return write
