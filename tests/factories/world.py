"""A running server of both families over the family of `factories.family`, and callers to be.

The world is asked about member 2 (Ann): `self` is she, `upline` her sponsor 1 (Root), `stranger` a
member of another organization (7), `application` a client with scope backoffice.
"""

import base64
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx2
from pydantic import SecretStr
from tests.factories.company import load_essential
from tests.factories.family import add_family, add_months
from tests.factories.figures import NOVEMBER, NOW

from upline.bootstrap import Container
from upline.core.clock import FixedClock
from upline.core.context import SYSTEM, Scope
from upline.core.db import Database
from upline.main import Families
from upline.services.auth import clients, logins
from upline.settings import LimitSettings, SecuritySettings, Settings

PASSWORD = "correct horse battery"
CLIENT, SECRET = "shop", "client secret"
ASKED_ABOUT = 2
MEMBERS = {"self": 2, "upline": 1, "stranger": 7}
ACTORS = ("application", *MEMBERS, "anonymous")


@dataclass
class World:
    """`http` talks to the server; `headers` make a request somebody's."""

    container: Container
    http: httpx2.AsyncClient
    clock: FixedClock
    families: Families
    backoffice: dict[str, dict[str, str]] = field(default_factory=dict)
    virtual_office: dict[str, dict[str, str]] = field(default_factory=dict)

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

    async def log_in(self, body: Mapping[str, Any]) -> dict[str, str]:
        answer = await self.http.post("/api/v1/auth", json=dict(body))
        assert answer.status_code == 200, answer.text
        return {"Client-Id": answer.json()["Token"]}


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
            await load_essential(ctx.session)
            await add_months(ctx.session)
            await clients.create(ctx, container.passwords, CLIENT, SECRET, {Scope.BACKOFFICE})
            for number in MEMBERS.values():
                await logins.create(ctx, container.passwords, PASSWORD, customer_id=number)
        families = Families()
        families.serve(container)
        transport = httpx2.ASGITransport(app=families)
        async with httpx2.AsyncClient(transport=transport, base_url="http://upline.test") as http:
            world = World(container, http, clock, families)
            await _log_everybody_in(world)
            yield world


async def _log_everybody_in(world: World) -> None:
    world.backoffice["application"] = await world.log_in(
        {"ClientId": CLIENT, "ClientSecret": SECRET}
    )
    for actor, number in MEMBERS.items():
        world.backoffice[actor] = await world.log_in({"CustomerId": number, "Password": PASSWORD})
        token = await world.http.post(
            "/api/accounts/token", json={"memberId": number, "password": PASSWORD}
        )
        header = base64.b64encode(json.dumps(token.json()).encode()).decode()
        world.virtual_office[actor] = {"authtoken": header}
