"""Payout methods and deposits over HTTP: exact bodies, errors by field, who must prove what."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import httpx2
import pytest
from sqlalchemy import select
from tests.factories.figures import NOVEMBER
from tests.factories.payouts import CLERK, TREASURER
from tests.factories.world import PASSWORD, World

from upline.core.clock import FixedClock
from upline.core.context import SYSTEM
from upline.models.operation import IdempotencyKey, OutboxMessage
from upline.services.ledger import adjustments
from upline.services.payout import batches, settlement
from upline.services.payout.terms import Terms

ANN = 2
METHODS = f"/api/v1/commission/{ANN}/payoutmethod"
DEPOSITS = f"/api/v1/commission/{ANN}/deposithistory"
BANK = {
    "PayoutMethodTypeId": 1,
    "NameOnAccount": "Ann Able",
    "BankName": "First Bank",
    "BankAccountTypeId": 1,
    "RoutingNumber": "021000021",
    "AccountNumber": "000123456789",
}


async def put(world: World, path: str, actor: str = "self", **body: Any) -> httpx2.Response:
    return await world.http.put(path, json=body, headers=world.backoffice[actor])


async def get(world: World, path: str, actor: str = "self") -> httpx2.Response:
    return await world.http.get(path, headers=world.backoffice[actor])


@pytest.fixture(scope="module")
async def method(world: World) -> dict[str, Any]:
    """Ann's bank account, as it was answered when she added it."""
    assert (await get(world, METHODS)).json() is None
    added = await put(world, METHODS, **BANK)
    assert added.status_code == 200, added.text
    found: dict[str, Any] = added.json()
    return found


async def test_what_is_stored_is_shown_masked(world: World, method: dict[str, Any]) -> None:
    stamp = method["CreatedOn"]
    assert method == {
        "PayoutMethodId": method["PayoutMethodId"],
        "PayoutMethodTypeId": 1,
        "PayoutMethodType": "Bank account",
        "CountryId": 840,
        "Country": "United States",
        "NameOnAccount": "Ann Able",
        "BankName": "First Bank",
        "BankAccountTypeId": 1,
        "BankAccountType": "Checking",
        "AccountNumber": "****6789",
        "LastFourDigits": "6789",
        "IsDefault": True,
        "HeldUntil": None,
        "CreatedOn": stamp,
        "UpdatedOn": stamp,
    }
    assert (await get(world, METHODS)).json() == method
    assert (await get(world, f"{METHODS}/list", "application")).json()[0] == method


@pytest.mark.parametrize("actor", ["upline", "stranger"])
@pytest.mark.parametrize("path", [METHODS, f"{METHODS}/list", DEPOSITS, f"{DEPOSITS}/1/detail"])
async def test_nobody_else_sees_any_of_it(world: World, actor: str, path: str) -> None:
    assert (await get(world, path, actor)).status_code == 404
    assert (await put(world, METHODS, actor, **BANK)).status_code == 404


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"RoutingNumber": "021000022"}, "model.RoutingNumber"),
        ({"AccountNumber": ""}, "model.AccountNumber"),
        ({"AccountNumber": "4111111111111111"}, "model.AccountNumber"),
        ({"AccountNumber": "1" * 51}, "model.AccountNumber"),
        ({"BankAccountTypeId": None}, "model.BankAccountTypeId"),
        ({"NameOnAccount": " "}, "model.NameOnAccount"),
        ({"PayoutMethodTypeId": 9}, "model.PayoutMethodTypeId"),
        ({"CountryId": 998}, "model.CountryId"),
        ({"CountryId": 276}, "model.Iban"),
    ],
)
async def test_errors_name_the_field(world: World, change: dict[str, Any], field: str) -> None:
    answer = await put(world, METHODS, **BANK | change)
    assert answer.status_code == 400
    assert list(answer.json()["ModelState"]) == [field]
    assert "4111" not in answer.text


async def test_errors_name_every_field_that_is_missing(world: World) -> None:
    answer = await put(world, METHODS, **BANK | {"RoutingNumber": "", "AccountNumber": " "})
    assert answer.json()["ModelState"] == {
        "model.RoutingNumber": ["The RoutingNumber field is required."],
        "model.AccountNumber": ["The AccountNumber field is required."],
    }


async def test_a_change_wants_the_password_again(world: World, method: dict[str, Any]) -> None:
    path = f"{METHODS}/{method['PayoutMethodId']}"
    body = BANK | {"AccountNumber": "55667788"}
    world.clock.advance(timedelta(minutes=6))
    for answer in (
        await put(world, path, **body),
        await put(world, path, Password="guessed wrong", **body),
        await put(world, path, "application", **body),
    ):
        assert answer.status_code == 400
        assert list(answer.json()["ModelState"]) == ["model.Password"]
    missing = await put(world, f"{METHODS}/999", Password=PASSWORD, **body)
    assert missing.status_code == 404
    changed = await put(world, path, Password=PASSWORD, **body)
    assert changed.status_code == 200, changed.text
    assert changed.json()["AccountNumber"] == "****7788"
    assert changed.json()["HeldUntil"] == "2014-11-20T20:06:00Z"
    async with world.container.context(SYSTEM) as ctx:
        mails = await ctx.session.scalars(
            select(OutboxMessage.payload).where(OutboxMessage.channel == "email")
        )
        templates = [mail["template"] for mail in mails]
        assert templates.count("payout_method_changed") == 1


async def test_a_repeated_key_stores_no_number(world: World, method: dict[str, Any]) -> None:
    assert method
    headers = world.backoffice["self"] | {"Idempotency-Key": "once"}
    body = {"PayoutMethodTypeId": 3}
    first = await world.http.put(METHODS, json=body, headers=headers)
    again = await world.http.put(METHODS, json=body, headers=headers)
    assert (first.status_code, first.content) == (200, again.content)
    assert again.headers["Idempotent-Replayed"] == "true"
    async with world.container.context(SYSTEM) as ctx:
        stored = await ctx.session.scalar(
            select(IdempotencyKey.body).where(IdempotencyKey.key == "once")
        )
        assert stored == first.content


async def test_lists(world: World) -> None:
    kinds = await get(world, "/api/v1/commission/payoutmethod/bankaccounttype")
    assert kinds.json() == [
        {"BankAccountTypeId": 1, "BankAccountType": "Checking"},
        {"BankAccountTypeId": 2, "BankAccountType": "Savings"},
    ]
    types = (await get(world, "/api/v1/commission/payoutmethod/type/276")).json()
    assert [each["PayoutMethodType"] for each in types] == ["Bank account", "Payoneer", "Wallet"]
    assert types[0]["Fields"][2] == {"Name": "Iban", "Label": "IBAN", "IsRequired": True}
    unknown = await get(world, "/api/v1/commission/payoutmethod/type/998")
    assert unknown.status_code == 404


async def test_deposits(world: World, method: dict[str, Any]) -> None:
    assert method
    # After the hold, and without ending everybody's tokens.
    later = FixedClock(world.clock.now() + timedelta(days=4))
    async with replace(world.container.contexts, clock=later).open(CLERK) as ctx:
        await adjustments.adjust(ctx, ANN, Decimal("80.50"), "USD", "gift")
        day = date(2014, 11, 21)
        batch = await batches.prepare(ctx, "USD", Terms(any_fee=Decimal("0.5")), day)
    async with world.container.context(TREASURER) as ctx:
        await batches.approve(ctx, batch.payout_batch_id)
    (deposit,) = (await get(world, DEPOSITS)).json()
    number = deposit["DepositHistoryId"]
    assert deposit == {
        "DepositHistoryId": number,
        "DepositDate": "2014-11-21",
        "PeriodId": None,
        "Amount": 80,
        "Fee": 0.5,
        "CurrencyCode": "USD",
        "PayoutMethod": "Bank account ****7788",
        "Status": "Pending",
        "Reference": f"UP{batch.payout_batch_id}-{number}",
    }
    async with replace(world.container.contexts, clock=later).open(CLERK) as ctx:
        await settlement.settle(ctx, batch.payout_batch_id, day)
    listed = await get(world, DEPOSITS)
    assert listed.json()[0]["Status"] == "Paid"
    assert listed.headers["X-Total-Count"] == "1"
    lines = await get(world, f"{DEPOSITS}/{number}/detail")
    assert (lines.status_code, lines.json()) == (200, [])  # no commission is behind a gift
    assert (await get(world, f"{DEPOSITS}/{number + 1}/detail")).status_code == 404


async def test_the_printed_statement(world: World) -> None:
    enc = world.container.ids.encrypt("customer", ANN)
    path = f"/api/v1/commission/{enc}/{NOVEMBER}/statement.pdf"
    answer = await get(world, path)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.headers["Content-Disposition"] == f'inline; filename="statement-2-{NOVEMBER}.pdf"'
    assert answer.content.startswith(b"%PDF-")
    assert (await get(world, path, "upline")).status_code == 404
