"""A running server of both families over the family of `factories.family`, and callers to be.

The world is asked about member 2 (Ann): `self` is she, `upline` her sponsor 1 (Root), `stranger` a
member of another organization (7), `application` a client with scope backoffice.
"""

import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from datetime import timedelta
from functools import cache
from typing import Any

import httpx2
from pydantic import SecretStr
from pydantic.alias_generators import to_camel
from sqlalchemy import insert
from tests.factories.catalogue import add_catalogue
from tests.factories.company import load_essential
from tests.factories.family import add_family, add_months
from tests.factories.figures import NOVEMBER, NOW

from upline.bootstrap import Container
from upline.core.clock import FixedClock
from upline.core.context import SYSTEM, Context, Scope
from upline.core.db import Database
from upline.core.passwords import PasswordHasher
from upline.main import Families
from upline.models.identity import ApiClient, Login
from upline.services.auth import logins, tokens
from upline.services.auth.member_tokens import Bearer, MemberTokens
from upline.settings import LimitSettings, SecuritySettings, Settings

PASSWORD = "correct horse battery"
CLIENT, SECRET = "shop", "client secret"
ASKED_ABOUT = 2
MEMBERS = {"self": 2, "upline": 1, "stranger": 7}
Headers = dict[str, dict[str, str]]
ACTORS = ("application", *MEMBERS, "anonymous")


@dataclass
class World:
    """`http` talks to the server; `headers` make a request somebody's."""

    container: Container
    http: httpx2.AsyncClient
    clock: FixedClock
    backoffice: Headers
    virtual_office: Headers

    def fill(self, template: str) -> str:
        """`template` with {id}, {enc} and {period} of the member the world is asked about."""
        enc = self.container.ids.encrypt("customer", ASKED_ABOUT)
        values = {"{id}": str(ASKED_ABOUT), "{enc}": enc, "{period}": str(NOVEMBER)}
        for name, value in values.items():
            template = template.replace(name, value)
        return template

    def headers(self, actor: str, path: str) -> dict[str, str]:
        """The token header `actor` sends to the family `path` belongs to."""
        is_backoffice = path.lower().startswith("/api/v1")
        return (self.backoffice if is_backoffice else self.virtual_office).get(actor, {})


def settings(**limits: Any) -> Settings:
    """Keys of nobody's; rates as shipped unless given."""
    return Settings(
        security=SecuritySettings(
            token_key=SecretStr("t" * 32),
            id_keys=[SecretStr(base64.b64encode(b"i" * 64).decode())],
            field_keys=[SecretStr(base64.b64encode(b"f" * 32).decode())],
        ),
        limits=LimitSettings(**limits),
    )


@asynccontextmanager
async def open_world(database: Database, **limits: Any) -> AsyncIterator[World]:
    """The server in November 2014, with logins and tokens for every actor."""
    clock = FixedClock(NOW)
    async with Container.open(settings(**limits), clock=clock, database=database) as container:
        async with container.context(SYSTEM) as ctx:
            await add_family(ctx.session)
            await add_catalogue(ctx.session)
            await load_essential(ctx.session)
            await add_months(ctx.session)
            headers = await _tokens(ctx, container)
        families = Families()
        families.serve(container)
        transport = httpx2.ASGITransport(app=families)
        async with httpx2.AsyncClient(transport=transport, base_url="http://upline.test") as http:
            yield World(container, http, clock, *headers)


@cache
def _hash(secret: str) -> str:
    """Hashing is slow on purpose; once a process is enough."""
    return PasswordHasher().hash_now(secret)


async def _tokens(ctx: Context, container: Container) -> tuple[Headers, Headers]:
    """Logins and a client with a token each, of the Back Office and of the Virtual Office."""
    await ctx.session.execute(
        insert(ApiClient).values(
            client_id=CLIENT, secret_hash=_hash(SECRET), scopes=[Scope.BACKOFFICE]
        )
    )
    hours = timedelta(hours=8)
    scopes = frozenset({Scope.BACKOFFICE})
    issued = await tokens.issue_to_client(ctx, container.signer, hours, CLIENT, scopes)
    backoffice = {"application": {"Client-Id": issued.token}}
    virtual_office = {}
    for actor, number in MEMBERS.items():
        await ctx.session.execute(
            insert(Login).values(customer_id=number, password_hash=_hash(PASSWORD))
        )
        login = await logins.get_by_name(ctx, str(number))
        issued = await tokens.issue_to_login(ctx, container.signer, hours, login)
        backoffice[actor] = {"Client-Id": issued.token}
        bearer = Bearer(login.login_id, number, login.epoch)
        signed = MemberTokens(container.keys.token_key, hours).sign(bearer, "", "", ctx.now)
        values = {to_camel(key): value for key, value in asdict(signed).items()}
        header = base64.b64encode(json.dumps(values).encode()).decode()
        virtual_office[actor] = {"authtoken": header}
    return backoffice, virtual_office
