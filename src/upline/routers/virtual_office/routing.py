"""Routes of this family: each declares its policy and answers for all that goes wrong inside it."""

import functools
import inspect
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

from fastapi import APIRouter, Request, Response
from fastapi.routing import APIRoute
from pydantic import TypeAdapter
from starlette.requests import ClientDisconnect

from upline.core import wire
from upline.routers.deps import get_container
from upline.routers.policies import Policy
from upline.routers.virtual_office.auth import identify
from upline.routers.virtual_office.errors import respond

JSON = "application/json"
POLICY = "__policy__"

Endpoint = TypeVar("Endpoint", bound=Callable[..., Awaitable[Any]])


class StrictRequest(Request):
    """Reads JSON with our own reader (no NaN, no NUL, no half characters, no equal keys), and no
    more of a body than the operation takes."""

    _data: bytes = b""
    _content: Any = None

    async def load(self, limit: int) -> None:
        """Raises TooLarge or Malformed; FastAPI would turn both into one vague answer."""
        self._data = await wire.read_limited(self.stream(), limit)
        self._content = wire.load_json(self._data) if self._data else None

    async def body(self) -> bytes:
        return self._data

    async def json(self) -> Any:
        return self._content


class PolicyRoute(APIRoute):
    """Identifies the caller and asks the policy; a stranger's body is never read."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        solve_and_call = super().get_route_handler()
        policy: Policy = getattr(self.endpoint, POLICY)
        path, takes_body = self.path, self.body_field is not None

        async def handle(request: Request) -> Response:
            request.state.route = path
            try:
                request.state.principal = await identify(request, policy)
                strict = StrictRequest(request.scope, request.receive)
                if takes_body:
                    await strict.load(get_container(request).settings.limits.json_bytes)
                return await solve_and_call(strict)
            except ClientDisconnect:
                raise
            except Exception as error:  # noqa: BLE001 - nothing a client sends may be a bare 500
                return respond(error)

        return handle


class Router(APIRouter):
    """An APIRouter whose operations cannot be declared without a policy."""

    def __init__(self) -> None:
        super().__init__(route_class=PolicyRoute)

    def get(  # type: ignore[override]
        self, path: str, *, policy: Policy, response_model: Any
    ) -> Callable[[Endpoint], Endpoint]:
        return self._operation("GET", path, policy, response_model)

    def post(  # type: ignore[override]
        self, path: str, *, policy: Policy, response_model: Any
    ) -> Callable[[Endpoint], Endpoint]:
        return self._operation("POST", path, policy, response_model)

    def _operation(
        self, method: str, path: str, policy: Policy, response_model: Any
    ) -> Callable[[Endpoint], Endpoint]:
        def register(endpoint: Endpoint) -> Endpoint:
            self.add(method, path, endpoint, policy, response_model)
            return endpoint

        return register

    def add(
        self,
        method: str,
        path: str,
        endpoint: Callable[..., Awaitable[Any]],
        policy: Policy,
        response_model: Any,
    ) -> None:
        """Route an operation without a decorator."""
        call = _bind(endpoint, policy, TypeAdapter(response_model))
        self.add_api_route(path, call, methods=[method], response_model=response_model)


def _bind(
    endpoint: Callable[..., Awaitable[Any]], policy: Policy, adapter: TypeAdapter[Any]
) -> Callable[..., Awaitable[Response]]:
    """The endpoint as FastAPI calls it: the policy on its validated arguments, then the answer."""

    @functools.wraps(endpoint)
    async def call(**arguments: Any) -> Response:
        await policy.allow(arguments["ctx"], arguments)
        result = await endpoint(**arguments)
        answer = adapter.validate_python(result, from_attributes=True)
        content = adapter.dump_python(answer, by_alias=True, exclude_none=True)
        return Response(wire.dump_json(content), media_type=JSON)

    # FastAPI reads the signature of what it calls, and must see the endpoint's own.
    call.__signature__ = inspect.signature(endpoint)  # type: ignore[attr-defined]
    setattr(call, POLICY, policy)
    return call
