"""Back Office tokens: issued with a row each, so that any of them can be revoked at once."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from upline.core.context import Context, Principal, PrincipalKind, Scope
from upline.core.db import Database
from upline.core.errors import Unauthenticated
from upline.core.tokens import Claims, TokenSigner, new_token_id
from upline.models.customer import Customer
from upline.models.identity import AccessToken, ApiClient, Login
from upline.services.auth.clients import scopes_of
from upline.services.auth.logins import MAY_LOG_IN, LoginView

AUDIENCE = "backoffice"
RECHECK_SECONDS = 1.0
MOST_CACHED = 20_000


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """What a successful login answers; `customer_id` is None for applications."""

    token: str
    expires_in: int
    customer_id: int | None
    scopes: tuple[Scope, ...]


async def issue_to_client(
    ctx: Context,
    signer: TokenSigner,
    lifetime: timedelta,
    client_id: str,
    scopes: frozenset[Scope],
) -> IssuedToken:
    """A token for an application that proved its secret."""
    text = await _issue(ctx, signer, lifetime, f"client:{client_id}", client_id=client_id)
    return IssuedToken(text, _seconds(lifetime), None, tuple(sorted(scopes)))


async def issue_to_login(
    ctx: Context, signer: TokenSigner, lifetime: timedelta, login: LoginView
) -> IssuedToken:
    """A token for a person who proved their password."""
    text = await _issue(
        ctx,
        signer,
        lifetime,
        f"login:{login.login_id}",
        login_id=login.login_id,
        epoch=login.epoch,
    )
    scopes = (Scope.ADMIN,) if login.is_administrator else ()
    return IssuedToken(text, _seconds(lifetime), login.customer_id, scopes)


async def revoke(ctx: Context, token_id: UUID) -> None:
    """End one token (logout)."""
    await ctx.session.execute(
        update(AccessToken)
        .where(AccessToken.token_id == token_id, AccessToken.revoked_at.is_(None))
        .values(revoked_at=ctx.now)
    )


class TokenCache:
    """Who stands behind a token, remembered for at most a second.

    A request in that second costs no statement; a revocation, password change or suspension is
    felt within it.
    """

    def __init__(
        self,
        database: Database,
        signer: TokenSigner,
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database = database
        self._signer = signer
        self._timer = timer
        self._known: dict[UUID, tuple[float, int, Principal]] = {}

    async def authenticate(self, text: str, now: datetime) -> Principal:
        """Raises Unauthenticated for anything but a good token."""
        claims = self._signer.open(text, now)
        known = self._known.get(claims.token_id)
        if known is None or known[0] + RECHECK_SECONDS <= self._timer():
            known = await self._look_up(claims)
        _, epoch, principal = known
        if epoch != claims.epoch:
            raise Unauthenticated
        return principal

    async def _look_up(self, claims: Claims) -> tuple[float, int, Principal]:
        asked_at = self._timer()  # before the statement: its answer may be as old as that
        async with self._database.session() as session:
            found = await _find_holder(session, claims.token_id)
        if found is None:
            self._known.pop(claims.token_id, None)
            raise Unauthenticated
        if len(self._known) >= MOST_CACHED:
            self._known.clear()
        self._known[claims.token_id] = known = (asked_at, *found)
        return known


async def _find_holder(session: AsyncSession, token_id: UUID) -> tuple[int, Principal] | None:
    """The epoch and principal of a token in force; None once anything about it has ended."""
    query = (
        select(
            AccessToken.client_id,
            AccessToken.login_id,
            ApiClient.scopes,
            ApiClient.revoked_at.label("client_revoked_at"),
            Login.customer_id,
            Login.is_administrator,
            Login.epoch,
            Customer.status_id,
        )
        .outerjoin(ApiClient, ApiClient.client_id == AccessToken.client_id)
        .outerjoin(Login, Login.login_id == AccessToken.login_id)
        .outerjoin(Customer, Customer.customer_id == Login.customer_id)
        .where(AccessToken.token_id == token_id, AccessToken.revoked_at.is_(None))
    )
    row = (await session.execute(query)).one_or_none()
    if row is None or row.client_revoked_at is not None:
        return None
    if row.client_id is not None:
        return 0, Principal(
            PrincipalKind.APPLICATION,
            client_id=row.client_id,
            scopes=scopes_of(row.scopes),
            token_id=token_id.hex,
        )
    if row.status_id is not None and row.status_id not in MAY_LOG_IN:
        return None
    return row.epoch, Principal(
        PrincipalKind.ADMINISTRATOR if row.is_administrator else PrincipalKind.CUSTOMER,
        customer_id=row.customer_id,
        login_id=row.login_id,
        scopes=frozenset({Scope.ADMIN}) if row.is_administrator else frozenset(),
        token_id=token_id.hex,
    )


async def _issue(
    ctx: Context,
    signer: TokenSigner,
    lifetime: timedelta,
    subject: str,
    *,
    client_id: str | None = None,
    login_id: int | None = None,
    epoch: int = 0,
) -> str:
    claims = Claims(new_token_id(), subject, ctx.now, ctx.now + lifetime, epoch)
    await ctx.session.execute(
        insert(AccessToken).values(
            token_id=claims.token_id,
            client_id=client_id,
            login_id=login_id,
            issued_at=claims.issued_at,
            expires_at=claims.expires_at,
        )
    )
    return signer.sign(claims)


def _seconds(lifetime: timedelta) -> int:
    return int(lifetime.total_seconds())
