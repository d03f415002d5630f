"""Members change accounts over the network while batches are frozen, approved and settled by
others: every balance is paid once, to the account that was good when it was frozen."""

import asyncio
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text
from tests.factories.payouts import CLERK, TREASURER
from tests.scenarios.conftest import PASSWORD, Served

from upline.core.context import Context, Principal
from upline.core.errors import DomainError
from upline.services.ledger import adjustments
from upline.services.payout import batches, settlement
from upline.services.payout.batches import Batch
from upline.services.payout.terms import Terms
from upline.services.period import calendar

RIVALS = 50
GIVEN = Decimal(100)
ACCOUNT = {"PayoutMethodTypeId": 1, "NameOnAccount": "Ann Able", "BankAccountTypeId": 1,
           "RoutingNumber": "021000021"}  # fmt: skip
# Prepares as many batches at once as it is told, as soon as it is told to.
RIVAL = """
import asyncio, sys
from pathlib import Path
from tests.scenarios.test_payout_races import attempt, prepare
from upline.bootstrap import Container
from upline.settings import Settings

async def main():
    async with Container.open(Settings()) as container:
        print("ready", flush=True)
        sys.stdin.readline()
        said = await asyncio.gather(
            *(attempt(container, prepare, sys.argv[2]) for _ in range(int(sys.argv[1])))
        )
        print(*said, flush=True)

asyncio.run(main())
"""
OUTCOME = text("""
SELECT c.customer_id, coalesce(w.balance, 0) AS wallet, coalesce(d.balance, 0) AS debt,
       coalesce(sum(p.amount), 0) AS paid, count(p.payout_id) AS payouts,
       bool_and(v.held_until <= b.frozen_at) AS was_good, max(v.version_no) AS version_no
FROM customers c
LEFT JOIN ledger_accounts w ON w.customer_id = c.customer_id AND w.code = 'wallet'
                           AND w.currency_code = :currency
LEFT JOIN ledger_accounts d ON d.customer_id = c.customer_id AND d.code = 'debt'
                           AND d.currency_code = :currency
LEFT JOIN payouts p ON p.customer_id = c.customer_id AND p.status_id IN (1, 2)
LEFT JOIN payout_batches b USING (payout_batch_id)
LEFT JOIN payout_method_versions v USING (payout_method_id, version_no)
WHERE c.customer_id BETWEEN :first AND :last
GROUP BY 1, 2, 3
""")


async def attempt(
    container: Any,
    work: Callable[[Context, str], Awaitable[object]],
    argument: Any,
    actor: Principal = CLERK,
) -> str:
    """Do it in a transaction of its own; "done", or what it was refused for."""
    try:
        async with container.context(actor) as ctx:
            await work(ctx, argument)
    except DomainError as error:
        return error.code
    return "done"


async def prepare(ctx: Context, currency: str) -> Batch:
    today = calendar.local_date(ctx.now, ctx.company.time_zone)
    return await batches.prepare(ctx, currency, Terms(minimum=Decimal(1)), today)


async def endow(served: Served, members: range, currency: str) -> list[dict[str, str]]:
    """An account over the network and money for each; their tokens."""
    tokens = [await served.login(number) for number in members]
    for number, token in zip(members, tokens, strict=True):
        answer = await served.http.put(
            f"/api/v1/commission/{number}/payoutmethod",
            json=ACCOUNT | {"AccountNumber": f"1234{number}"},
            headers=token,
        )
        assert answer.status_code == 200, answer.text
        async with served.container.context(CLERK) as ctx:
            await adjustments.adjust(ctx, number, GIVEN, currency, f"gift:{number}")
    return tokens


async def outcome(served: Served, members: range, currency: str) -> list[Any]:
    async with served.container.context(CLERK) as ctx:
        bounds = {"first": members[0], "last": members[-1], "currency": currency}
        return list((await ctx.session.execute(OUTCOME, bounds)).all())


async def test_thirty_processes_and_sessions_pay_one_balance_once(served: Served) -> None:
    """Two programs with fifteen batches each; every test has a currency of its own."""
    members = (await served.found_family(3))[1:]
    await endow(served, members, "NOK")
    environment = {**os.environ, **served.environment, "UPLINE_DATABASE__POOL_SIZE": "15"}
    rivals = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-c", RIVAL, "15", "NOK",
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment,
        )
        for _ in range(2)
    ]  # fmt: skip
    for rival in rivals:
        assert rival.stdout is not None
        assert await rival.stdout.readline() == b"ready\n"
    spoken = await asyncio.gather(*(rival.communicate(b"go\n") for rival in rivals))
    said = Counter(word for out, _ in spoken for word in out.decode().split())
    assert said == {"done": 1, "nothing_to_pay": 29}
    assert [
        (row.wallet, row.paid, row.payouts) for row in await outcome(served, members, "NOK")
    ] == [(0, GIVEN, 1)] * 2
    await served.audit()


async def test_accounts_change_while_batches_are_frozen(served: Served) -> None:
    """Whoever changed the account first is not paid; whoever was paid first, by the old one."""
    members = (await served.found_family(11))[1:]
    tokens = await endow(served, members, "SEK")

    async def change(number: int, token: dict[str, str]) -> int:
        (method,) = (
            await served.http.get(f"/api/v1/commission/{number}/payoutmethod/list", headers=token)
        ).json()
        answer = await served.http.put(
            f"/api/v1/commission/{number}/payoutmethod/{method['PayoutMethodId']}",
            json=ACCOUNT | {"AccountNumber": f"9876{number}", "Password": PASSWORD},
            headers=token,
        )
        return answer.status_code

    async def correct(ctx: Context, number: int) -> None:
        await adjustments.adjust(ctx, number, Decimal(-30), "SEK", f"correction:{number}")

    said = await asyncio.gather(
        *(change(number, token) for number, token in zip(members, tokens, strict=True)),
        *(attempt(served.container, prepare, "SEK") for _ in range(8)),
        *(attempt(served.container, correct, number) for number in members),
    )
    assert said[: len(members)] == [200] * len(members)
    assert set(said[len(members) :]) <= {"done", "nothing_to_pay"}
    for row in await outcome(served, members, "SEK"):
        assert row.wallet >= 0 >= row.debt
        assert row.wallet + row.debt + row.paid == GIVEN - 30
        assert row.payouts <= 1
        assert (row.was_good, row.version_no) in {(True, 1), (None, None)}
    await served.audit()


async def test_one_end_for_a_batch(served: Served) -> None:
    """Approved and cancelled at once, then settled and failed at once: one of each wins."""
    members = (await served.found_family(3))[1:]
    await endow(served, members, "DKK")
    async with served.container.context(CLERK) as ctx:
        number = (await prepare(ctx, "DKK")).payout_batch_id
        day = calendar.local_date(ctx.now, ctx.company.time_zone)
        ids = list(await ctx.session.scalars(
            text("SELECT payout_id FROM payouts WHERE payout_batch_id = :n"), {"n": number}
        ))  # fmt: skip

    async def approve(ctx: Context, batch: int) -> None:
        await batches.approve(ctx, batch)

    async def settle(ctx: Context, batch: int) -> None:
        await settlement.settle(ctx, batch, day)

    async def fail(ctx: Context, batch: int) -> None:
        await settlement.fail(ctx, batch, ids, day, "bank away")

    async def give_up(ctx: Context, batch: int) -> None:
        await settlement.cancel(ctx, batch, day)

    async def race(*works: Callable[[Context, int], Awaitable[None]]) -> Counter[str]:
        return Counter(await asyncio.gather(
            *(attempt(served.container, work, number, TREASURER) for work in works)
        ))  # fmt: skip

    said = await race(*[approve] * 10)
    assert said == {"done": 1, "payout_batch_state": 9}
    said = await race(*[settle, fail] * 5, give_up)
    assert said["done"] == 1
    assert set(said) <= {"done", "payout_batch_state", "wrong_payouts"}
    rows = await outcome(served, members, "DKK")
    assert {(row.wallet, row.paid) for row in rows} in ({(0, GIVEN)}, {(GIVEN, 0)})
    await served.audit()


@pytest.mark.parametrize("keyed", [True, False], ids=["one key", "no key"])
async def test_one_account_asked_for_fifty_times(served: Served, keyed: bool) -> None:
    (_, member) = await served.found_family(2)
    token = await served.login(member)
    headers = token | ({"Idempotency-Key": "an account"} if keyed else {})
    answers = await asyncio.gather(*(
        served.http.put(
            f"/api/v1/commission/{member}/payoutmethod",
            json=ACCOUNT | {"AccountNumber": "123456789", "IsDefault": True},
            headers=headers,
        )
        for _ in range(RIVALS)
    ))  # fmt: skip
    refused = {answer.json()["Code"] for answer in answers if answer.status_code != 200}
    listed = (
        await served.http.get(f"/api/v1/commission/{member}/payoutmethod/list", headers=token)
    ).json()
    assert [method["IsDefault"] for method in listed].count(True) == 1
    if keyed:
        assert len(listed) == 1
        assert refused <= {"idempotency_key_in_flight"}
    else:
        assert len(listed) == 20
        assert refused == {"too_many_payout_methods"}
        # The first was good at once; all others wait.
        assert [method["HeldUntil"] for method in listed].count(None) == 1
    await served.audit()
