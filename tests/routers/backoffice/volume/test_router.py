"""The Volume reads over HTTP."""

import httpx2
import pytest
from tests.factories.figures import NOVEMBER, OCTOBER
from tests.factories.world import World

ROOT = {
    "CustomerId": 1,
    "PeriodId": NOVEMBER,
    "PersonalVolume": 50,
    "GroupVolume": 310,
    "OrganizationVolume": 310,
    "CommissionableVolume": 0,
    "LeftVolume": 0,
    "RightVolume": 0,
    "CarryoverLeft": 0,
    "CarryoverRight": 0,
    "PaidLegVolume": 0,
    "RankId": 2,
    "Rank": "Senior Star",
    "PaidAsRankId": 1,
    "PaidAsRank": "Star",
    "IsActive": False,
    "IsQualified": False,
    "AsOf": "2014-11-17T20:00:00Z",
}


async def get(
    world: World, path: str, status: int = 200, actor: str = "application"
) -> httpx2.Response:
    answer = await world.http.get(f"/api/v1/volume/{path}", headers=world.backoffice[actor])
    assert answer.status_code == status, answer.text
    return answer


async def test_one_period_in_full(world: World) -> None:
    assert (await get(world, f"1/period/{NOVEMBER}")).json() == ROOT
    assert (await get(world, "1/PERIOD/0")).json() == ROOT


async def test_all_periods_newest_first(world: World) -> None:
    answer = await get(world, "1")
    assert [volume["PeriodId"] for volume in answer.json()] == [NOVEMBER, OCTOBER]
    assert answer.headers["X-Total-Count"] == "2"
    answer = await get(world, "1?pageSize=1")
    assert answer.json() == [ROOT]
    link = '</api/v1/volume/1?pagesize=1&page=2>; rel="next"'
    assert answer.headers["Link"].lower() == link


async def test_current_is_week_and_month(world: World) -> None:
    week, month = (await get(world, "1/current")).json()
    assert (week["PeriodId"], week["OrganizationVolume"], week["Rank"]) == (10_028, 0, None)
    assert month == ROOT


@pytest.mark.parametrize("number", ["-1", "1", "2147483648", "9223372036854775807"])
async def test_periods_that_do_not_exist(world: World, number: str) -> None:
    await get(world, f"1/period/{number}", 404)


@pytest.mark.parametrize("path", ["x", "1/period/x", "9" * 30, "1?page=0"])
async def test_what_is_no_number_is_refused(world: World, path: str) -> None:
    assert (await get(world, path, 400)).json()["ModelState"]


@pytest.mark.parametrize("path", ["", "/current", f"/period/{NOVEMBER}"])
async def test_who_is_below_oneself_is_seen_and_nobody_else(world: World, path: str) -> None:
    await get(world, f"6{path}", actor="self")
    for number in (1, 7, 99, -5, 0, 2**63 - 1):
        await get(world, f"{number}{path}", 404, actor="self")
