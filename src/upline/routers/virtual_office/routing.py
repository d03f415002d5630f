"""Routes of this family: each declares its policy, which is asked before anything is read."""

import functools
import inspect
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.routing import APIRoute

from upline.core.wire import load_json, read_limited
from upline.routers.deps import get_container
from upline.routers.policies import Policy
from upline.routers.virtual_office.auth import identify

Endpoint = Callable[..., Awaitable[Any]]
POLICY = "__policy__"


class StrictRequest(Request):
    """Reads JSON with our own reader (no NaN, no NUL, no half characters, no equal keys), and no
    more of a body than the operation takes."""

    _content: Any = None
    _read: bytes = b""

    async def load(self, limit: int) -> None:
        """Raises TooLarge or Malformed; FastAPI would turn both into one vague answer."""
        self._read = await read_limited(self.stream(), limit)
        if self._read:
            self._content = load_json(self._read)

    async def body(self) -> bytes:
        return self._read

    async def json(self) -> Any:
        return self._content


class PolicyRoute(APIRoute):
    """Identifies the caller and asks the policy; a stranger's body is never read."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handler = super().get_route_handler()
        policy: Policy = getattr(self.endpoint, POLICY)
        path, takes_body = self.path, self.body_field is not None

        async def admit(request: Request) -> Response:
            request.state.route = path
            if not policy.public:
                request.state.principal = await identify(request)
                policy.admit(request.state.principal)
            strict = StrictRequest(request.scope, request.receive)
            if takes_body:
                await strict.load(get_container(request).settings.limits.json_bytes)
            return await handler(strict)

        return admit


class Router(APIRouter):
    """An APIRouter whose operations cannot be declared without a policy."""

    def __init__(self) -> None:
        super().__init__(route_class=PolicyRoute)

    def get(  # type: ignore[override]
        self, path: str, *, policy: Policy, **options: Any
    ) -> Callable[[Endpoint], Endpoint]:
        return self._operation("GET", path, policy, options)

    def post(  # type: ignore[override]
        self, path: str, *, policy: Policy, **options: Any
    ) -> Callable[[Endpoint], Endpoint]:
        return self._operation("POST", path, policy, options)

    def _operation(
        self, method: str, path: str, policy: Policy, options: dict[str, Any]
    ) -> Callable[[Endpoint], Endpoint]:
        def register(endpoint: Endpoint) -> Endpoint:
            self.add_api_route(path, guard(endpoint, policy), methods=[method], **options)
            return endpoint

        return register


def guard(endpoint: Endpoint, policy: Policy) -> Endpoint:
    """`endpoint`, asked for only after the policy has allowed its validated arguments."""

    @functools.wraps(endpoint)
    async def guarded(**arguments: Any) -> Any:
        await policy.allow(arguments["ctx"], arguments)
        return await endpoint(**arguments)

    # FastAPI reads the signature of what it calls, and must see the endpoint's own.
    guarded.__signature__ = inspect.signature(endpoint)  # type: ignore[attr-defined]
    setattr(guarded, POLICY, policy)
    return guarded
