"""Contests over HTTP: the first fifty, totals, reasons, standings."""

from typing import Any

import httpx2
import pytest
from tests.factories.figures import NOVEMBER, OCTOBER
from tests.factories.world import World


async def get(
    world: World, path: str, status: int = 200, actor: str = "application"
) -> httpx2.Response:
    answer = await world.http.get(f"/api/v1/points/{path}", headers=world.backoffice[actor])
    assert answer.status_code == status, answer.text
    return answer


def placed(world: World, position: int, customer_id: int, names: str, points: int) -> Any:
    first, last = names.split()
    return {
        "Position": position,
        "Person": {
            "CustomerId": customer_id,
            "EncryptedCustomerId": world.container.ids.encrypt("customer", customer_id),
            "ReferralCode": f"ref{customer_id}",
            "FirstName": first,
            "LastName": last,
            "ImageUrl": "",
        },
        "Points": points,
        "IsQualified": points >= 50,
    }


def everybody(world: World) -> list[Any]:
    """Root became a Star; Ann enrolled the newcomer."""
    return [placed(world, 1, 1, "Root One", 20), placed(world, 2, 2, "Ann Able", 10)]


@pytest.mark.parametrize("actor", ["application", "self", "stranger"])
async def test_the_first_fifty_are_public(world: World, actor: str) -> None:
    assert (await get(world, "top50", actor=actor)).json() == everybody(world)
    assert (await get(world, f"TOP50?ContestId=1&periodid={NOVEMBER}")).json() == everybody(world)


async def test_total(world: World) -> None:
    answer = (await get(world, "2/total", actor="self")).json()
    assert answer.pop("AsOf") == "2014-11-17T20:00:00Z"
    assert answer == {
        "CustomerId": 2,
        "EncryptedCustomerId": world.container.ids.encrypt("customer", 2),
        "PeriodId": NOVEMBER,
        "ContestId": 1,
        "Contest": "Leadership",
        "Points": 10,
        "Position": 2,
        "IsQualified": False,
    }
    without = (await get(world, "3/total")).json()
    assert (without["Points"], without["Position"], without["IsQualified"]) == (0, None, False)


async def test_standings(world: World) -> None:
    answer = (await get(world, "2/standings", actor="upline")).json()
    assert answer["Neighbours"] == everybody(world)
    assert (answer["GapToNext"], answer["Contestants"]) == (10, 2)
    assert (answer["QualifyingPoints"], answer["PointsToQualify"]) == (50, 40)
    first = (await get(world, "1/standings")).json()
    assert (first["Position"], first["GapToNext"]) == (1, None)
    outside = (await get(world, "4/standings")).json()
    assert (outside["Position"], outside["PointsToQualify"], outside["Neighbours"]) == (
        None,
        50,
        [],
    )


async def test_detail(world: World) -> None:
    answer = await get(world, "detail/2", actor="self")
    enrolment = {
        "ReasonId": 1,
        "Reason": "Enrolment",
        "SourceId": 8,
        "Source": "New Comer",
        "Quantity": 1,
        "Points": 10,
    }
    assert (answer.json(), answer.headers["X-Total-Count"]) == ([enrolment], "1")
    rank = {
        "ReasonId": 3,
        "Reason": "Rank advancement",
        "SourceId": None,
        "Source": "Star",
        "Quantity": 1,
        "Points": 20,
    }
    assert (await get(world, "detail/1")).json() == [rank]
    assert (await get(world, "detail/1?page=2&pageSize=1")).json() == []


@pytest.mark.parametrize("path", ["top50", "2/total", "detail/2", "2/standings"])
async def test_contests_and_periods_that_do_not_exist(world: World, path: str) -> None:
    for query in ("contestId=9", "periodId=5", "periodId=-1", "periodId=10028"):
        await get(world, f"{path}?{query}", 404)
    for query in ("contestId=-1", "contestId=x", f"contestId={2**15}", "periodId=y"):
        assert (await get(world, f"{path}?{query}", 400)).json()["ModelState"]
    assert (await get(world, f"{path}?periodId={OCTOBER}")).status_code == 200


@pytest.mark.parametrize("path", ["{}/total", "detail/{}", "{}/standings"])
async def test_foreign_and_absent_members(world: World, path: str) -> None:
    for number in (1, 7, 99, 0, -5, 2**63 - 1):
        await get(world, path.format(number), 404, actor="self")
