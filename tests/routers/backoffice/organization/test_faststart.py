from tests.factories.world import World

PATH = "/api/v1/organization/faststart"


async def test_the_widget_in_full(world: World) -> None:
    answer = await world.http.get(PATH, headers=world.backoffice["self"])
    assert answer.json() == {
        "CustomerId": 2,
        "EncryptedCustomerId": world.container.ids.encrypt("customer", 2),
        "PeriodId": 406,
        "WindowStart": "2014-09-02",
        "WindowEnd": "2014-11-30",
        "DaysLeft": 14,
        "CurrencyCode": "USD",
        "Steps": [
            {
                "Name": f"Fast Start {n}",
                "Level": n,
                "Members": 0,
                "Target": 0,
                "Actual": 0,
                "Bonus": 0,
            }
            for n in (1, 2)
        ],
        "Earned": 0,
    }


async def test_an_application_says_for_whom(world: World) -> None:
    headers = world.backoffice["application"]
    assert (await world.http.get(PATH, headers=headers)).status_code == 404
    answer = await world.http.get(f"{PATH}?customerId=2&periodId=405", headers=headers)
    assert (answer.status_code, answer.json()["PeriodId"]) == (200, 405)
    assert (await world.http.get(f"{PATH}?customerId=99", headers=headers)).status_code == 404
