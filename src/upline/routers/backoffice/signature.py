"""Endpoint parameters under their documented names: Python keeps snake_case, the wire its typos."""

import inspect
from typing import Annotated, Any, get_args, get_origin

from fastapi import Path, Query, params
from pydantic import BeforeValidator, Field, WithJsonSchema
from starlette.requests import Request
from starlette.responses import Response

from upline.routers.backoffice.contract import BY_KEY, path_parameters
from upline.routers.backoffice.routing import Declaration
from upline.routers.backoffice.wire import KINDS, OPAQUE_SCHEMA, read_integer
from upline.routers.deps import Ctx

INT64 = Field(ge=-(2**63), le=2**63 - 1)


def documented_signature(declaration: Declaration) -> inspect.Signature:
    """The endpoint's parameters under their documented names, plus what the binding needs."""
    own = inspect.signature(declaration.endpoint, eval_str=True)
    in_path = {_plain(name): name for name in path_parameters(declaration.path)}
    documented = BY_KEY.get(declaration.key)
    in_query = {_plain(name): name for name in (documented.query if documented else ())}
    parameters = [
        parameter.replace(
            annotation=_documented(parameter, in_path, in_query),
            kind=inspect.Parameter.KEYWORD_ONLY,
        )
        for parameter in own.parameters.values()
    ]
    taken = {_plain(_alias(parameter) or parameter.name) for parameter in parameters}
    if missing := in_path.keys() - taken:
        raise TypeError(f"{declaration.path}: no argument takes {', '.join(sorted(missing))}")
    keyword = inspect.Parameter.KEYWORD_ONLY
    return own.replace(
        parameters=[
            *parameters,
            inspect.Parameter("request_", keyword, annotation=Request),
            inspect.Parameter("ctx_", keyword, annotation=Ctx),
        ],
        return_annotation=Response,
    )


def _documented(
    parameter: inspect.Parameter, in_path: dict[str, str], in_query: dict[str, str]
) -> Any:
    annotation, name = parameter.annotation, _plain(parameter.name)
    base: Any
    metadata: list[Any]
    base, *metadata = get_args(annotation) if _is_annotated(annotation) else (annotation,)
    special = (params.Depends, params.Body)
    if parameter.name == "body" or base is Request or any(isinstance(m, special) for m in metadata):
        return annotation
    place: params.Param
    if name in in_path:
        place = Path(alias=in_path[name])
    elif any(isinstance(m, params.Param) and m.alias for m in metadata):
        return annotation
    else:
        place = Query(alias=in_query.get(name) or _camel(parameter.name))
    described = next((m.description for m in metadata if isinstance(m, params.Param)), None)
    place.description = described
    kept = [m for m in metadata if not isinstance(m, params.Param)]
    if str(place.alias).lower() in KINDS:
        return Annotated[base, *kept, WithJsonSchema(OPAQUE_SCHEMA), place]
    if base in {int, int | None}:
        return Annotated[base, INT64, *kept, BeforeValidator(read_integer), place]
    return Annotated[base, *kept, place]


def _alias(parameter: inspect.Parameter) -> str | None:
    """The documented name of a parameter that has one by now."""
    metadata = get_args(parameter.annotation)[1:] if _is_annotated(parameter.annotation) else ()
    return next((m.alias for m in metadata if isinstance(m, params.Param)), None)


def _is_annotated(annotation: Any) -> bool:
    return get_origin(annotation) is Annotated


def _plain(name: str) -> str:
    """`customer_id`, `CustomerId` and `EncryptedCustomerId` name the same thing."""
    return name.replace("_", "").lower().removeprefix("encrypted")


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.title() for part in rest)
