import pytest
from tests.factories.figures import NOVEMBER
from tests.factories.world import World


async def _get(shared_world: World, path: str, status: int = 200):  # type: ignore[no-untyped-def]
    answer = await shared_world.http.get(
        f"/api/v1/period/{path}", headers=shared_world.backoffice["self"]
    )
    assert answer.status_code == status, answer.text
    return answer


async def test_a_period_in_full(shared_world: World) -> None:
    period = (await _get(shared_world, "405")).json()
    assert "2014-11-01" <= period.pop("PayDate") <= "2014-11-30"
    assert period == {
        "PeriodId": 405,
        "PeriodTypeId": 2,
        "PeriodType": "Month",
        "Description": "October 2014",
        "StartDate": "2014-10-01",
        "EndDate": "2014-10-31",
        "StatusId": 4,
        "Status": "Paid",
        "IsCurrent": False,
    }


@pytest.mark.parametrize(
    ("path", "number"), [("month", NOVEMBER), ("week", 10028), ("0", NOVEMBER)]
)
async def test_current_periods(shared_world: World, path: str, number: int) -> None:
    period = (await _get(shared_world, path)).json()
    assert (period["PeriodId"], period["IsCurrent"], period["Status"]) == (number, True, "Open")


async def test_past_months_come_newest_first_in_pages(shared_world: World) -> None:
    answer = await _get(shared_world, "month/past?PAGESIZE=1")
    assert [period["PeriodId"] for period in answer.json()] == [405]
    assert answer.headers["X-Total-Count"] == "1"
    assert "Link" not in answer.headers
    assert (await _get(shared_world, "month/past?page=2&pageSize=1")).json() == []
    assert (await _get(shared_world, "week/past")).json() == []


@pytest.mark.parametrize("number", ["-1", "399999", "9223372036854775807", "2147483648"])
async def test_numbers_of_no_period(shared_world: World, number: str) -> None:
    assert (await _get(shared_world, number, 404)).json()["Code"] == "not_found"


@pytest.mark.parametrize(
    "number", ["x", "1.5", "0x10", "1e3", "%201", "1_000", "%EF%BC%91", "9" * 40, "--1", "+1"]
)
async def test_what_is_no_number_is_named(shared_world: World, number: str) -> None:
    answer = await _get(shared_world, number, 400)
    assert answer.json()["Message"] == "The request is invalid."
    assert list(answer.json()["ModelState"]) == ["PeriodId"]


@pytest.mark.parametrize(
    "query", ["page=0", "page=-1", "page=x", "pageSize=0", "pageSize=1001", "page=", "page=1%00"]
)
async def test_bad_pages_are_named(shared_world: World, query: str) -> None:
    answer = await _get(shared_world, f"month/past?{query}", 400)
    assert answer.json()["Code"] == "invalid"
    assert answer.json()["ModelState"]


async def test_a_page_beyond_the_end_is_empty(shared_world: World) -> None:
    answer = await _get(shared_world, "month/past?page=1000000000&pageSize=1000")
    assert answer.json() == []
    assert answer.headers["X-Total-Count"] == "1"
