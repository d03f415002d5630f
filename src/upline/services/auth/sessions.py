"""Logging in by any proof."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from pydantic import SecretStr

from upline.core.context import Context
from upline.core.tokens import TokenSigner
from upline.services.auth import clients, logins, tokens
from upline.services.auth.errors import WrongCredentials
from upline.services.auth.guard import Guard
from upline.services.auth.logins import AccountName
from upline.services.auth.tokens import IssuedToken


@dataclass(frozen=True, slots=True)
class Doorway:
    """What turns a proof into a token."""

    guard: Guard
    signer: TokenSigner
    lifetime: timedelta


class Proof(Protocol):
    """A client with its secret, or an account by one of its names with its password."""

    username: str | None
    email: str | None
    customer_id: int | None
    password: SecretStr | None
    client_id: str | None
    client_secret: SecretStr | None


async def log_in(ctx: Context, doorway: Doorway, proof: Proof) -> IssuedToken:
    """A token for whoever the proof proves; raises WrongCredentials or Throttled."""
    if proof.client_id is not None and proof.client_secret is not None:
        secret = proof.client_secret.get_secret_value()
        scopes = await clients.authenticate(ctx, doorway.guard, proof.client_id, secret)
        return await tokens.issue_to_client(
            ctx, doorway.signer, doorway.lifetime, proof.client_id, scopes
        )
    if proof.password is None:
        raise WrongCredentials
    name = AccountName(proof.username, proof.email, proof.customer_id)
    login = await logins.authenticate(ctx, doorway.guard, name, proof.password.get_secret_value())
    return await tokens.issue_to_login(ctx, doorway.signer, doorway.lifetime, login)
