"""Declaring operations: a path copied from the documentation, a policy, a response model.

`Router` only collects; `app.py` turns what was collected into FastAPI routes, so that FastAPI reads
parameters and writes OpenAPI while matching, identity, bodies, answers and idempotency are ours.
"""

import functools
import inspect
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar, get_args, get_origin

from fastapi import Path, Query, params
from fastapi.routing import APIRoute
from pydantic import BeforeValidator, Field, WithJsonSchema
from starlette.requests import Request
from starlette.responses import Response

from upline.core import idempotency
from upline.core.context import Context
from upline.core.errors import NotFound
from upline.core.paging import Paged, link_header
from upline.routers.backoffice.contract import (
    BY_KEY,
    CONTROLLERS,
    PREFIX,
    operation_key,
    path_parameters,
)
from upline.routers.backoffice.errors import Problem
from upline.routers.backoffice.identity import identify, label
from upline.routers.backoffice.requests import BackOfficeHttpRequest
from upline.routers.backoffice.wire import KINDS, OPAQUE_SCHEMA, Writer, read_integer
from upline.routers.deps import Ctx, get_container, get_peer
from upline.routers.policies import Policy

JSON = "application/json"
WRITES = frozenset({"POST", "PUT", "DELETE"})
INT64 = Field(ge=-(2**63), le=2**63 - 1)

Endpoint = TypeVar("Endpoint", bound=Callable[..., Awaitable[Any]])


@dataclass(frozen=True, slots=True)
class Declaration:
    """One operation as its router declares it; `path` is below PREFIX."""

    method: str
    path: str
    endpoint: Callable[..., Awaitable[Any]]
    policy: Policy
    response_model: Any
    controller: str
    status_code: int
    keyed: bool

    @property
    def key(self) -> tuple[str, str]:
        return operation_key(self.method, self.path)


class Router:
    """The operations of one controller.

    Endpoint parameters find their documented names themselves: `customer_id` fits
    `{EncryptedCustomerId}`, `{customerid}` and `{CustomerId}` alike, and a query parameter
    `max_level` is `maxLevel` unless the documentation spells it otherwise. An encrypted parameter
    arrives as the plain id. Two decorators on one endpoint make it serve twin paths.
    """

    def __init__(self, controller: str) -> None:
        if controller not in CONTROLLERS:
            raise ValueError(f"{controller} is no documented controller")
        self.controller = controller
        self.declarations: list[Declaration] = []

    def get(
        self, path: str, *, policy: Policy, response_model: Any
    ) -> Callable[[Endpoint], Endpoint]:
        return self._declare("GET", path, policy, response_model)

    def post(
        self,
        path: str,
        *,
        policy: Policy,
        response_model: Any,
        status_code: int = 200,
        keyed: bool = True,
    ) -> Callable[[Endpoint], Endpoint]:
        """`keyed=False` for answers that must not be stored, such as tokens."""
        return self._declare("POST", path, policy, response_model, status_code, keyed=keyed)

    def put(
        self, path: str, *, policy: Policy, response_model: Any
    ) -> Callable[[Endpoint], Endpoint]:
        return self._declare("PUT", path, policy, response_model)

    def delete(
        self, path: str, *, policy: Policy, response_model: Any = None, status_code: int = 204
    ) -> Callable[[Endpoint], Endpoint]:
        return self._declare("DELETE", path, policy, response_model, status_code)

    def options(self, path: str, *, policy: Policy) -> Callable[[Endpoint], Endpoint]:
        return self._declare("OPTIONS", path, policy, None, 204)

    def _declare(
        self,
        method: str,
        path: str,
        policy: Policy,
        response_model: Any,
        status_code: int = 200,
        *,
        keyed: bool = True,
    ) -> Callable[[Endpoint], Endpoint]:
        def decorate(endpoint: Endpoint) -> Endpoint:
            self.declarations.append(
                Declaration(
                    method,
                    path,
                    endpoint,
                    policy,
                    response_model,
                    self.controller,
                    status_code,
                    keyed and method in WRITES,
                )
            )
            return endpoint

        return decorate


class Route(APIRoute):
    """FastAPI's route with our identity, body and answer around it."""

    def __init__(self, declaration: Declaration) -> None:
        # FastAPI's constructor already asks for the handler, which needs these.
        self.declaration = declaration
        documented = BY_KEY.get(declaration.key)
        description = inspect.getdoc(declaration.endpoint) or ""
        super().__init__(
            PREFIX + declaration.path,
            _bind(declaration),
            response_model=declaration.response_model,
            status_code=declaration.status_code,
            methods=[declaration.method],
            tags=[documented.controller if documented else declaration.controller],
            summary=documented.description if documented else description.partition("\n")[0],
            description=description,
            operation_id=documented.help_slug if documented else None,
            openapi_extra={"security": []} if declaration.policy.public else None,
            responses={"default": {"model": Problem, "description": "Why it did not succeed."}},
        )

    def get_route_handler(self) -> Callable[[Request], Any]:
        solve_and_call = super().get_route_handler()
        declaration = self.declaration

        async def handle(request: Request) -> Response:
            container = get_container(request)
            principal = await identify(request, declaration.policy)
            request.state.principal = principal
            loaded = BackOfficeHttpRequest(request.scope, request.receive)
            if declaration.method in WRITES:
                await loaded.load(container.settings.limits.json_bytes)
            _open_ids(loaded)
            response: Response = await solve_and_call(loaded.as_json())
            return response

        return handle


def _open_ids(request: BackOfficeHttpRequest) -> None:
    """Replace encrypted path parameters by the ids they hold; anything else in them is nobody's."""
    ids = get_container(request).ids
    opened: dict[str, Any] = dict(request.path_params)
    for name, text in request.path_params.items():
        if kind := KINDS.get(name.lower()):
            if (number := ids.decrypt(kind, text)) is None:
                raise NotFound
            opened[name] = number
    request.scope["path_params"] = opened


def _bind(declaration: Declaration) -> Callable[..., Awaitable[Response]]:
    """The endpoint as FastAPI calls it: policy first, then the effect once, then the answer."""
    writer = None if declaration.response_model is None else Writer(declaration.response_model)

    @functools.wraps(declaration.endpoint)
    async def call(request_: BackOfficeHttpRequest, ctx_: Context, **arguments: Any) -> Response:
        await declaration.policy.allow(ctx_, arguments)
        keyed = _keyed_request(request_, ctx_) if declaration.keyed else None
        if keyed and (stored := await idempotency.begin(ctx_.session, keyed)):
            headers = {"Idempotent-Replayed": "true"}
            return Response(stored.body, stored.status, headers, stored.media_type or None)
        result = await declaration.endpoint(**arguments)
        response = _respond(request_, declaration.status_code, writer, result)
        if keyed:
            answer = idempotency.Answer(
                response.status_code, response.media_type or "", bytes(response.body)
            )
            await idempotency.finish(ctx_.session, keyed, answer)
        return response

    call.__signature__ = _signature(declaration)  # type: ignore[attr-defined]
    return call


def _respond(
    request: BackOfficeHttpRequest, status_code: int, writer: Writer | None, result: Any
) -> Response:
    if isinstance(result, Response):
        return result
    if writer is None:
        return Response(status_code=status_code)
    ids = get_container(request).ids
    if not isinstance(result, Paged):
        return Response(writer.write(result, ids), status_code, media_type=JSON)
    headers = {"X-Total-Count": str(result.total)}
    query = request.query_params.multi_items()
    if link := link_header(request.url.path, query, result.page, result.total):
        headers["Link"] = link
    return Response(writer.write(result.items, ids), status_code, headers, JSON)


def _keyed_request(request: BackOfficeHttpRequest, ctx: Context) -> idempotency.Request | None:
    key = request.headers.get("Idempotency-Key")
    if not key:
        return None
    if len(key) > idempotency.LONGEST_KEY or not key.isascii():
        raise idempotency.KeyInvalid
    digest = idempotency.digest(
        request.method.encode(),
        request.url.path.lower().encode(),
        request.scope["query_string"],
        getattr(request.state, "body", b""),
    )
    return idempotency.Request(label(ctx.principal, get_peer(request)), key, digest)


def _signature(declaration: Declaration) -> inspect.Signature:
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
    if in_path.get(name, "").lower() in KINDS:
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
