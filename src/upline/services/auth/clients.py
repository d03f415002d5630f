"""API clients: applications that call the Back Office API under scopes."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select, update

from upline.core.context import Context, Scope
from upline.core.db import release
from upline.core.errors import NotFound
from upline.core.passwords import PasswordHasher
from upline.models.identity import AccessToken, ApiClient
from upline.services.audit import trail
from upline.services.auth.errors import WrongCredentials
from upline.services.auth.guard import Guard


@dataclass(frozen=True, slots=True)
class ClientView:
    """A client as operators see it; the secret is stored as a hash and shown to nobody."""

    client_id: str
    name: str
    scopes: frozenset[Scope]
    created_at: datetime
    revoked_at: datetime | None


async def create(
    ctx: Context,
    passwords: PasswordHasher,
    client_id: str,
    secret: str,
    scopes: Iterable[Scope],
    *,
    name: str = "",
) -> None:
    """Raises ClientExists (through its constraint) when the id was ever given."""
    await ctx.session.execute(
        insert(ApiClient).values(
            client_id=client_id,
            name=name,
            secret_hash=await passwords.hash(secret),
            scopes=sorted(scopes),
            created_at=ctx.now,
        )
    )
    await trail.record(ctx, "client.create", f"client:{client_id}", {"scopes": sorted(scopes)})


async def list_all(ctx: Context) -> list[ClientView]:
    """Every client, revoked ones too."""
    query = select(
        ApiClient.client_id,
        ApiClient.name,
        ApiClient.scopes,
        ApiClient.created_at,
        ApiClient.revoked_at,
    ).order_by(ApiClient.client_id)
    return [
        ClientView(row.client_id, row.name, scopes_of(row.scopes), row.created_at, row.revoked_at)
        for row in await ctx.session.execute(query)
    ]


async def revoke(ctx: Context, client_id: str) -> None:
    """Shut a client out, with every token it holds."""
    revoked = await ctx.session.scalar(
        update(ApiClient)
        .where(ApiClient.client_id == client_id, ApiClient.revoked_at.is_(None))
        .values(revoked_at=ctx.now)
        .returning(ApiClient.client_id)
    )
    if revoked is None:
        raise NotFound(f"There is no active client {client_id}.")
    await ctx.session.execute(
        update(AccessToken)
        .where(AccessToken.client_id == client_id, AccessToken.revoked_at.is_(None))
        .values(revoked_at=ctx.now)
    )
    await trail.record(ctx, "client.revoke", f"client:{client_id}")


async def authenticate(ctx: Context, guard: Guard, client_id: str, secret: str) -> frozenset[Scope]:
    """The scopes of the client; raises WrongCredentials or Throttled."""
    row = (
        await ctx.session.execute(
            select(ApiClient.secret_hash, ApiClient.scopes).where(
                ApiClient.client_id == client_id, ApiClient.revoked_at.is_(None)
            )
        )
    ).one_or_none()
    stored = row.secret_hash if row else None
    await release(ctx.session)
    result = await guard.check(f"client:{client_id}", ctx.peer, secret, stored)
    if row is None or not result.ok:
        raise WrongCredentials
    if result.new_hash:
        await ctx.session.execute(
            update(ApiClient)
            .where(ApiClient.client_id == client_id)
            .values(secret_hash=result.new_hash)
        )
    return scopes_of(row.scopes)


def scopes_of(names: Iterable[str]) -> frozenset[Scope]:
    """Stored names as scopes; names this version does not know grant nothing."""
    return frozenset(Scope(name) for name in names if name in set(Scope))
