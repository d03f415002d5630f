"""Explanations over HTTP: to the member alone, about those he may see."""

from typing import Any

import httpx2
from tests.factories.figures import NOVEMBER, OCTOBER
from tests.factories.world import World

ANN, CARL, STRANGER = 2, 4, 7


async def ask(world: World, query: str = "", actor: str = "self", member: int = ANN) -> Any:
    enc = world.container.ids.encrypt("customer", member)
    path = f"/api/v1/commission/{enc}/{NOVEMBER}/explain{query}"
    answer: httpx2.Response = await world.http.get(path, headers=world.headers(actor, path))
    return answer


async def test_a_period_is_explained_bonus_by_bonus(world: World) -> None:
    answer = await ask(world)
    assert answer.status_code == 200
    body = answer.json()
    assert list(body) == [
        "Basis", "CustomerId", "EncryptedCustomerId", "Name", "Rank", "FromCustomerId", "Bonuses",
    ]  # fmt: skip
    assert body["Basis"]["PeriodId"] == NOVEMBER
    unilevel = next(one for one in body["Bonuses"] if one["Bonus"] == "Unilevel")
    assert unilevel["Rule"]["Text"].startswith("[[bonuses]]")
    asked = {"Name": "pv", "Required": "100", "Actual": "100", "IsMet": True, "Alternatives": []}
    assert asked in unilevel["Requirements"]


async def test_a_source_is_explained_by_the_way_up(world: World) -> None:
    body = (await ask(world, f"?fromCustomerId={CARL}")).json()
    unilevel = next(one for one in body["Bonuses"] if one["Bonus"] == "Unilevel")
    assert [step["CustomerId"] for step in unilevel["Path"]] == [ANN]
    assert body["FromCustomerId"] == CARL


async def test_nobody_else_is_told(world: World) -> None:
    known = await ask(world, actor="stranger")
    assert known.status_code == 404
    for answer in (
        await ask(world, actor="upline"),
        await ask(world, f"?fromCustomerId={STRANGER}"),
        await ask(world, "?fromCustomerId=999999"),
        await ask(world, "/999999999"),
    ):
        assert answer.status_code == 404
        assert answer.json()["Message"] == known.json()["Message"]
    assert (await ask(world, "?fromCustomerId=0")).status_code == 400


async def test_periods_without_figures_explain_nothing(world: World) -> None:
    enc = world.container.ids.encrypt("customer", ANN)
    path = f"/api/v1/commission/{enc}/{OCTOBER - 40}/explain"
    answer = await world.http.get(path, headers=world.headers("self", path))
    assert answer.status_code == 404
