"""The binary tree over HTTP: lists, the picture with its open places, the bottoms of its legs."""

from typing import Any

import httpx2
import pytest
from tests.factories.figures import OCTOBER
from tests.factories.world import World
from tests.routers.backoffice.organization.test_router import carl, ids

OPEN = {"PositionId", "ParentId", "IsOpen"}


async def ask(
    world: World, path: str, status: int = 200, actor: str = "application", **options: Any
) -> httpx2.Response:
    method = "POST" if "json" in options or "data" in options else "GET"
    answer = await world.http.request(
        method, f"/api/v1/organization/{path}", headers=world.backoffice[actor], **options
    )
    assert answer.status_code == status, answer.text
    return answer


async def test_the_whole_tree_left_before_right(world: World) -> None:
    answer = await ask(world, "binary/1/all")
    assert ids(answer) == [2, 4, 6, 3]
    assert [node["Level"] for node in answer.json()] == [1, 2, 3, 1]
    assert answer.json()[1] == carl(world) | {"Level": 2}
    assert answer.headers["X-Total-Count"] == "4"
    assert ids(await ask(world, f"binary/1/all?periodId={OCTOBER}")) == [2, 4, 3]
    second = await ask(world, "binary/1/ALL?page=2&pageSize=3")
    assert (ids(second), 'rel="prev"' in second.headers["Link"]) == ([3], True)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, [2, 4, 6, 3]),
        ({"PositionId": 1}, [2, 4, 6]),
        ({"positionid": 2}, [3]),
        ({"MaxLevel": 1}, [2, 3]),
        ({"PositionId": 1, "MaxLevel": 2}, [2, 4]),
        ({"Search": "be"}, [3]),
        ({"RankIds": [0]}, [4, 6]),
        ({"RankIds": [1, 0], "StatusIds": [1]}, [2, 4, 6]),
        ({"StatusIds": [2]}, [3]),
        ({"EnrolledFrom": "2014-09-03", "EnrolledTo": "2014-09-04"}, [4, 3]),
        ({"EnrolledFrom": "2014-09-07"}, []),
        ({"Sort": "-CustomerId"}, [6, 4, 3, 2]),
        ({"Sort": "lastname", "PositionId": 1}, [2, 4, 6]),
        ({"Page": 2, "PageSize": 3}, [3]),
        ({"Unknown": 1, "Search": None, "RankIds": None, "Page": None}, [2, 4, 6, 3]),
    ],
)
async def test_filters(world: World, body: dict[str, Any], expected: list[int]) -> None:
    answer = await ask(world, "1/binary", json=body)
    assert ids(answer) == expected
    assert "Link" not in answer.headers


async def test_a_filter_may_come_as_a_form_or_not_at_all(world: World) -> None:
    form = "RankIds[]=0&RankIds[]=1&PageSize=2"
    headers = {
        **world.backoffice["application"],
        "Content-Type": "application/x-www-form-urlencoded",
    }
    path = "/api/v1/organization/1/binary"
    answer = await world.http.post(path, headers=headers, content=form)
    assert (ids(answer), answer.headers["X-Total-Count"]) == ([2, 4], "3")
    bare = await world.http.post(
        f"{path}?periodId={OCTOBER}", headers=world.backoffice["application"]
    )
    assert ids(bare) == [2, 4, 3]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"PositionId": 3}, "model.PositionId"),
        ({"MaxLevel": 0}, "model.MaxLevel"),
        ({"RankIds": [40000]}, "model.RankIds.0"),
        ({"RankIds": list(range(101))}, "model.RankIds"),
        ({"EnrolledFrom": "2014-02-30"}, "model.EnrolledFrom"),
        ({"EnrolledTo": "9999-12-31"}, "model.EnrolledTo"),
        ({"EnrolledTo": 1416182400}, "model.EnrolledTo"),
        ({"EnrolledTo": "1416182400"}, "model.EnrolledTo"),
        ({"Sort": "password"}, "model.Sort"),
        ({"PageSize": 1001}, "model.PageSize"),
        ({"Page": 0}, "model.Page"),
        ({"Search": "a" * 101}, "model.Search"),
    ],
)
async def test_bad_filters_are_named(world: World, body: dict[str, Any], field: str) -> None:
    answer = await ask(world, "1/binary", 400, json=body)
    assert list(answer.json()["ModelState"]) == [field]


async def test_the_picture_with_its_open_places(world: World) -> None:
    top = (await ask(world, "binary/1/1")).json()
    ann, bob = top["Children"]
    assert (top["Level"], ann["CustomerId"], bob["CustomerId"]) == (0, 2, 3)
    carl_below, right_of_ann = ann["Children"]
    assert carl_below["CustomerId"] == 4
    assert right_of_ann == {"PositionId": 2, "ParentId": 2, "IsOpen": True}
    eve = carl_below["Children"][0]
    assert (eve["Level"], eve["IsOpen"], eve["HasMore"]) == (3, False, False)
    assert [set(place) for place in eve["Children"]] == [OPEN, OPEN]
    assert [place["PositionId"] for place in bob["Children"]] == [1, 2]


async def test_the_picture_below_and_before(world: World) -> None:
    assert (await ask(world, "binary/1/4")).json()["Children"][0]["CustomerId"] == 6
    was = (await ask(world, f"binary/1/4?periodId={OCTOBER}")).json()
    assert [place["IsOpen"] for place in was["Children"]] == [True, True]
    await ask(world, f"binary/1/6?periodId={OCTOBER}", 404)


async def test_the_same_for_the_sponsor_tree(world: World) -> None:
    ann = (await ask(world, "unilevel/1/2")).json()
    assert (ann["CustomerId"], ann["Level"]) == (2, 0)
    assert [child["CustomerId"] for child in ann["Children"]] == [4, 5]
    assert ann["Children"][0]["Children"][0]["Level"] == 2
    was = (await ask(world, f"unilevel/1/3?periodId={OCTOBER}")).json()
    assert [child["CustomerId"] for child in was["Children"]] == [4]


@pytest.mark.parametrize("path", ["binary/2/3", "binary/2/1", "binary/1/7", "binary/1/5"])
async def test_who_is_not_below_is_not_there(world: World, path: str) -> None:
    await ask(world, path, 404)
    unknown = path.rpartition("/")[0] + "/99"
    headers = {**world.backoffice["application"], "X-Request-Id": "the-same-id"}
    answers = [
        await world.http.get(f"/api/v1/organization/{each}", headers=headers)
        for each in (path, unknown, path.replace("binary", "unilevel").replace("/5", "/7"))
    ]
    assert len({(answer.status_code, answer.content) for answer in answers}) == 1


async def test_bottoms_of_legs(world: World) -> None:
    assert (await ask(world, "BinaryPositon/1/1/")).json() == {
        "CustomerId": 6,
        "EncryptedCustomerId": world.container.ids.encrypt("customer", 6),
        "PositionId": 1,
        "Level": 3,
    }
    assert (await ask(world, "binarypositon/2/2", actor="self")).json()["Level"] == 0
    was = await ask(world, f"binarypositon/1/1?periodId={OCTOBER}")
    assert was.json()["CustomerId"] == 4
    answer = await ask(world, "binarypositon/1/3", 400)
    assert list(answer.json()["ModelState"]) == ["positionId"]


@pytest.mark.parametrize("path", ["binary/5/all", "5/binary", "binary/5/5", "binarypositon/5/1"])
async def test_customers_outside_of_the_tree(world: World, path: str) -> None:
    """5 buys only: a list below them is empty, and no picture begins with them."""
    is_list = path in {"binary/5/all", "5/binary"}
    options: dict[str, Any] = {"json": {}} if path == "5/binary" else {}
    answer = await ask(world, path, 200 if is_list else 404, **options)
    assert not is_list or answer.json() == []
