"""What the database refused, said in our own words.

Uniqueness is decided by constraints, so a violation is not a fault: the constraint's name leads to
the domain error that declares it.
"""

import psycopg
from psycopg import errors as pg
from sqlalchemy import exc as sa

from upline.core.errors import DomainError, Kind, Unavailable


class Refused(DomainError):
    """A value no column takes: too large, too long, of another form."""

    code = "invalid"
    kind = Kind.INVALID


class Conflict(DomainError):
    """The request contradicts what is stored; a more telling error names its constraint."""

    code = "conflict"
    kind = Kind.CONFLICT
    message = "The request conflicts with the current state."


OTHER_SCHEMA = (pg.UndefinedTable, pg.UndefinedColumn, pg.UndefinedFunction)
RETRYABLE = (pg.SerializationFailure, pg.DeadlockDetected)


def is_retryable(error: BaseException) -> bool:
    """Whether running the same transaction again may succeed."""
    return isinstance(_driver_error(error), RETRYABLE)


def is_other_schema(error: BaseException) -> bool:
    """Whether tables, columns or functions are missing: the schema is not that of this version."""
    return isinstance(_driver_error(error), OTHER_SCHEMA)


def translate(error: BaseException) -> DomainError | None:
    """The domain error behind a database error; None for what is our own mistake."""
    if isinstance(error, sa.TimeoutError):  # every connection of the pool is in use
        return Unavailable()
    match _driver_error(error):
        case pg.UniqueViolation() | pg.ExclusionViolation() as violation:
            return _declared(violation.diag.constraint_name) or Conflict()
        case pg.ForeignKeyViolation() | pg.RestrictViolation():
            return Conflict()
        case pg.CheckViolation() as violation:
            return _declared(violation.diag.constraint_name) or Refused()
        case pg.NotNullViolation() | pg.DataError():
            return Refused()
        case psycopg.OperationalError() | psycopg.InterfaceError():
            return Unavailable()
    return None


def _driver_error(error: BaseException) -> BaseException | None:
    return error.orig if isinstance(error, sa.DBAPIError) else error


def _declared(name: str | None) -> DomainError | None:
    waiting = list(DomainError.__subclasses__())
    while waiting:
        kind = waiting.pop()
        if name is not None and kind.constraint == name:
            return kind()
        waiting.extend(kind.__subclasses__())
    return None
