"""What went wrong, as this family says it: a status that is not 2xx and `{"message": …}`."""

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException

from upline.core.errors import DomainError, Kind, NotFound, Throttled, Unavailable

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


def install(app: FastAPI) -> None:
    """Give `app` the one answer to each kind of error."""
    app.add_exception_handler(DomainError, _domain_error)
    app.add_exception_handler(RequestValidationError, _invalid_request)
    app.add_exception_handler(HTTPException, _protocol_error)
    for away in (OperationalError, InterfaceError, PoolTimeout):
        app.add_exception_handler(away, _database_away)
    app.add_exception_handler(Exception, _fault)


async def _domain_error(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, DomainError)  # noqa: S101 - narrows the handler's argument
    headers = {}
    if isinstance(error, Throttled):
        headers["Retry-After"] = str(error.retry_after)
    elif error.kind is Kind.UNAVAILABLE:
        headers["Retry-After"] = str(RETRY_SECONDS)
    return _answer(STATUSES[error.kind], str(error), headers)


async def _invalid_request(_request: Request, error: Exception) -> JSONResponse:
    """Names the fields. What was sent is not repeated: it may hold a password."""
    assert isinstance(error, RequestValidationError)  # noqa: S101 - narrows the argument
    fields = sorted({str(detail["loc"][-1]) for detail in error.errors()})
    return _answer(400, f"The request is invalid: {', '.join(fields)}.")


async def _protocol_error(_request: Request, error: Exception) -> JSONResponse:
    """Routing's own errors: no such path, another method, too many bytes, no JSON."""
    assert isinstance(error, HTTPException)  # noqa: S101 - narrows the handler's argument
    message = NotFound.message if error.status_code == 404 else str(error.detail)
    return _answer(error.status_code, message, dict(error.headers or {}))


async def _database_away(request: Request, _error: Exception) -> JSONResponse:
    return await _domain_error(request, Unavailable())


async def _fault(_request: Request, _error: Exception) -> JSONResponse:
    """Our own mistake; the server logs it with the request's number."""
    return _answer(500, "An unexpected error occurred.")


def _answer(status: int, message: str, headers: dict[str, str] | None = None) -> JSONResponse:
    return JSONResponse({"message": message}, status, headers)
