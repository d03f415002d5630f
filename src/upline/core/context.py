"""What one use case runs in: a session, who asks, and when. Services take it as first argument."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy.ext.asyncio import AsyncSession

from upline.core.clock import Clock
from upline.core.db import Database


class PrincipalKind(StrEnum):
    """Who may stand behind a request."""

    ANONYMOUS = "anonymous"
    APPLICATION = "application"
    CUSTOMER = "customer"
    ADMINISTRATOR = "administrator"
    SYSTEM = "system"


class Scope(StrEnum):
    """What an application client may do; `admin` covers everything."""

    BACKOFFICE = "backoffice"
    FUNNEL = "funnel"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Principal:
    """The authenticated caller.

    `client_id` is set for applications, `customer_id` for customers, `login_id` for customers and
    administrators; `token_id` is the jti of the token used, so that it can be revoked.
    """

    kind: PrincipalKind
    client_id: str | None = None
    customer_id: int | None = None
    login_id: int | None = None
    scopes: frozenset[Scope] = frozenset()
    token_id: str | None = None

    def has_scope(self, scope: Scope) -> bool:
        return scope in self.scopes or Scope.ADMIN in self.scopes


ANONYMOUS = Principal(PrincipalKind.ANONYMOUS)
SYSTEM = Principal(PrincipalKind.SYSTEM, scopes=frozenset({Scope.ADMIN}))


@dataclass(frozen=True, slots=True)
class Company:
    """The facts of the company every calculation needs."""

    name: str
    time_zone: str
    currency: str


@dataclass(frozen=True, slots=True)
class Context:
    """One unit of work. The owner of the session commits; services never do."""

    session: AsyncSession
    principal: Principal
    now: datetime
    company: Company
    request_id: str = ""
    peer: str = ""


@dataclass(frozen=True, slots=True)
class ContextFactory:
    """Opens contexts; what needs several transactions in a row (closing a period) holds this."""

    database: Database
    clock: Clock
    company: Company

    @asynccontextmanager
    async def open(
        self, principal: Principal, *, request_id: str = "", peer: str = ""
    ) -> AsyncIterator[Context]:
        """A context in a transaction of its own, committed when the block ends without raising."""
        async with self.database.session() as session:
            yield Context(session, principal, self.clock.now(), self.company, request_id, peer)
