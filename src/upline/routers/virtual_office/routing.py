"""Declaring operations: a path copied from the contract, a policy, a response model.

`Router` only collects; `Route` answers for everything that goes wrong inside an operation.
"""

import functools
import inspect
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import Any, TypeVar

from fastapi import Request, Response
from fastapi.routing import APIRoute
from pydantic import TypeAdapter
from starlette.requests import ClientDisconnect

from upline.core import wire
from upline.routers.deps import get_container
from upline.routers.policies import Policy
from upline.routers.virtual_office.auth import identify
from upline.routers.virtual_office.errors import respond

JSON = "application/json"

Endpoint = TypeVar("Endpoint", bound=Callable[..., Awaitable[Any]])


@dataclass(frozen=True, slots=True)
class Declaration:
    """One operation as its router declares it."""

    method: str
    path: str
    endpoint: Callable[..., Awaitable[Any]]
    policy: Policy
    response_model: Any


class Router:
    """The operations of one subject; none can be declared without a policy."""

    def __init__(self) -> None:
        self.declarations: list[Declaration] = []

    def get(
        self, path: str, *, policy: Policy, response_model: Any
    ) -> Callable[[Endpoint], Endpoint]:
        return self._declare("GET", path, policy, response_model)

    def post(
        self, path: str, *, policy: Policy, response_model: Any
    ) -> Callable[[Endpoint], Endpoint]:
        return self._declare("POST", path, policy, response_model)

    def _declare(
        self, method: str, path: str, policy: Policy, response_model: Any
    ) -> Callable[[Endpoint], Endpoint]:
        def decorate(endpoint: Endpoint) -> Endpoint:
            self.declarations.append(Declaration(method, path, endpoint, policy, response_model))
            return endpoint

        return decorate


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


class Route(APIRoute):
    """FastAPI's route with our identity, body and answer around it; a stranger's body is never
    read."""

    def __init__(self, declaration: Declaration) -> None:
        # FastAPI's constructor already asks for the handler, which needs this.
        self.declaration = declaration
        super().__init__(
            # A title may hold slashes, escaped or not: both arrive here as slashes.
            declaration.path.replace("{title}", "{title:path}"),
            _bind(declaration),
            methods=[declaration.method],
            response_model=declaration.response_model,
        )

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        solve_and_call = super().get_route_handler()
        policy, takes_body = self.declaration.policy, self.body_field is not None

        async def handle(request: Request) -> Response:
            request.state.route = self.path
            try:
                request.state.principal = await identify(request, policy)
                strict = StrictRequest(request.scope, request.receive)
                if takes_body:
                    await strict.load(get_container(request).settings.limits.json_bytes)
                return await solve_and_call(strict)
            except ClientDisconnect:
                return Response(status_code=400)  # nobody is there to read it
            except Exception as error:  # noqa: BLE001 - every failure has the family's shape
                return respond(error)

        return handle


def _bind(declaration: Declaration) -> Callable[..., Awaitable[Response]]:
    """The endpoint as FastAPI calls it: the policy on its validated arguments, then the answer."""
    adapter: TypeAdapter[Any] = TypeAdapter(declaration.response_model)

    @functools.wraps(declaration.endpoint)
    async def call(**arguments: Any) -> Response:
        await declaration.policy.allow(arguments["ctx"], arguments)
        result = await declaration.endpoint(**arguments)
        if isinstance(result, Response):
            return result
        answer = adapter.validate_python(result, from_attributes=True)
        return Response(wire.dump_json(adapter.dump_python(answer, by_alias=True)), media_type=JSON)

    # FastAPI reads the signature of what it calls, and must see the endpoint's own.
    call.__signature__ = inspect.signature(declaration.endpoint)  # type: ignore[attr-defined]
    return call
