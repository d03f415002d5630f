"""What went wrong, as this family says it: a status that is not 2xx and `{"message": …}`."""

import structlog
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.requests import Request

from upline.core import db_errors
from upline.core.errors import DomainError, Kind, NotFound, Throttled

STATUSES = {
    Kind.NOT_FOUND: 404,
    Kind.INVALID: 400,
    Kind.CONFLICT: 409,
    Kind.UNAUTHENTICATED: 401,
    Kind.FORBIDDEN: 403,
    Kind.THROTTLED: 429,
    Kind.UNAVAILABLE: 503,
    Kind.KEY_REUSED: 422,
    Kind.TOO_LARGE: 413,
    Kind.UNSUPPORTED: 415,
    Kind.NOT_BUILT: 501,
}
RETRY_SECONDS = 5

_log = structlog.get_logger("upline.virtual_office")


def respond(error: Exception) -> JSONResponse:
    """The answer to anything that was raised while serving a request."""
    if isinstance(error, RequestValidationError):
        # Names the fields. What was sent is not repeated: it may hold a password.
        fields = sorted({str(detail["loc"][-1]) for detail in error.errors()})
        return _answer(400, f"The request is invalid: {', '.join(fields)}.")
    known = error if isinstance(error, DomainError) else db_errors.translate(error)
    if known is None:
        _log.error("unexpected error", exc_info=error)
        return _answer(500, "An unexpected error occurred.")
    if not isinstance(error, DomainError):
        _log.warning("database refused", code=known.code, error=type(error).__name__)
    headers = {}
    if isinstance(known, Throttled):
        headers["Retry-After"] = str(known.retry_after)
    elif known.kind is Kind.UNAVAILABLE:
        headers["Retry-After"] = str(RETRY_SECONDS)
    return _answer(STATUSES[known.kind], str(known), headers)


async def respond_unrouted(_request: Request, error: Exception) -> JSONResponse:
    """Routing's own errors: no such path, or another method."""
    assert isinstance(error, HTTPException)  # noqa: S101 - what it is registered for
    message = NotFound.message if error.status_code == 404 else str(error.detail)
    return _answer(error.status_code, message, dict(error.headers or {}))


def _answer(status: int, message: str, headers: dict[str, str] | None = None) -> JSONResponse:
    return JSONResponse({"message": message}, status, headers)
