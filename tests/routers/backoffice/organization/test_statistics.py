"""Organizations in numbers over HTTP: map, chart, scoreboard, the ten leaders."""

from collections.abc import AsyncIterator

import httpx2
import pytest
from tests.database import TestServer
from tests.factories.busy_world import open_busy_world
from tests.factories.figures import OCTOBER
from tests.factories.world import World


@pytest.fixture(scope="module")
async def world(server: TestServer) -> AsyncIterator[World]:
    async with open_busy_world(server) as world:
        yield world


async def get(
    world: World, path: str, status: int = 200, actor: str = "application"
) -> httpx2.Response:
    answer = await world.http.get(f"/api/v1/{path}", headers=world.backoffice[actor])
    assert answer.status_code == status, answer.text
    return answer


def opaque(world: World, customer_id: int) -> str:
    return world.container.ids.encrypt("customer", customer_id)


async def test_areas(world: World) -> None:
    path = f"order/statistic/geoanalytics/{opaque(world, 2)}"
    assert (await get(world, path, actor="self")).json() == [
        {
            "CountryId": 840,
            "Country": "United States",
            "StateProvinceId": 50,
            "StateProvince": "Utah",
            "DistributorCount": 3,
            "CustomerCount": 1,
            "NewCount": 1,
            "Volume": 280,
        }
    ]
    assert (await get(world, f"{path}?periodId={OCTOBER}")).json() == []
    assert (await get(world, f"order/statistic/geoanalytics/{opaque(world, 7)}")).json() == []


async def test_chart(world: World) -> None:
    answer = await get(world, "organization/chart/unilevel", actor="upline")
    keys = ("Level", "Distributors", "Customers", "Active", "New", "Volume")
    assert [tuple(level[key] for key in keys) for level in answer.json()] == [
        (1, 2, 0, 1, 0, 120),
        (2, 2, 1, 2, 1, 220),
        (3, 1, 0, 1, 0, 60),
    ]
    assert answer.headers["X-Total-Count"] == "3"
    own = await get(world, "organization/chart/unilevel?customerId=1", actor="self")
    assert len(own.json()) == 2  # their own: a customer's token decides
    second = await get(world, "organization/chart/unilevel?customerid=1&page=2&pageSize=1")
    assert [level["Level"] for level in second.json()] == [2]
    assert 'rel="next"' in second.headers["Link"]
    shallow = await get(world, "organization/chart/unilevel?customerId=1&maxLevel=1")
    assert (len(shallow.json()), shallow.headers["X-Total-Count"]) == (1, "1")


async def test_an_application_names_the_member(world: World) -> None:
    for path in ("organization/chart/unilevel", "organization/top10/leadershipactivity"):
        missing = await get(world, path, 404)
        assert missing.json()["Message"].startswith("No HTTP resource was found")
        await get(world, f"{path}?customerId=99", 404)
        for bad in ("0", "x", str(2**63)):
            await get(world, f"{path}?customerId={bad}", 400)


@pytest.mark.parametrize("where", ["organization", "other"])
async def test_scoreboard(world: World, where: str) -> None:
    def counts(answer: httpx2.Response) -> dict[str, tuple[int, int]]:
        return {
            row["Rank"]: (row["Count"], row["NewCount"]) for row in answer.json() if row["Count"]
        }

    sponsored = await get(world, f"{where}/scoreboard/1/rank/2")
    assert counts(sponsored) == {"Distributor": (4, 1), "Inactive": (1, 0)}
    assert [row["RankId"] for row in sponsored.json()] == [-1, *range(10)]
    enrolled = await get(world, f"{where}/scoreboard/2/rank/1", actor="self")
    assert counts(enrolled) == {"Distributor": (1, 1)}
    for wrong in ("0", "4", "x"):
        await get(world, f"{where}/scoreboard/1/rank/{wrong}", 400)


async def test_who_sees_a_genealogy_sees_its_scoreboard(world: World) -> None:
    """1 enrolled 4, who stands below 2 since November; 2 did not enrol anybody above."""
    await get(world, "organization/scoreboard/4/rank/2", actor="self")
    await get(world, "organization/scoreboard/4/rank/1", 404, actor="self")
    await get(world, "organization/scoreboard/4/rank/1", actor="upline")
    for number in (1, 7, 99):
        await get(world, f"organization/scoreboard/{number}/rank/2", 404, actor="self")


async def test_leaders(world: World) -> None:
    answer = (await get(world, "organization/top10/leadershipactivity", actor="upline")).json()
    assert [(row["Position"], row["Person"]["CustomerId"]) for row in answer] == [(1, 2)]
    ann = answer[0]
    assert (ann["Person"]["FirstName"], ann["Person"]["Email"]) == ("Ann", "member2@example.com")
    del ann["Person"]
    assert ann == {
        "Position": 1,
        "Points": 10,
        "Enrolments": 1,
        "EnrolmentPoints": 10,
        "RankAdvances": 0,
        "RankPoints": 0,
        "VolumeGrowth": 0,
        "GrowthPoints": 0,
    }
    path = f"organization/top10/leadershipactivity?customerId=1&periodId={OCTOBER}"
    assert (await get(world, path)).json() == []
