import csv
import json

from tests.cli.conftest import Upline
from tests.cli.test_periods import add_staff
from tests.factories.company import add_orders
from tests.factories.golden import PERIOD
from tests.factories.golden_company import found_company

from upline.core.context import SYSTEM
from upline.core.db import Database


async def test_a_review_shows_totals_and_differences(
    upline: Upline, committed_database: Database
) -> None:
    contexts = await found_company(committed_database)
    await add_staff(upline, "ann")
    none = await upline("period", "review", PERIOD)
    assert (none.exit_code, "No final figures" in none.output) == (1, True)
    await upline("period", "preview", PERIOD)
    async with contexts.open(SYSTEM) as ctx:
        day = ctx.now.date().replace(month=10)
        order = {"order_id": 1, "customer_id": 123445, "ordered_on": day, "pv": "100"}
        await add_orders(ctx.session, [order])
    await upline("period", "close", PERIOD, "--as", "ann")
    shown = await upline("period", "review", PERIOD)
    assert shown.exit_code == 0, shown.output
    for words in (
        "Closed by ann, approved by nobody.",
        "unilevel",
        "Against the last preview, by line",
        "+8.00",
        "Against the period before, by member: there is none.",
    ):
        assert words in shown.output

    written = await upline("period", "review", PERIOD, "--json")
    lines = [json.loads(line) for line in written.output.splitlines()]
    assert lines[0]["kind"] == "run"
    found = [line for line in lines if line["kind"] == "difference" and line["by"] == "lines"]
    assert {line["source_id"] for line in found} == {123445}
    # 8 % of 75.25 and the 100 that were added.
    assert ("6.0200", "14.0200") in {(line["before"], line["now"]) for line in found}

    table = await upline("period", "review", PERIOD, "--csv", "lines")
    rows = list(csv.DictReader(table.output.splitlines()))
    assert len(rows) == len(found)
