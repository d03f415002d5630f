"""A member's view of the golden company: October 2014 closed, November running, logins made."""

import base64
import json
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
from tests.factories.closing import close
from tests.factories.golden import MEMBER, PERIOD
from tests.factories.golden_company import AFTER_OCTOBER, found_company

from upline.bootstrap import Container
from upline.core.clock import FixedClock
from upline.core.context import SYSTEM
from upline.core.db import Database
from upline.routers.virtual_office.app import create_virtual_office_app
from upline.services.auth import logins
from upline.services.workflows import close_period
from upline.settings import Settings

HOST = "http://office"
PASSWORD = "correct horse battery"
UPLINE, LEG, DEEP, STRANGER = 120000, 123501, 123702, 100001


def pack(token: object, *, encoding: str = "utf-8", **options: Any) -> str:
    """A token as a client sends it: base64 of whatever its JSON writer makes of it."""
    return base64.b64encode(json.dumps(token, **options).encode(encoding)).decode()


@dataclass
class Office:
    """The Virtual Office API, asked as one member or another."""

    container: Container
    clock: FixedClock
    client: httpx2.AsyncClient
    tokens: dict[int, dict[str, Any]] = field(default_factory=dict)

    async def login(self, **body: Any) -> httpx2.Response:
        return await self.client.post("/api/accounts/token", json=body)

    async def token(self, member: int = MEMBER) -> dict[str, Any]:
        if member not in self.tokens:
            answer = await self.login(memberId=member, password=PASSWORD)
            assert answer.status_code == 200, answer.text
            self.tokens[member] = answer.json()
        return self.tokens[member]

    async def get(self, path: str, member: int = MEMBER) -> httpx2.Response:
        header = {"authtoken": pack(await self.token(member))}
        # Whole, because a path that begins with two slashes would be taken for a host.
        return await self.client.get(f"{HOST}{path}", headers=header)

    async def status(self, path: str, member: int = MEMBER) -> int:
        """The status of an answer, which names its reason when it is an error."""
        answer = await self.get(path, member)
        assert answer.status_code == 200 or list(answer.json()) == ["message"]
        return answer.status_code

    async def read(self, path: str, member: int = MEMBER) -> Any:
        """The JSON of a successful answer."""
        answer = await self.get(f"/vo.dlv.api{path}", member)
        assert answer.status_code == 200, answer.text
        return answer.json()


@asynccontextmanager
async def open_office(
    database: Database,
    folder: Path,
    members: Iterable[int] = (MEMBER, UPLINE, LEG),
    *,
    with_figures: bool = True,
    **settings: Any,
) -> AsyncIterator[Office]:
    """The office over the golden company; `members` can log in with PASSWORD. Closing October and
    previewing November take most of the time; who asks for no figures does without."""
    await found_company(database)
    configuration = Settings(demo=True, data_dir=folder, **settings)
    clock = FixedClock(AFTER_OCTOBER)
    async with Container.open(configuration, clock=clock, database=database) as container:
        async with container.context(SYSTEM) as ctx:
            for member in members:
                await logins.create(ctx, container.passwords, PASSWORD, customer_id=member)
        if with_figures:
            await close(container.contexts, PERIOD)
            await close_period.preview(container.contexts, PERIOD + 1, SYSTEM)
        app = create_virtual_office_app(container)
        transport = httpx2.ASGITransport(app=app)
        async with httpx2.AsyncClient(transport=transport, base_url=HOST) as client:
            yield Office(container, clock, client)
