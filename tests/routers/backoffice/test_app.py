"""The application around the operations: origins, headers, peculiar requests."""

from collections.abc import AsyncIterator
from dataclasses import replace

import httpx2
import pytest
from tests.factories.world import World

from upline.routers.backoffice.app import create_backoffice_app

ALLOWED = "https://office.example.com"
EVENTS = "/api/v1/other/events"


@pytest.fixture
async def client(world: World) -> AsyncIterator[httpx2.AsyncClient]:
    settings = world.container.settings
    server = settings.server.model_copy(update={"cors_origins": [ALLOWED]})
    container = replace(world.container, settings=settings.model_copy(update={"server": server}))
    transport = httpx2.ASGITransport(app=create_backoffice_app(container))
    async with httpx2.AsyncClient(transport=transport, base_url="http://upline.test") as http:
        yield http


async def _preflight(client: httpx2.AsyncClient, origin: str, path: str) -> httpx2.Response:
    headers = {
        "Origin": origin,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "Client-Id, Content-Type, Idempotency-Key",
    }
    return await client.options(path, headers=headers)


async def test_listed_origins_may_ask(client: httpx2.AsyncClient) -> None:
    answer = await _preflight(client, ALLOWED, EVENTS)
    assert answer.status_code == 200
    assert answer.headers["Access-Control-Allow-Origin"] == ALLOWED
    assert "Access-Control-Allow-Credentials" not in answer.headers


@pytest.mark.parametrize(
    "origin",
    [
        "null",
        "http://office.example.com",
        "https://office.example.com.evil.org",
        "https://evil-office.example.com",
        "https://sub.office.example.com",
        "https://office.example.com:8443",
        "https://OFFICE.example.com",
        "",
    ],
)
async def test_no_other_origin_may(client: httpx2.AsyncClient, origin: str) -> None:
    preflight = await _preflight(client, origin, EVENTS)
    simple = await client.get("/api/v1/period/week", headers={"Origin": origin})
    for answer in (preflight, simple):
        assert "Access-Control-Allow-Origin" not in answer.headers


async def test_a_preflight_is_no_ping(client: httpx2.AsyncClient) -> None:
    path = "/api/v1/funnel/anna/info"
    assert (await _preflight(client, ALLOWED, path)).status_code == 200
    assert (await client.options(path)).status_code == 401  # reaches the operation itself


@pytest.mark.parametrize("host", [b"a b", b"[::1", b"x:99999", b"\xff", b"evil.com/path?", b"a@b"])
async def test_peculiar_hosts(client: httpx2.AsyncClient, host: bytes) -> None:
    answer = await client.get("/api/v1/nothing", headers={b"Host": host})
    assert answer.status_code == 404
    assert "evil.com" not in answer.text


async def test_errors_have_safe_headers_too(client: httpx2.AsyncClient) -> None:
    answer = await client.get("/api/v1/nothing")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.json()["RequestId"] == answer.headers["X-Request-Id"]
