"""The Organization reads over HTTP: exact bodies, paging headers, parameters good and bad."""

from typing import Any

import httpx2
import pytest
from tests.factories.figures import OCTOBER
from tests.factories.world import World

UNKNOWN = 99
PATHS = ["unilevel", "personal", "customer", "unileveltree/3"]


async def get(
    world: World, customer_id: int, path: str, status: int = 200, actor: str = "application"
) -> httpx2.Response:
    enc = world.container.ids.encrypt("customer", customer_id)
    answer = await world.http.get(
        f"/api/v1/organization/{enc}/{path}", headers=world.backoffice[actor]
    )
    assert answer.status_code == status, answer.text
    return answer


def ids(answer: httpx2.Response) -> list[int]:
    return [node["CustomerId"] for node in answer.json()]


def carl(world: World) -> dict[str, Any]:
    return {
        "CustomerId": 4,
        "EncryptedCustomerId": world.container.ids.encrypt("customer", 4),
        "ReferralCode": "ref4",
        "FirstName": "Carl",
        "LastName": "Cook",
        "CustomerTypeId": 2,
        "CustomerType": "Distributor",
        "StatusId": 1,
        "Status": "Active",
        "RankId": 0,
        "Rank": "Distributor",
        "EnrollDate": "2014-09-04T18:00:00Z",
        "ImageUrl": "",
        "City": "Lehi",
        "StateProvince": "UT",
        "Country": "United States",
        "Email": "member4@example.com",
        "PhoneNumber": "1234567891",
        "ParentId": 2,
        "SponsorId": 2,
        "EnrollerId": 1,
        "Level": 1,
        "PositionId": 1,
        "HasChildren": True,
        "PersonalVolume": 80,
        "GroupVolume": 0,
        "OrganizationVolume": 110,
        "LeftVolume": 0,
        "RightVolume": 0,
    }


async def test_a_member_of_a_list_in_full(world: World) -> None:
    assert (await get(world, 2, "unilevel")).json()[0] == carl(world)


async def test_uplines_do_not_see_hidden_contact_data(world: World) -> None:
    hidden = {"Email": None, "PhoneNumber": None}
    answer = await get(world, 2, "unilevel", actor="self")
    assert answer.json()[0] == carl(world) | hidden


async def test_pages_and_their_links(world: World) -> None:
    answer = await get(world, 1, "unilevel?page=2&pageSize=2&STATUSID=1")
    assert ids(answer) == [6, 5]
    assert answer.headers["X-Total-Count"] == "4"
    assert 'rel="prev"' in answer.headers["Link"]
    assert "next" not in answer.headers["Link"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", [2, 4, 6, 5, 3]),
        ("?maxLevel=1", [2, 3]),
        ("?MAXLEVEL=1&search=bob", [3]),
        ("?rankId=1", [2]),
        ("?statusId=2", [3]),
        ("?search=eve%20EAST", [6]),
        ("?search=%25", []),
        (f"?periodId={OCTOBER}", [2, 3, 4]),
        (f"?periodId={OCTOBER}&maxLevel=1", [2, 3]),
        ("?periodId=0&unknown=1", [2, 4, 6, 5, 3]),
    ],
)
async def test_unilevel(world: World, query: str, expected: list[int]) -> None:
    assert ids(await get(world, 1, f"unilevel{query}")) == expected


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", [2, 3, 4]),
        ("?sort=-LastName", [4, 3, 2]),
        ("?Sort=enrolldate&pageSize=1", [2]),
        (f"?periodId={OCTOBER}", [2, 3, 4]),
    ],
)
async def test_personal(world: World, query: str, expected: list[int]) -> None:
    answer = await get(world, 1, f"personal{query}")
    assert ids(answer) == expected
    assert answer.headers["X-Total-Count"] == "3"
    assert "Children" not in answer.json()[0]


async def test_personally_enrolled_customers(world: World) -> None:
    (dora,) = (await get(world, 2, "customer?sort=LastName")).json()
    assert (dora["CustomerId"], dora["CustomerType"]) == (5, "Retail customer")
    assert (dora["PersonalVolume"], dora["Level"], dora["ParentId"]) == (50, 1, 2)
    assert ids(await get(world, 2, f"customer?periodId={OCTOBER}")) == []
    assert ids(await get(world, 1, "customer")) == []


async def test_the_nested_tree(world: World) -> None:
    root = (await get(world, 1, "UnilevelTree/2/")).json()
    ann, bob = root["Children"]
    assert (root["CustomerId"], root["Level"], root["ParentId"]) == (1, 0, None)
    assert [child["CustomerId"] for child in ann["Children"]] == [4, 5]
    assert ann["Children"][0] == carl(world) | {"Level": 2, "Children": [], "HasMore": True}
    assert (bob["Children"], bob["HasMore"], bob["Status"]) == ([], False, "Inactive")


async def test_the_nested_tree_of_a_past_period(world: World) -> None:
    root = (await get(world, 1, f"unileveltree/10?periodId={OCTOBER}")).json()
    ann, bob = root["Children"]
    assert (ann["Children"], bob["Children"][0]["CustomerId"]) == ([], 4)
    await get(world, 6, f"unileveltree/10?periodId={OCTOBER}", 404)


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("unileveltree/0", "maxlevel"),
        ("unileveltree/11", "maxlevel"),
        ("unileveltree/1000000000", "maxlevel"),
        ("unilevel?maxLevel=0", "maxLevel"),
        ("unilevel?rankId=x", "rankId"),
        ("unilevel?rankId=99999999999", "rankId"),
        ("unilevel?statusId=1.5", "statusId"),
        ("unilevel?search=" + "a" * 101, "search"),
        ("unilevel?pageSize=1001", "pageSize"),
        ("unilevel?periodId=x", "periodId"),
        ("personal?sort=password", "sort"),
        ("personal?sort=--EnrollDate", "sort"),
        ("customer?sort=-", "sort"),
    ],
)
async def test_bad_parameters_are_named(world: World, path: str, field: str) -> None:
    answer = await get(world, 1, path, 400)
    assert list(answer.json()["ModelState"]) == [field]


async def test_nul_in_a_search(world: World) -> None:
    await get(world, 1, "unilevel?search=a%00b", 400)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("period", [404, 407, -1, 2**40])
async def test_periods_without_a_tree(world: World, path: str, period: int) -> None:
    await get(world, 1, f"{path}?periodId={period}", 404)


@pytest.mark.parametrize("path", PATHS)
async def test_unknown_foreign_and_tampered_look_the_same(world: World, path: str) -> None:
    bodies = set()
    own = world.container.ids.encrypt("customer", 7)
    order = world.container.ids.encrypt("order", 7)
    foreign, unknown = (world.container.ids.encrypt("customer", n) for n in (2, UNKNOWN))
    for text in (foreign, unknown, order, own[:-1] + ("A" if own[-1] != "A" else "B"), "7"):
        answer = await world.http.get(
            f"/api/v1/organization/{text}/{path}",
            headers={**world.backoffice["stranger"], "X-Request-Id": "the-same-id"},
        )
        assert answer.status_code == 404
        bodies.add(answer.content)
    assert len(bodies) == 1
