"""Domain errors carry a stable code and a kind; each API family maps kinds to its own statuses."""

from collections.abc import Mapping
from enum import Enum
from typing import ClassVar


class Kind(Enum):
    """What went wrong, in words that belong to no protocol."""

    NOT_FOUND = "not_found"
    INVALID = "invalid"
    CONFLICT = "conflict"
    UNAUTHENTICATED = "unauthenticated"
    FORBIDDEN = "forbidden"
    THROTTLED = "throttled"
    UNAVAILABLE = "unavailable"
    KEY_REUSED = "key_reused"
    TOO_LARGE = "too_large"
    UNSUPPORTED = "unsupported"
    NOT_BUILT = "not_built"


class DomainError(Exception):
    """Base of every error a client may cause.

    `code` is part of the API. `constraint` names the database constraint whose violation means
    this error, so that uniqueness is decided by the database and never by a check beforehand.
    """

    code: ClassVar[str] = "error"
    kind: ClassVar[Kind] = Kind.INVALID
    message: ClassVar[str] = "The request is invalid."
    constraint: ClassVar[str | None] = None

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or self.message)


class NotFound(DomainError):
    """Absent, or not visible to this caller: the two are never told apart."""

    code = "not_found"
    kind = Kind.NOT_FOUND
    message = "The requested object was not found."


class FieldInvalid(DomainError):
    """A value the schema accepted but the domain refuses; names the field."""

    code = "invalid"
    kind = Kind.INVALID

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field

    @property
    def problems(self) -> Mapping[str, str]:
        """What is wrong with which field."""
        return {self.field: str(self)}


class FieldsInvalid(FieldInvalid):
    """Several at once; the first stands for all where an answer has room for one."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__(*next(iter(problems.items())))
        self._problems = problems

    @property
    def problems(self) -> Mapping[str, str]:
        return self._problems


class Throttled(DomainError):
    """Too many attempts; `retry_after` is in whole seconds."""

    code = "throttled"
    kind = Kind.THROTTLED
    message = "Too many requests. Try again later."

    def __init__(self, retry_after: int) -> None:
        super().__init__()
        self.retry_after = retry_after


class Unauthenticated(DomainError):
    """No token, or one that is malformed, expired or revoked."""

    code = "unauthenticated"
    kind = Kind.UNAUTHENTICATED
    message = "Authorization has been denied for this request."


class Forbidden(DomainError):
    """A good token whose scopes do not cover the operation."""

    code = "forbidden"
    kind = Kind.FORBIDDEN
    message = "Authorization has been denied for this request."


class Unavailable(DomainError):
    """The database or another part is away for the moment; trying again later may help."""

    code = "unavailable"
    kind = Kind.UNAVAILABLE
    message = "The service is unavailable. Try again shortly."


class NotBuilt(DomainError):
    """Documented, routed, and not there yet."""

    code = "not_built"
    kind = Kind.NOT_BUILT
    message = "This operation is not available yet."
