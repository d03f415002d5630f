"""The catalogue on the wire: public, cached, cheap to probe."""

from typing import Any

import pytest
from sqlalchemy import event
from tests.factories.world import World

CATALOG = "/api/shopping/product-catalog"


async def _items(world: World, path: str) -> dict[str, Any]:
    answer = await world.http.get(f"{CATALOG}/{path}")
    assert answer.status_code == 200, answer.text
    return {item["partNumber"]: item for item in answer.json()["items"]}


async def test_amounts_are_hundredths_in_every_currency(world: World) -> None:
    dollars = (await _items(world, "en-US/US/2"))["LAV-15"]
    assert dollars["wholesaleDisplayPrice"] == 2350
    assert dollars["retailDisplayPrice"] == 4700
    assert (dollars["pointValue"], dollars["loyaltyPoints"]) == (2350, 2000)
    assert dollars["currency"] == {"code": "USD", "symbol": "$", "roundFactor": 2}
    yen = (await _items(world, "ja-JP/JPN/2"))["LAV-15"]
    assert yen["wholesaleDisplayPrice"] == 352500
    assert yen["currency"] == {"code": "JPY", "symbol": "¥", "roundFactor": 0}


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("xx-US/US/2", 400),
        ("en%00/US/2", 400),
        ("en-US/ZZ/2", 404),
        ("en-US/NL/2", 404),
        ("en-US/U/2", 400),
        ("en-US/ÜS/2", 404),
        ("en-US/US/0", 400),
        ("en-US/US/4", 400),
        ("en-US/US/distributor", 400),
        ("en-US/US/99999999999999999999", 400),
        ("en-US/US/2/", 200),
    ],
)
async def test_whatever_is_asked_is_answered(world: World, path: str, status: int) -> None:
    answer = await world.http.get(f"{CATALOG}/{path}")
    assert answer.status_code == status, answer.text
    assert status == 200 or list(answer.json()) == ["message"]


async def test_who_has_it_is_not_sent_it_again(world: World) -> None:
    first = await world.http.get(f"{CATALOG}/de-AT/US/2")
    tag = first.headers["etag"]
    assert first.headers["cache-control"] == "public, max-age=60"
    for held in (tag, f"W/{tag}", f'"x", {tag}', "*"):
        again = await world.http.get(f"{CATALOG}/de-AT/US/2", headers={"If-None-Match": held})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == tag
    other = await world.http.get(f"{CATALOG}/en-US/US/2", headers={"If-None-Match": tag})
    assert other.status_code == 200
    assert other.headers["etag"] != tag


async def test_probing_costs_the_database_nothing(world: World) -> None:
    await world.http.get(f"{CATALOG}/en-US/US/2")
    statements: list[str] = []
    engine = world.container.database.engine.sync_engine

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        statements.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        for culture in ("sv-SE", "fi", "nb-NO", "en-GB", "pt-BR"):
            assert (await world.http.get(f"{CATALOG}/{culture}/US/2")).status_code == 200
        for country in ("ZZ", "AQ", "QQQ"):
            assert (await world.http.get(f"{CATALOG}/en-US/{country}/2")).status_code == 404
    finally:
        event.remove(engine, "before_cursor_execute", note)
    assert statements == []
