"""Fifty at once over the network: whatever they ask for, the sponsor tree stays a tree."""

import asyncio
import contextlib
import itertools
import random
from collections import Counter
from collections.abc import Iterable, Mapping

import httpx2
import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from tests.factories.company import add_members
from tests.scenarios.conftest import Served

from upline.core.context import SYSTEM
from upline.core.errors import DomainError
from upline.services.period import calendar
from upline.services.workflows import close_period

PATH = "/api/v1/organization/personal/sponsorupdate"
RIVALS = 50
BELOW = text(
    "SELECT count(*) FROM customers"
    " WHERE customer_id BETWEEN :first AND :last AND is_upline(2, :root, customer_id)"
)
STAYS = text(
    "SELECT count(*) FROM placements WHERE genealogy_id = 2 AND customer_id = :customer_id"
)


async def move(
    served: Served, enroller_id: int, customer_id: int, sponsor_id: int,
    headers: Mapping[str, str] | None = None,
) -> httpx2.Response:  # fmt: skip
    return await served.http.put(
        f"{PATH}?customerId={enroller_id}",
        json={"CustomerId": customer_id, "NewSponsorId": sponsor_id},
        headers=served.application | dict(headers or {}),
    )


async def move_all(served: Served, root: int, pairs: Iterable[tuple[int, int]]) -> Counter[str]:
    """All at once; what the answers said, by their code."""
    answers = await asyncio.gather(*(move(served, root, *pair) for pair in pairs))
    return Counter(
        "moved" if answer.status_code == 200 else answer.json()["Code"] for answer in answers
    )


async def count_below(served: Served, root: int, members: range) -> int:
    """Those whose way up leads to `root`, itself among them."""
    async with served.container.context(SYSTEM) as ctx:
        bounds = {"first": members[0], "last": members[-1], "root": root}
        return await ctx.session.scalar(BELOW, bounds) or 0


@pytest.mark.parametrize("ring", [2, 3, 5, RIVALS])
async def test_rings_never_close(served: Served, ring: int) -> None:
    """In each ring everybody is to stand under the next one: one of them must not."""
    root, *rivals = family = await served.found_family(RIVALS + 1)
    pairs = []
    for start in range(0, RIVALS - ring + 1, ring):
        circle = rivals[start : start + ring]
        pairs += zip(circle, [*circle[1:], circle[0]], strict=True)
    random.Random(ring).shuffle(pairs)
    said = await move_all(served, root, pairs)
    rings = len(pairs) // ring
    assert said == {"moved": len(pairs) - rings, "sponsor_cycle": rings}
    assert await count_below(served, root, family) == RIVALS + 1
    await served.audit()


async def test_anybody_under_anybody(served: Served) -> None:
    root, *rivals = family = await served.found_family(RIVALS + 1)
    chance = random.Random(7)
    for _ in range(2):
        pairs = [(rival, chance.choice(family)) for rival in rivals]
        said = await move_all(served, root, pairs)
        assert set(said) <= {"moved", "sponsor_cycle"}
        assert said["moved"] > 0
        assert await count_below(served, root, family) == RIVALS + 1
    await served.audit()


async def test_members_move_while_others_enrol_below_them(served: Served) -> None:
    root, first, *movers = family = await served.found_family(20)

    async def enrol(number: int, sponsor: int) -> None:
        async with served.container.context(SYSTEM) as ctx:
            newcomer = {"customer_id": number, "sponsor_id": sponsor, "enroller_id": sponsor}
            today = calendar.local_date(ctx.now, ctx.company.time_zone)
            await add_members(ctx.session, [{**newcomer, "enrolled_on": today}])

    newcomers = [(root + 100 + n, movers[n % len(movers)]) for n in range(40)]
    said, *enrolled = await asyncio.gather(
        move_all(served, root, [(mover, first) for mover in movers]),
        *(enrol(*newcomer) for newcomer in newcomers),
        return_exceptions=True,
    )
    assert said == {"moved": len(movers)}
    # Who enrols under somebody on the move is refused at worst, and tries again.
    for newcomer, outcome in zip(newcomers, enrolled, strict=True):
        if outcome is not None:
            assert isinstance(outcome, DBAPIError)
            assert isinstance(outcome.orig, psycopg.Error)
            await enrol(*newcomer)
    assert await count_below(served, first, range(root + 100, root + 140)) == 40
    assert await count_below(served, root, family) == len(family)
    await served.audit()


async def test_one_key_moves_once(served: Served) -> None:
    """Fifty times the same request: one is done, the others hear of it or wait."""
    root, mover, target, other = await served.found_family(4)
    key = {"Idempotency-Key": f"move {mover}"}
    answers = await asyncio.gather(*(move(served, root, mover, target, key) for _ in range(RIVALS)))
    done = [answer for answer in answers if answer.status_code == 200]
    replayed = [answer for answer in done if "Idempotent-Replayed" in answer.headers]
    assert len(done) - len(replayed) == 1
    assert len({answer.content for answer in done}) == 1
    waiting = {answer.json()["Code"] for answer in answers if answer.status_code != 200}
    assert waiting <= {"idempotency_key_in_flight"}
    again = await move(served, root, mover, target, key)
    assert (again.status_code, again.content) == (200, done[0].content)
    assert (await move(served, root, mover, other, key)).status_code == 422
    async with served.container.context(SYSTEM) as ctx:
        assert await ctx.session.scalar(STAYS, {"customer_id": mover}) == 2
    await served.audit()


async def test_a_run_reads_one_instant(served: Served) -> None:
    """Previews made while everybody moves: the figures of each stand in one tree, a whole one."""
    root, *rivals = await served.found_family(RIVALS + 1)
    contexts = served.container.contexts
    async with contexts.open(SYSTEM) as ctx:
        period = calendar.current_id(ctx.now, ctx.company.time_zone)

    async def preview() -> None:
        # Of several at once all but one are superseded before they are stored.
        with contextlib.suppress(DomainError):
            await close_period.preview(contexts, period, SYSTEM)

    said, *_ = await asyncio.gather(
        move_all(served, root, itertools.pairwise(rivals)),
        *(preview() for _ in range(3)),
    )
    assert said == {"moved": RIVALS - 1}
    await served.audit()
    await close_period.preview(contexts, period, SYSTEM)
    await served.audit()
