"""What wraps every answer of both families: a request id, safe headers, one log line."""

import re
import secrets
import time

import structlog
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from upline.core.context import ANONYMOUS, Principal
from upline.core.logs import redact_url

REQUEST_ID = "X-Request-Id"

_ACCEPTED_ID = re.compile(rb"[A-Za-z0-9._-]{8,64}")
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    # Answers hold personal data; whoever may be cached says so itself.
    "Cache-Control": "no-store",
}
_log = structlog.get_logger("upline.access")


class RequestScope:
    """Plain ASGI, because it must see the answer to a request that never reached a route.

    Wrapping twice is harmless: the inner one finds the request id set and steps aside.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or "request_id" in scope.setdefault("state", {}):
            await self.app(scope, receive, send)
            return
        request_id = _request_id(scope)
        scope["state"]["request_id"] = request_id
        started, status = time.perf_counter(), 0

        async def send_wrapped(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                _complete(message, scope, request_id)
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=request_id):
            try:
                await self.app(scope, receive, send_wrapped)
            finally:
                _report(scope, status, time.perf_counter() - started)


def _request_id(scope: Scope) -> str:
    """The caller's own id when it is a harmless one, else a new one."""
    for name, value in scope["headers"]:
        if name == b"x-request-id" and _ACCEPTED_ID.fullmatch(value):
            return str(value, "ascii")
    return secrets.token_hex(16)


def _complete(message: Message, scope: Scope, request_id: str) -> None:
    headers = MutableHeaders(scope=message)
    headers[REQUEST_ID] = request_id
    for name, value in _HEADERS.items():
        headers.setdefault(name, value)
    if scope.get("scheme") == "https":
        headers.setdefault("Strict-Transport-Security", "max-age=31536000")


def _report(scope: Scope, status: int, seconds: float) -> None:
    """The route's template stands for the path: paths may hold e-mails and reset codes."""
    state = scope["state"]
    principal: Principal = state.get("principal", ANONYMOUS)
    query = scope.get("query_string", b"").decode("latin-1")
    _log.info(
        "request",
        method=scope["method"],
        route=state.get("route", "unmatched"),
        query=redact_url(f"?{query}") if query else "",
        status=status,
        milliseconds=round(seconds * 1000, 1),
        kind=principal.kind.value,
        caller=principal.client_id or principal.customer_id or principal.login_id,
    )
