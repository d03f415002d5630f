"""A company served by two processes, for whatever has to be tried over the network.

One for all tests of this process: each brings members of its own, numbered from a thousand of its
own on, and leaves books on which the auditor finds nothing.
"""

import itertools
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import httpx2
import pytest
from tests.database import TestServer
from tests.factories.company import add_members, load_essential
from tests.factories.serving import serve

from upline.bootstrap import Container
from upline.core.context import SYSTEM, Scope
from upline.core.db import Database
from upline.services.auth import clients, logins
from upline.services.period import calendar
from upline.services.verify import auditor
from upline.settings import DatabaseSettings, Settings

PASSWORD = "correct horse battery"
CLIENT, SECRET = "races", "an application's secret"
PROCESSES, CONNECTIONS = 2, 60


@dataclass
class Served:
    """The company from inside (`container`, on the real clock) and from outside (`http`, or any
    program that is given `environment`)."""

    container: Container
    environment: dict[str, str]
    http: httpx2.AsyncClient
    application: dict[str, str]
    thousands: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    async def found_family(self, size: int) -> range:
        """A root and members it enrolled ten days ago, all side by side; in the binary tree the
        root alone."""
        first = 1_000 * next(self.thousands)
        numbers = range(first, first + size)
        async with self.container.context(SYSTEM) as ctx:
            day = calendar.local_date(ctx.now - timedelta(days=10), ctx.company.time_zone)
            rows: list[dict[str, Any]] = [
                {"customer_id": number, "enrolled_on": day, "sponsor_id": first,
                 "enroller_id": first}
                for number in numbers[1:]
            ]  # fmt: skip
            root = {"customer_id": first, "enrolled_on": day, "binary_root": True}
            await add_members(ctx.session, [root, *rows])
        return numbers

    async def login(self, customer_id: int) -> dict[str, str]:
        """A member's token, just given."""
        async with self.container.context(SYSTEM) as ctx:
            await logins.create(ctx, self.container.passwords, PASSWORD, customer_id=customer_id)
        return await self.enter({"CustomerId": customer_id, "Password": PASSWORD})

    async def enter(self, body: dict[str, Any]) -> dict[str, str]:
        answer = await self.http.post("/api/v1/auth", json=body)
        assert answer.status_code == 200, answer.text
        return {"Client-Id": answer.json()["Token"]}

    async def audit(self) -> None:
        async with self.container.context(SYSTEM) as ctx:
            assert await auditor.verify(ctx.session) == []


@pytest.fixture(scope="session")
async def served(
    server: TestServer, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Served]:
    url, folder = server.clone(), tmp_path_factory.mktemp("served")
    # More connections than processes keep, as under load.
    settings = Settings(
        demo=True, data_dir=folder, database=DatabaseSettings(pool_size=CONNECTIONS)
    )
    database = Database.connect(url, pool_size=CONNECTIONS, application="upline-tests")
    async with Container.open(settings, database=database) as container:
        async with container.context(SYSTEM) as ctx:
            await load_essential(ctx.session)
            await clients.create(ctx, container.passwords, CLIENT, SECRET, [Scope.BACKOFFICE])
        environment = {
            "UPLINE_DATABASE__URL": url,
            "UPLINE_DATA_DIR": str(folder),
            "UPLINE_DEMO": "true",
        }
        words = ["serve", "--processes", str(PROCESSES)]
        with serve(words, folder, environment) as port:
            limits = httpx2.Limits(max_connections=CONNECTIONS)
            async with httpx2.AsyncClient(
                base_url=f"http://127.0.0.1:{port}", limits=limits, timeout=60
            ) as http:
                company = Served(container, environment, http, {})
                company.application = await company.enter(
                    {"ClientId": CLIENT, "ClientSecret": SECRET}
                )
                yield company
    await database.dispose()
    server.drop(url)
