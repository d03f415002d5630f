"""Structured logs: one JSON object a line, the request's id on each, secrets never.

Redaction works on key names, on secret value types and on query strings, because the documented
API carries an SSN in a query.
"""

import logging
import re
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import structlog
from pydantic import SecretBytes, SecretStr

HIDDEN = "[redacted]"

# Compared without case, "-" and "_"; a key that contains one of these is secret.
_SECRET_PARTS = (
    "password",
    "passwd",
    "secret",
    "token",
    "ssn",
    "taxid",
    "clientid",
    "authorization",
    "cookie",
    "activationcode",
    "accountnumber",
    "routingnumber",
    "iban",
    "cardnumber",
    "cvv",
    "birthdate",
    "signature",
    "apikey",
)
_PUNCTUATION = re.compile(r"[^a-z0-9]")
_BEARER = re.compile(r"\beyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*")
_DIGITS_OF_SSN = re.compile(r"\b\d{3}-\d{2}-\d{4}\b")


def is_secret(key: str) -> bool:
    """Whether values under `key` must not be written anywhere."""
    bare = _PUNCTUATION.sub("", key.lower())
    return any(part in bare for part in _SECRET_PARTS)


def redact(value: Any) -> Any:
    """A copy of `value` with everything secret replaced."""
    match value:
        case SecretStr() | SecretBytes():
            return HIDDEN
        case Mapping():
            return {
                key: HIDDEN if is_secret(str(key)) else redact(item) for key, item in value.items()
            }
        case list() | tuple() | set() | frozenset():
            return [redact(item) for item in value]
        case str():
            return _DIGITS_OF_SSN.sub(HIDDEN, _BEARER.sub(HIDDEN, value))
        case bytes() | bytearray() | memoryview():
            return f"[{len(value)} bytes]"
    return value


def redact_url(url: str) -> str:
    """`url` with the values of secret query parameters replaced."""
    parts = urlsplit(url)
    query = [
        (key, HIDDEN if is_secret(key) else redact(value))
        for key, value in parse_qsl(parts.query, keep_blank_values=True)
    ]
    return urlunsplit(parts._replace(query=urlencode(query, safe="[]")))


def configure(log_format: str = "json", level: str = "INFO") -> None:
    """Send structlog and the standard library's logging to stderr through the same processors."""
    renderer: Any = (
        structlog.processors.JSONRenderer(default=str)
        if log_format == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        hide_secrets,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level)),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    # Uvicorn's access log writes query strings as they came; our own line replaces it.
    logging.getLogger("uvicorn.access").disabled = True
    # Two lines for every firing of every schedule say nothing.
    logging.getLogger("procrastinate").setLevel(logging.WARNING)


def hide_secrets(
    _logger: Any, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """The structlog processor that applies `redact` to every event."""
    for key, value in event.items():
        event[key] = HIDDEN if is_secret(key) else redact(value)
    return event
