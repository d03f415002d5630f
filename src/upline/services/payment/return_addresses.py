"""Where a provider may send a member's browser back to: exact origins the operator listed."""

import re
from collections.abc import Collection
from urllib.parse import urlsplit

from upline.core.errors import FieldInvalid

LONGEST = 2_000
PORTS = {"http": 80, "https": 443}
# Browsers read a backslash as a slash and drop control characters; neither belongs in an address.
_PRINTABLE = re.compile(r"[!-\[\]-~]+")


def require_allowed(field: str, url: str, origins: Collection[str]) -> None:
    """Raises FieldInvalid unless `url` is absolute and of one of `origins`."""
    origin = origin_of(url)
    allowed = {origin_of(each) for each in origins} - {None}
    if origin is None or origin not in allowed:
        raise FieldInvalid(field, f"{field} is not one of the addresses allowed here.")


def origin_of(url: str) -> tuple[str, str, int] | None:
    """Scheme, host and port of an address; None for what browsers might read otherwise."""
    if len(url) > LONGEST or not _PRINTABLE.fullmatch(url):
        return None
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in PORTS or not parts.hostname or "@" in parts.netloc:
        return None
    return parts.scheme, parts.hostname, port or PORTS[parts.scheme]
