"""Ranks and rank advancement over HTTP: the exact bodies."""

import pytest
from tests.factories.figures import OCTOBER
from tests.factories.world import World
from tests.routers.backoffice.organization.test_binary import ask


@pytest.mark.parametrize("prefix", ["organization", "OTHER"])
async def test_the_way_to_the_next_rank(world: World, prefix: str) -> None:
    enc = world.container.ids.encrypt("customer", 1)
    answer = await world.http.get(
        f"/api/v1/{prefix}/rankadvancement/{enc}", headers=world.backoffice["application"]
    )
    assert answer.status_code == 200, answer.text
    found = answer.json()
    legs = found.pop("Legs")
    assert found == {
        "CustomerId": 1,
        "EncryptedCustomerId": enc,
        "PeriodId": 406,
        "CurrentRank": {"RankId": 2, "Rank": "Senior Star"},
        "PaidAsRank": {"RankId": 1, "Rank": "Star"},
        "HighestRank": {"RankId": -1, "Rank": "Inactive"},
        "ForcedRank": None,
        "NextRank": {"RankId": 3, "Rank": "Executive"},
        "Requirements": [
            {
                "Name": name,
                "Required": required,
                "Actual": actual,
                "Percent": percent,
                "IsMet": False,
                "Missing": required - actual,
            }
            for name, required, actual, percent in (
                ("PersonalVolume", 100, 50, 50),
                ("OrganizationVolume", 4000, 310, 7.75),
                ("Legs", 2, 0, 0),
            )
        ],
        "CheapestWay": [
            _step("Legs", 740, world, 2, "ABLE, ANN"),
            _step("Legs", 1000, world, 3, "BEST, BOB"),
            _step("PersonalVolume", 50),
            _step("OrganizationVolume", 1900),
        ],
        "History": [],
    }
    assert legs[0] == {
        "CustomerId": 2,
        "EncryptedCustomerId": world.container.ids.encrypt("customer", 2),
        "Name": "ABLE, ANN",
        "OrganizationVolume": 260,
        "PersonalVolume": 100,
        "RankId": 1,
        "Counts": False,
        "Missing": 740,
        "MissingPersonalVolume": 0,
    }


def _step(
    requirement: str,
    missing: int,
    world: World | None = None,
    customer_id: int | None = None,
    name: str = "",
) -> dict[str, object]:
    enc = world.container.ids.encrypt("customer", customer_id or 0) if world else None
    return {
        "Requirement": requirement,
        "Missing": missing,
        "CustomerId": customer_id,
        "EncryptedCustomerId": enc,
        "Name": name,
    }


async def test_every_rank(world: World) -> None:
    ranks = (await ask(world, "ranks/2", actor="self")).json()
    assert [rank["RankId"] for rank in ranks] == list(range(10))
    star = ranks[1]
    assert star.pop("Requirements")[0]["Name"] == "PersonalVolume"
    assert star == {
        "RankId": 1,
        "Rank": "Star",
        "Description": "100 PV, 500 OV",
        "IsCurrent": True,
        "IsPaidAs": True,
        "IsHighest": False,
        "AchievedDate": None,
    }
    was = (await ask(world, f"ranks/2?periodId={OCTOBER}")).json()
    assert [rank["RankId"] for rank in was if rank["IsCurrent"]] == []


@pytest.mark.parametrize("period", ["-1", "299", "99999"])
async def test_periods_without_a_plan(world: World, period: str) -> None:
    await ask(world, f"ranks/2?periodId={period}", 404)
