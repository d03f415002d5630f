"""Refusals that tell an attacker nothing they did not know."""

from upline.core.errors import DomainError, Kind


class WrongCredentials(DomainError):
    """Unknown, wrong and locked alike."""

    code = "invalid_credentials"
    kind = Kind.UNAUTHENTICATED
    message = "The credentials provided are incorrect"


class ClientExists(DomainError):
    """The client id is taken, maybe by a revoked client; ids are never given twice."""

    code = "client_exists"
    kind = Kind.CONFLICT
    message = "A client with this id exists already."
    constraint = "pk_api_clients"


class LoginExists(DomainError):
    """The customer has a login."""

    code = "login_exists"
    kind = Kind.CONFLICT
    message = "This customer has a login already."
    constraint = "uq_logins_customer_id"


class UsernameTaken(DomainError):
    """User names are unique without regard to case."""

    code = "username_taken"
    kind = Kind.CONFLICT
    message = "This user name is taken."
    constraint = "uq_logins_username"
