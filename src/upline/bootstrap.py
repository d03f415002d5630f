"""The only place where the parts are put together: settings in, a working container out."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass

from upline.adapters import postgres
from upline.adapters.documents.typst import TypstTypesetter
from upline.adapters.payments.selection import open_express_checkout
from upline.core.clock import Clock, SystemClock
from upline.core.context import Company, Context, ContextFactory, Principal
from upline.core.crypto import FieldCipher
from upline.core.db import Database
from upline.core.keys import Keys
from upline.core.opaque_ids import OpaqueIds
from upline.core.passwords import PasswordHasher
from upline.core.rate_limits import RateLimiter
from upline.core.tokens import TokenSigner
from upline.ports.express_checkout import ExpressCheckout
from upline.services.auth.guard import Guard
from upline.services.auth.tokens import AUDIENCE, TokenCache
from upline.services.commission.statement_document import StatementPrinter
from upline.settings import Settings


@dataclass(frozen=True, slots=True)
class Container:
    """Everything a process needs, made once; open it with `Container.open`."""

    settings: Settings
    clock: Clock
    database: Database
    contexts: ContextFactory
    keys: Keys
    ids: OpaqueIds
    fields: FieldCipher
    passwords: PasswordHasher
    limiter: RateLimiter
    guard: Guard
    signer: TokenSigner
    tokens: TokenCache
    express_checkout: ExpressCheckout
    statements: StatementPrinter

    @classmethod
    @asynccontextmanager
    async def open(
        cls, settings: Settings, *, clock: Clock | None = None, database: Database | None = None
    ) -> AsyncIterator["Container"]:
        """Connect, starting the embedded PostgreSQL when no server is configured.

        A `database` given by the caller stays the caller's to dispose of.
        """
        keys = make_keys(settings)
        connected = database or Database.connect(
            await asyncio.to_thread(database_url, settings),
            pool_size=settings.database.pool_size,
        )
        now = clock or SystemClock()
        company = Company(
            name=settings.company.name,
            time_zone=settings.company.time_zone,
            currency=settings.company.currency,
        )
        passwords = PasswordHasher(settings.security.hash_workers)
        limiter = RateLimiter(enabled=settings.limits.enabled)
        signer = TokenSigner(keys.token_key, AUDIENCE)
        try:
            async with open_express_checkout(settings.payments, company.currency) as checkout:
                yield cls(
                    settings=settings,
                    clock=now,
                    database=connected,
                    contexts=ContextFactory(connected, now, company),
                    keys=keys,
                    ids=OpaqueIds(keys.id_keys),
                    fields=FieldCipher.from_keys(keys),
                    passwords=passwords,
                    limiter=limiter,
                    guard=Guard(
                        passwords,
                        limiter,
                        per_account=settings.limits.logins_per_account,
                        per_address=settings.limits.logins_per_address,
                    ),
                    signer=signer,
                    tokens=TokenCache(connected, signer),
                    express_checkout=checkout,
                    statements=StatementPrinter(TypstTypesetter()),
                )
        finally:
            if database is None:
                await connected.dispose()

    def context(
        self, principal: Principal, request_id: str = "", peer: str = ""
    ) -> AbstractAsyncContextManager[Context]:
        """One unit of work, committed when the block ends."""
        return self.contexts.open(principal, request_id=request_id, peer=peer)


def database_url(settings: Settings) -> str:
    """The configured server, or the embedded one of the data folder, started if need be.

    Raises EmbeddedPostgresMissing when there is neither.
    """
    return settings.database.url or postgres.start(settings.data_dir)


def make_keys(settings: Settings) -> Keys:
    """Configured keys; those of the data folder for a demo or the embedded database it holds.

    Raises MissingKeys for a server of one's own without keys of one's own.
    """
    security = settings.security
    local = settings.demo or settings.database.url is None
    if local and security.token_key is None:
        return Keys.generated(settings.data_dir)
    return Keys.configured(
        security.token_key.get_secret_value() if security.token_key else None,
        [key.get_secret_value() for key in security.id_keys],
        [key.get_secret_value() for key in security.field_keys],
    )
