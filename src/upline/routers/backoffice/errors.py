"""Every answer that is not a success, in the shapes of ASP.NET Web API 2.

`{"Message": …}` with a stable `Code` and the request's id. Nothing sent by the client comes back:
it may hold a password.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import structlog
from fastapi.exceptions import RequestValidationError
from starlette.requests import Request
from starlette.responses import Response

from upline.core import db_errors, wire
from upline.core.errors import DomainError, FieldInvalid, Kind, Throttled
from upline.routers.backoffice.wire import BackOfficeModel, pascal

STATUSES = {
    Kind.NOT_FOUND: 404,
    Kind.INVALID: 400,
    Kind.CONFLICT: 409,
    Kind.UNAUTHENTICATED: 401,
    Kind.FORBIDDEN: 403,
    Kind.THROTTLED: 429,
    Kind.UNAVAILABLE: 503,
    Kind.KEY_REUSED: 422,
    Kind.NOT_BUILT: 501,
    Kind.TOO_LARGE: 413,
    Kind.UNSUPPORTED: 415,
}
INVALID = "The request is invalid."
RETRY_SECONDS = 5

_log = structlog.get_logger("upline.backoffice")


class Problem(BackOfficeModel):
    """Every answer that is not a success; `ModelState` names the fields of an invalid request."""

    message: str
    code: str
    request_id: str
    model_state: dict[str, list[str]] | None = None


def respond(request: Request, error: Exception) -> Response:
    """The answer to anything that was raised while serving `request`."""
    if isinstance(error, RequestValidationError):
        return _invalid_request(request, error.errors())
    known = error if isinstance(error, DomainError) else db_errors.translate(error)
    if known is None:
        _log.error("unexpected error", exc_info=error)
        return _answer(request, 500, {"Message": "An error has occurred.", "Code": "error"})
    if not isinstance(error, DomainError):
        _log.warning("database refused", code=known.code, error=type(error).__name__)
    return _domain_error(request, known)


def no_such_route(request: Request) -> Response:
    """No operation at this path, or a required query parameter is missing."""
    # Without the query: it may carry an SSN.
    uri = str(request.url.replace(query="", fragment=""))
    message = f"No HTTP resource was found that matches the request URI '{uri}'."
    return _answer(request, 404, {"Message": message, "Code": "no_such_route"})


def wrong_method(request: Request, allowed: Iterable[str]) -> Response:
    """An operation is there, for other verbs."""
    message = f"The requested resource does not support http method '{request.method}'."
    return _answer(
        request,
        405,
        {"Message": message, "Code": "wrong_method"},
        {"Allow": ", ".join(allowed)},
    )


def _domain_error(request: Request, error: DomainError) -> Response:
    headers: dict[str, str] = {}
    match error:
        case FieldInvalid():
            state = {_field(field): [text] for field, text in error.problems.items()}
            return _model_state(request, state)
        case wire.Malformed():
            return _model_state(request, {"model": [str(error)]})
        case Throttled():
            headers["Retry-After"] = str(error.retry_after)
        case DomainError(kind=Kind.UNAVAILABLE):
            headers["Retry-After"] = str(RETRY_SECONDS)
        case DomainError(kind=Kind.UNAUTHENTICATED):
            headers["WWW-Authenticate"] = "Client-Id"
    content = {"Message": str(error), "Code": error.code}
    return _answer(request, STATUSES[error.kind], content, headers)


def _field(field: str) -> str:
    return "model." + ".".join(pascal(part) for part in field.split("."))


def _invalid_request(request: Request, problems: Iterable[Mapping[str, Any]]) -> Response:
    state: dict[str, list[str]] = {}
    for problem in problems:
        where, *path = problem["loc"]
        missing = problem["type"] == "missing"
        if missing and where == "query":
            return no_such_route(request)
        name = ".".join(str(part) for part in path)
        key = name if where != "body" else f"model.{name}" if name else "model"
        short = str(path[-1]) if path else "body"
        text = f"The {short} field is required." if missing else _sentence(problem["msg"])
        state.setdefault(key, []).append(text)
    return _model_state(request, state)


def _sentence(text: str) -> str:
    return text.removeprefix("Value error, ").rstrip(".") + "."


def _model_state(request: Request, state: Mapping[str, list[str]]) -> Response:
    return _answer(request, 400, {"Message": INVALID, "Code": "invalid", "ModelState": state})


def _answer(
    request: Request,
    status: int,
    content: Mapping[str, Any],
    headers: Mapping[str, str] | None = None,
) -> Response:
    body = {**content, "RequestId": getattr(request.state, "request_id", "")}
    return Response(wire.dump_json(body), status, headers, "application/json")
