"""A committed period run again gives the same bytes, whatever happened since."""

import asyncio
import os
import subprocess
import sys
from dataclasses import fields, replace
from datetime import date
from typing import Any

import numpy as np
import pytest
from sqlalchemy import text, update
from tests.factories.closing import CLOSER, close
from tests.factories.company import add_members, add_orders, place_again
from tests.factories.golden import MEMBER, PERIOD
from tests.factories.golden_company import found_company

from upline.core.context import SYSTEM, ContextFactory
from upline.core.db import Database
from upline.engine.digest import spelled
from upline.models.customer import Customer
from upline.services.commission.runs import PREVIEW, Started
from upline.services.plan import versions
from upline.services.workflows import calculation, rerun_period, restate_period
from upline.services.workflows.restate_period import NotClosed

# Runs the period again in a process of its own and prints the fingerprint of the result.
AGAIN = """
import asyncio, sys
from upline.core.context import SYSTEM
from upline.core.db import Database
from upline.services.workflows import rerun_period
from tests.factories.golden_company import contexts_at

async def main():
    prints = await rerun_period.rerun(contexts_at(Database.connect(sys.argv[1])), 405, SYSTEM)
    print(*(f"{each.name}={each.now}" for each in prints))

asyncio.run(main())
"""


@pytest.fixture
async def closed(committed_database: Database) -> ContextFactory:
    contexts = await found_company(committed_database)
    await close(contexts, PERIOD)
    return contexts


async def change_everything(contexts: ContextFactory) -> None:
    """What may become known after a close: orders, members, moves, other types and statuses."""
    async with contexts.open(SYSTEM) as ctx:
        october = date(2014, 10, 9)
        newcomer = {"customer_id": 999, "enrolled_on": october, "sponsor_id": MEMBER}
        await add_members(ctx.session, [newcomer])
        late = {"order_id": 1, "customer_id": MEMBER, "ordered_on": october, "pv": "300"}
        await add_orders(ctx.session, [{**late, "is_late": True}])
        await ctx.session.execute(
            update(Customer).where(Customer.customer_id == 123501).values(status_id=3)
        )
        await place_again(ctx.session, 123801, MEMBER, october)


async def test_what_came_to_be_known_changes_nothing(closed: ContextFactory) -> None:
    await change_everything(closed)
    prints = await rerun_period.rerun(closed, PERIOD, SYSTEM)
    assert {"snapshot", "plan", "result", "commission_lines"} <= {each.name for each in prints}
    assert all(each.agrees for each in prints), prints
    assert (await restate_period.restate(closed, PERIOD, CLOSER)).corrections
    again = await rerun_period.rerun(closed, PERIOD, SYSTEM)
    assert all(each.agrees for each in again)


async def test_threads_hash_seeds_and_time_zones_change_nothing(closed: ContextFactory) -> None:
    url = closed.database.engine.url.render_as_string(hide_password=False)
    answers = set()
    for threads, seed, zone in (("1", "1", "UTC"), ("8", "2", "Pacific/Kiritimati")):
        process = await asyncio.to_thread(
            subprocess.run,
            [sys.executable, "-c", AGAIN, url],
            env={
                **os.environ,
                "NUMBA_NUM_THREADS": threads,
                "RAYON_NUM_THREADS": threads,
                "PYTHONHASHSEED": seed,
                "TZ": zone,
            },
            check=False,
            capture_output=True,
            text=True,
        )
        assert process.returncode == 0, process.stderr
        answers.add(process.stdout)
    recorded = await rerun_period.rerun(closed, PERIOD, SYSTEM)
    assert answers == {" ".join(f"{each.name}={each.recorded}" for each in recorded) + "\n"}


def shuffled(columns: Any, order: np.random.Generator) -> Any:
    """The same rows in another order."""
    arrays = {field.name: getattr(columns, field.name) for field in fields(columns)}
    rows = order.permutation(len(next(iter(arrays.values()))))
    moved = {
        name: array[rows]
        for name, array in arrays.items()
        if isinstance(array, np.ndarray) and len(array) == len(rows)
    }
    return replace(columns, **moved)


async def test_the_order_of_the_rows_changes_nothing(closed: ContextFactory) -> None:
    recorded = {
        each.name: each.recorded for each in await rerun_period.rerun(closed, PERIOD, SYSTEM)
    }
    async with closed.open(SYSTEM) as ctx:
        plan = await versions.in_force(ctx.session, PERIOD)
    started = Started(0, "", PERIOD, PREVIEW, plan, None)
    loaded = await calculation.read(closed, started, SYSTEM)
    for seed in range(3):
        order = np.random.default_rng(seed)
        names = ("members", "entries", "adjustments")
        moved = replace(loaded, **{name: shuffled(getattr(loaded, name), order) for name in names})
        snapshot = calculation.build(PERIOD, moved)
        result = await calculation.calculate(started, snapshot)
        digests = (spelled(snapshot.digest), spelled(result.digest))
        assert digests == (recorded["snapshot"], recorded["result"])


async def test_what_was_tampered_with_shows(closed: ContextFactory) -> None:
    async with closed.open(SYSTEM) as ctx:
        await ctx.session.execute(text("SET LOCAL session_replication_role = replica"))
        await ctx.session.execute(
            text("UPDATE volume_entries SET cv = cv + 1 WHERE order_id = 9002")
        )
        await ctx.session.execute(text("UPDATE commission_lines SET level = level + 1"))
    differing = {
        each.name for each in await rerun_period.rerun(closed, PERIOD, SYSTEM) if not each.agrees
    }
    assert differing == {"snapshot", "result", "commission_lines"}


async def test_open_periods_have_nothing_to_compare_with(closed: ContextFactory) -> None:
    with pytest.raises(NotClosed):
        await rerun_period.rerun(closed, PERIOD + 1, SYSTEM)
