"""What proves who somebody is, and the token they get for it."""

from typing import Annotated, Self

from pydantic import Field, SecretStr, model_validator

from upline.core.passwords import MAXIMUM_LENGTH
from upline.routers.backoffice.identity import HEADER
from upline.routers.backoffice.wire import (
    BackOfficeModel,
    BackOfficeRequest,
    Id,
    OpaqueCustomerId,
)

# Longer than any password we store; a wrong one must not look different from a malformed one.
Secret = Annotated[SecretStr, Field(min_length=1, max_length=8 * MAXIMUM_LENGTH)]


class Credentials(BackOfficeRequest):
    """{Username | Email | CustomerId, Password} or {ClientId, ClientSecret}."""

    username: Annotated[str, Field(max_length=100)] | None = None
    email: Annotated[str, Field(max_length=254)] | None = None
    customer_id: Id | None = None
    password: Secret | None = None
    client_id: Annotated[str, Field(max_length=64)] | None = None
    client_secret: Secret | None = None

    @model_validator(mode="after")
    def _require_one_proof(self) -> Self:
        if self.client_id is not None:
            if self.client_secret is None:
                raise ValueError("The ClientSecret field is required.")
        elif self.password is None:
            raise ValueError("The Password field is required.")
        elif self.username is None and self.email is None and self.customer_id is None:
            raise ValueError("One of Username, Email and CustomerId is required.")
        return self


class Token(BackOfficeModel):
    """Send `Token` in the header named by `TokenType` for the next `ExpiresIn` seconds."""

    token: str
    token_type: str = HEADER
    expires_in: int
    customer_id: int | None
    encrypted_customer_id: OpaqueCustomerId | None
    scopes: list[str]
