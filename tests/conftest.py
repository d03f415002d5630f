"""Fixtures every test may ask for; nothing is started for tests that ask for none.

| fixture | what it is |
|---|---|
| `server` | the PostgreSQL of the tests, with the migrated template |
| `database` | this process's clone; what is committed there stays: prefer the next two |
| `session` | a session in it whose work, commits included, is rolled back after the test |
| `ctx` | a Context on that session: SYSTEM, at `clock`'s instant |
| `committed_database` | a clone of its own for a test with commits, concurrency or processes |
| `clone_url` | the URL of such a clone, for tests that are not async |
| `clock` | a FixedClock in November 2014 |
"""

import os
import socket
import time
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncSession
from tests.database import TestServer

from upline.core.clock import FixedClock
from upline.core.context import SYSTEM, Company, Context
from upline.core.db import Database

NOW = datetime(2014, 11, 17, 20, tzinfo=UTC)
COMPANY = Company("Test", "America/Denver", "USD")

pytest_plugins = ["tests.examples"]

# A zone nobody's company is in: what reads the machine's local time shows at once.
os.environ["TZ"] = "Pacific/Chatham"
time.tzset()
# Settings of the developer's shell must not reach the tests.
for name in [name for name in os.environ if name.startswith("UPLINE_")]:
    if not name.startswith("UPLINE_TEST_"):
        del os.environ[name]


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> None:
    """The whole suite runs on several processes; what is named on the command line, on one."""
    whole = config.args_source is pytest.Config.ArgsSource.TESTPATHS
    can_share = config.pluginmanager.hasplugin("xdist") and not hasattr(config, "workerinput")
    if whole and can_share and config.option.numprocesses is None:
        config.option.numprocesses = min(4, os.cpu_count() or 1)
        config.option.dist = "worksteal"


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """One event loop for all tests of a process, so that they can share a connection pool."""
    return "asyncio"


@pytest.fixture(scope="session", autouse=True)
def closed_network() -> Iterator[None]:
    """Tests reach this machine only."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("connect", "connect_ex"):
            patch.setattr(socket.socket, name, _local_only(getattr(socket.socket, name)))
        yield


def _local_only(original: Any) -> Any:
    def connect(self: socket.socket, address: Any) -> Any:
        if self.family != socket.AF_UNIX and address[0] not in {"127.0.0.1", "::1", "localhost"}:
            raise RuntimeError(f"a test tried to reach {address}")
        return original(self, address)

    return connect


@pytest.fixture(scope="session")
def server() -> TestServer:
    """Started on first use, so tests of pure functions run without a database."""
    return TestServer()


@pytest.fixture(scope="session")
async def database(server: TestServer) -> AsyncIterator[Database]:
    """This process's own clone. Sessions opened on it really commit."""
    url = server.clone()
    database = Database.connect(url, pool_size=5, application="upline-tests")
    yield database
    await database.dispose()
    server.drop(url)


@pytest.fixture
async def session(database: Database) -> AsyncIterator[AsyncSession]:
    """A session on one connection; its commits end savepoints, and the test's end undoes all."""
    async with database.engine.connect() as connection:
        outer = await connection.begin()
        async with AsyncSession(
            connection, expire_on_commit=False, join_transaction_mode="create_savepoint"
        ) as session:
            yield session
        await outer.rollback()


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


@pytest.fixture
def ctx(session: AsyncSession, clock: FixedClock) -> Context:
    return Context(session, SYSTEM, clock.now(), COMPANY)


@pytest.fixture
def clone_url(server: TestServer) -> Iterator[str]:
    """A clone for one test alone, for programs and other processes."""
    url = server.clone()
    yield url
    server.drop(url)


@pytest.fixture
async def committed_database(clone_url: str) -> AsyncIterator[Database]:
    """The same, connected; `engine.url` tells other processes where it is."""
    database = Database.connect(clone_url, application="upline-tests")
    yield database
    await database.dispose()
