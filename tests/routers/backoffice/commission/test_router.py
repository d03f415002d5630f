"""Statements over HTTP: exact bodies of a check put into October 2014 by hand."""

from decimal import Decimal
from typing import Any

import httpx2
import pytest
from sqlalchemy import insert, select
from tests.factories.company import add_orders
from tests.factories.figures import NOVEMBER, NOW, OCTOBER
from tests.factories.world import World

from upline.core.context import SYSTEM
from upline.models.commission import CheckItem, CommissionCheck, CommissionLine
from upline.models.period import Period
from upline.models.volume import VolumeEntry

ANN, CARL = 2, 4
ORDER = 31
OTHERS = ("upline", "stranger")
STATEMENT = {
    "PeriodId": OCTOBER,
    "Description": "October 2014",
    "Total": 33.02,
    "Adjustments": -3,
    "Donation": 0,
    "Net": 30.02,
    "CurrencyCode": "USD",
    "PaidAmount": 30.02,
    "PaidCurrencyCode": "USD",
    "ExchangeRate": None,
    "Status": "Paid",
    "Bonuses": [
        {"BonusId": 2, "Bonus": "Unilevel", "Amount": 8.02},
        {"BonusId": 4, "Bonus": "Starter Kit", "Amount": 25},
    ],
}


@pytest.fixture(scope="module")
async def paid(world: World) -> World:
    """Ann's October: 8.02 of unilevel from Carl, a starter kit, a fee."""
    async with world.container.context(SYSTEM) as ctx:
        order = {"order_id": ORDER, "customer_id": CARL, "ordered_on": NOW.date(), "pv": 100}
        await add_orders(ctx.session, [order])
        entry_id = await ctx.session.scalar(select(VolumeEntry.entry_id))
        run_id = await ctx.session.scalar(select(Period.run_id).where(Period.period_id == OCTOBER))
        owner = {"run_id": run_id, "customer_id": ANN}
        await ctx.session.execute(
            insert(CommissionCheck).values(
                **owner, check_id=1, total_commission=Decimal("33.02"), adjustments=-3, net="30.02"
            )
        )
        blank: dict[str, Any] = {"ledger_type_id": 0, "bonus_id": 0, "level": 0}
        items = [
            {"kind_id": 1, "bonus_id": 2, "level": 2, "amount": Decimal("8.02")},
            {"kind_id": 1, "bonus_id": 4, "level": 1, "amount": Decimal(25)},
            {"kind_id": 2, "ledger_type_id": 2, "amount": Decimal(-3)},
        ]
        await ctx.session.execute(
            insert(CheckItem),
            [{**owner, **blank, **item, "item_no": n} for n, item in enumerate(items)],
        )
        lines = [
            {"bonus_id": 2, "level": 3, "paid_level": 2, "base": Decimal("160.44"), "entry_id": 0}
            | {"rate": Decimal("0.05"), "amount": Decimal("8.022")},
            {"bonus_id": 4, "level": 1, "paid_level": 1, "base": 0, "entry_id": entry_id}
            | {"rate": 0, "amount": Decimal(25)},
        ]
        await ctx.session.execute(
            insert(CommissionLine),
            [{**owner, **line, "source_id": CARL, "line_no": n} for n, line in enumerate(lines)],
        )
    return world


async def get(
    world: World, customer_id: int, path: str = "", status: int = 200, actor: str = "self"
) -> httpx2.Response:
    enc = world.container.ids.encrypt("customer", customer_id)
    answer = await world.http.get(
        f"/api/v1/commission/{enc}{path}", headers=world.backoffice[actor]
    )
    assert answer.status_code == status, answer.text
    return answer


async def test_the_list(paid: World) -> None:
    answer = await get(paid, ANN)
    assert answer.json() == [STATEMENT]
    assert answer.headers["X-Total-Count"] == "1"
    assert b'"Total":33.02,' in answer.content  # exact, no binary fraction


async def test_a_statement_in_full(paid: World) -> None:
    sealed = paid.container.ids.encrypt
    rounding = "the lines of a level are added exactly, then rounded half up to 0.01"
    from_carl = {
        "FromCustomerId": CARL,
        "EncryptedFromCustomerId": sealed("customer", CARL),
        "FromName": "Carl Cook",
    }
    assert (await get(paid, ANN, f"/{OCTOBER}")).json() == STATEMENT | {
        "PaidAsRankId": -1,
        "PaidAsRank": "Inactive",
        "Carry": {"LeftIn": 0, "RightIn": 0, "LeftOut": 0, "RightOut": 0},
        "AdjustmentLines": [{"Description": "Maintenance Fee", "Amount": -3, "LedgerTypeId": 2}],
        "LineCount": 2,
        "Lines": [
            from_carl
            | {
                "LineId": 0,
                "BonusId": 2,
                "Bonus": "Unilevel",
                "OrderId": None,
                "EncryptedOrderId": None,
                "Level": 3,
                "PaidLevel": 2,
                "Volume": 160.44,
                "Percentage": 5,
                "Amount": 8.022,
                "Explanation": "Unilevel: 5 % of 160.44 = 8.022 USD, paid as level 2 although 3 "
                f"levels below: 1 member between was not qualified and passed over; {rounding}.",
            },
            from_carl
            | {
                "LineId": 1,
                "BonusId": 4,
                "Bonus": "Starter Kit",
                "OrderId": ORDER,
                "EncryptedOrderId": sealed("order", ORDER),
                "Level": 1,
                "PaidLevel": 1,
                "Volume": 0,
                "Percentage": 0,
                "Amount": 25,
                "Explanation": "Starter Kit: a fixed amount of 25 USD.",
            },
        ],
    }


async def test_pages_of_lines(paid: World) -> None:
    statement = (await get(paid, ANN, f"/{OCTOBER}?page=2&pageSize=1")).json()
    assert [line["LineId"] for line in statement["Lines"]] == [1]
    assert statement["LineCount"] == 2


async def test_the_open_month_is_projected(paid: World) -> None:
    statement = (await get(paid, ANN, "/0")).json()
    assert (statement["PeriodId"], statement["Status"]) == (NOVEMBER, "Projected")
    assert (statement["Net"], statement["Lines"]) == (0, [])
    assert (statement["PaidAsRankId"], statement["PaidAsRank"]) == (1, "Star")


@pytest.mark.parametrize("path", ["", f"/{OCTOBER}", "/0"])
async def test_nobody_reads_what_others_earn(paid: World, path: str) -> None:
    bodies = {(await get(paid, ANN, path, 404, actor)).json()["Message"] for actor in OTHERS}
    bodies.add((await get(paid, 99, path, 404)).json()["Message"])
    assert len(bodies) == 1
    await get(paid, 99, path, 404, "application")


@pytest.mark.parametrize("number", ["-1", "1", "2147483648"])
async def test_periods_that_do_not_exist(paid: World, number: str) -> None:
    await get(paid, ANN, f"/{number}", 404)


async def test_periods_no_run_looked_at_are_zero(paid: World) -> None:
    statement = (await get(paid, ANN, f"/{NOVEMBER + 1}")).json()
    assert (statement["Status"], statement["Net"], statement["Lines"]) == ("Projected", 0, [])
