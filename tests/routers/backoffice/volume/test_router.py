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


async def test_legs(world: World) -> None:
    answer = (await get(world, "1/binary", actor="upline")).json()
    assert answer == {
        "CustomerId": 1,
        "PeriodId": NOVEMBER,
        **dict.fromkeys(("LeftVolume", "RightVolume", "CarryoverLeft", "CarryoverRight"), 0),
        **dict.fromkeys(("LeftTotal", "RightTotal", "PaidLegVolume", "ProjectedPay"), 0),
        **dict.fromkeys(("StrongLegId", "StrongLeg", "WeakLegId", "WeakLeg")),
        "CurrencyCode": "USD",
        "AsOf": "2014-11-17T20:00:00Z",
    }
    assert (await get(world, f"1/binary?periodId={OCTOBER}")).json()["PeriodId"] == OCTOBER


async def test_carryover(world: World) -> None:
    answer = await get(world, "1/carryover")
    sides = ("In", "New", "Paid", "Flushed", "Out")
    zeros = {f"{leg}{side}": 0 for leg in ("Left", "Right") for side in sides}
    assert answer.json() == [{"PeriodId": period, **zeros} for period in (NOVEMBER, OCTOBER)]
    assert answer.headers["X-Total-Count"] == "2"


async def test_before_a_full_run_there_is_nothing_behind_the_volume(world: World) -> None:
    for path in (f"1/detail/{NOVEMBER}", "1/detail/0", "1/monthly"):
        answer = await get(world, path)
        assert (answer.json(), answer.headers["X-Total-Count"]) == ([], "0")


@pytest.mark.parametrize(
    "path", ["binary", "carryover", f"detail/{NOVEMBER}", "monthly", "../projected/{}"]
)
async def test_more_of_those_below_oneself_and_nobody_else(world: World, path: str) -> None:
    def of(number: int) -> str:
        return f"projected/{number}" if path.startswith("..") else f"{number}/{path}"

    await get(world, of(6), actor="self")
    for number in (1, 7, 99, -5, 0, 2**63 - 1):
        await get(world, of(number), 404, actor="self")
    if not path.startswith("detail"):
        await get(world, of(6) + "?page=0&periodId=x", 200 if "projected" in of(6) else 400)


@pytest.mark.parametrize("path", ["1/detail/9", "1/binary?periodId=9", "projected/1/period/9"])
async def test_more_periods_that_do_not_exist(world: World, path: str) -> None:
    await get(world, path, 404)


async def test_detail_in_the_order_of_the_tree(busy: World) -> None:
    answer = await get(busy, f"2/detail/{NOVEMBER}", actor="self")
    rows = [(row["FromCustomerId"], row["Level"], row["PersonalVolume"]) for row in answer.json()]
    assert rows == [(2, 0, 120), (4, 1, 80), (6, 2, 60), (5, 1, 40), (8, 1, 100)]
    assert answer.json()[1] == {
        "OrderId": 504,
        "EncryptedOrderId": busy.container.ids.encrypt("order", 504),
        "FromCustomerId": 4,
        "FromName": "Carl Cook",
        "Level": 1,
        "Date": "2014-11-06T19:00:00Z",
        "Description": "",
        "PersonalVolume": 80,
        "CommissionableVolume": 80,
    }
    assert answer.headers["X-Total-Count"] == "5"
    second = await get(busy, f"2/DETAIL/{NOVEMBER}?page=2&pageSize=2")
    assert [row["OrderId"] for row in second.json()] == [506, 505]
    assert {'rel="prev"', 'rel="next"'} <= set(second.headers["Link"].replace(",", " ").split())


async def test_volume_by_level(busy: World) -> None:
    answer = await get(busy, "1/monthly", actor="upline")
    assert answer.json() == [
        {"Level": 1, "Count": 2, "ActiveCount": 1, "Volume": 120},
        {"Level": 2, "Count": 3, "ActiveCount": 2, "Volume": 220},
        {"Level": 3, "Count": 1, "ActiveCount": 1, "Volume": 60},
    ]
    assert answer.headers["X-Total-Count"] == "3"
    assert len((await get(busy, "1/monthly?maxLevel=2")).json()) == 2


async def test_projection(busy: World) -> None:
    month = (await get(busy, f"2/period/{NOVEMBER}")).json()
    answer = (await get(busy, "projected/2", actor="self")).json()
    added = {
        "AutoshipVolume": 0,
        "OrganizationAutoshipVolume": 30,
        "NextRankId": 1,
        "NextRank": "Star",
        "Missing": [
            {"Name": "Organization volume", "Required": 500, "Projected": 430, "Missing": 70}
        ],
    }
    volumes = {"OrganizationVolume": 430, "GroupVolume": 430, "LeftVolume": 170}
    assert month["LeftVolume"] == 140  # 4, whose autoship is due, stands in it
    assert answer == month | volumes | added
    assert (await get(busy, f"projected/2/period/{NOVEMBER}")).json() == answer
    december = (await get(busy, f"projected/2/period/{NOVEMBER + 1}")).json()
    assert (december["PersonalVolume"], december["OrganizationVolume"]) == (70, 100)
    october = (await get(busy, f"projected/2/period/{OCTOBER}")).json()
    assert (october["OrganizationVolume"], october["OrganizationAutoshipVolume"]) == (100, 0)
