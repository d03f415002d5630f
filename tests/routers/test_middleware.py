import httpx2
import pytest
import structlog
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from upline.routers.middleware import RequestScope


async def _echo(request: Request) -> PlainTextResponse:
    return PlainTextResponse(request.state.request_id, headers={"Cache-Control": "max-age=60"})


@pytest.fixture
def client() -> httpx2.AsyncClient:
    app = RequestScope(RequestScope(Starlette(routes=[Route("/x", _echo)])))
    return httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://x")


async def test_every_answer_has_an_id_and_safe_headers(client: httpx2.AsyncClient) -> None:
    for path, caching in {"/x": "max-age=60", "/nowhere": "no-store"}.items():
        answer = await client.get(path)
        assert len(answer.headers["X-Request-Id"]) == 32
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cache-Control"] == caching
        assert "Strict-Transport-Security" not in answer.headers
    answer = await client.get("https://x/x")
    assert "Strict-Transport-Security" in answer.headers
    assert answer.text == answer.headers["X-Request-Id"]


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("order-2026.11_21", True),
        ("short", False),
        ("x" * 65, False),
        ("has blanks in it", False),
        ("<script>alert()</script>", False),
    ],
)
async def test_ids_of_callers_are_kept_when_harmless(
    client: httpx2.AsyncClient, given: str, kept: bool
) -> None:
    answer = await client.get("/x", headers={"X-Request-Id": given})
    assert (answer.headers["X-Request-Id"] == given) is kept


async def test_the_log_line_holds_no_secret_and_no_path(client: httpx2.AsyncClient) -> None:
    structlog.reset_defaults()  # a command may have run before and turned the level up
    with structlog.testing.capture_logs() as lines:
        await client.get("/reset/secret-code?Ssn=123456789&page=2", headers={"Client-Id": "eyJx"})
    (line,) = lines
    assert line["status"] == 404
    assert line["route"] == "unmatched"
    assert "page=2" in line["query"]
    assert "secret-code" not in str(line)
    assert "123456789" not in str(line)
    assert "eyJx" not in str(line)
