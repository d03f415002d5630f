from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest

from upline.core.db import Database
from upline.main import create_app
from upline.settings import Settings


@pytest.fixture
async def http(database: Database, tmp_path: Path) -> AsyncIterator[httpx2.AsyncClient]:
    app = create_app(Settings(demo=True, data_dir=tmp_path), database=database)
    async with (
        app.router.lifespan_context(app),
        httpx2.AsyncClient(
            transport=httpx2.ASGITransport(app=app), base_url="http://upline"
        ) as client,
    ):
        yield client


@pytest.mark.parametrize(("path", "status"), [("/health", "ok"), ("/ready", "ready")])
async def test_the_probes_answer(http: httpx2.AsyncClient, path: str, status: str) -> None:
    answer = await http.get(path)
    assert (answer.status_code, answer.json()) == (200, {"status": status})


@pytest.mark.parametrize(
    ("path", "member"),
    [
        ("/api/v1/period/month", "Message"),
        ("/nowhere", "Message"),
        ("/api/shopping/nothing", "message"),
        ("/VO.DLV.API//downline/detail/user/0", "message"),
        ("/api/accountsx", "Message"),
        ("/api/v1/volume/a%0Ab/binary", "Message"),
        ("/vo.dlv.api/downline/detail/a%0Ab/0", "message"),
        ("/health/", "Message"),
    ],
)
async def test_each_family_answers_its_own_paths(
    http: httpx2.AsyncClient, path: str, member: str
) -> None:
    answer = await http.get(path)
    assert answer.status_code in {401, 404}
    assert member in answer.json()
