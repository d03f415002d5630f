"""One operation at work: FastAPI reads its parameters and describes it; matching, identity, bodies,
answers and idempotency are ours.
"""

import functools
import inspect
from collections.abc import Awaitable, Callable
from typing import Any

from fastapi.routing import APIRoute
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from upline.core import idempotency
from upline.core.context import Context
from upline.core.paging import Paged, link_header
from upline.routers.backoffice.contract import BY_KEY, PREFIX
from upline.routers.backoffice.errors import Problem
from upline.routers.backoffice.identity import identify, label
from upline.routers.backoffice.requests import BackOfficeHttpRequest
from upline.routers.backoffice.routing import WRITES, Declaration
from upline.routers.backoffice.signature import documented_signature
from upline.routers.backoffice.writing import Writer
from upline.routers.deps import get_container, get_peer

JSON = "application/json"
KEY_HEADER = "Idempotency-Key"


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
            response_model=None if declaration.is_document else declaration.response_model,
            response_class=(
                declaration.response_model if declaration.is_document else JSONResponse
            ),
            status_code=declaration.status_code,
            methods=[declaration.method],
            tags=[documented.controller if documented else declaration.controller],
            summary=documented.description if documented else description.partition("\n")[0],
            description=description,
            operation_id=documented.help_slug if documented else None,
            openapi_extra=_described(declaration),
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
            solvable = loaded.as_json()
            solvable.open_ids(container.ids)
            response: Response = await solve_and_call(solvable)
            return response

        return handle


def _described(declaration: Declaration) -> dict[str, Any]:
    """What FastAPI cannot know: who needs no token, what takes a key."""
    extra: dict[str, Any] = {"security": []} if declaration.policy.public else {}
    if declaration.keyed:
        schema = {"type": "string", "maxLength": idempotency.LONGEST_KEY}
        extra["parameters"] = [
            {"name": KEY_HEADER, "in": "header", "required": False, "schema": schema}
        ]
    return extra


def _bind(declaration: Declaration) -> Callable[..., Awaitable[Response]]:
    """The endpoint as FastAPI calls it: policy first, then the effect once, then the answer."""
    has_shape = declaration.response_model is not None and not declaration.is_document
    writer = Writer(declaration.response_model) if has_shape else None

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

    call.__signature__ = documented_signature(declaration)  # type: ignore[attr-defined]
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
    if request.method == "GET":  # a list asked for by a body has no address
        # The query as it came, with its ids still opaque.
        query = QueryParams(request.scope["query_string"]).multi_items()
        if link := link_header(request.url.path, query, result.page, result.total):
            headers["Link"] = link
    return Response(writer.write(result.items, ids), status_code, headers, JSON)


def _keyed_request(request: BackOfficeHttpRequest, ctx: Context) -> idempotency.Request | None:
    key = request.headers.get(KEY_HEADER)
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
