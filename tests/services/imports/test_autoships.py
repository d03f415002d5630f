"""Autoships of a file: one a member and program, worth what is in them, due when they say."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import text
from tests.factories.catalogue import add_catalogue
from tests.factories.company import add_members
from tests.services.imports.conftest import Maker

from upline.core.context import Context
from upline.services.imports.autoships import import_autoships
from upline.services.imports.report import Issue

ROW: dict[str, object] = {"member": 1, "day": 20, "items": "LAV-15:2;MINT:1"}


@pytest.fixture
async def shop(ctx: Context) -> Context:
    """Two members, one of whom buys at retail, and the small shop, on 15 December 2014."""
    await add_members(
        ctx.session,
        [
            {"customer_id": number, "enrolled_on": date(2014, 5, 1), "type": kind}
            for number, kind in ((1, 2), (2, 3))
        ],
    )
    await add_catalogue(ctx.session)
    return ctx


async def _rows(ctx: Context, query: str) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in await ctx.session.execute(text(query))]


async def test_contents_say_what_it_is_worth(shop: Context, write: Maker) -> None:
    rows = [{"member": 2, "day": 10, "items": "lav-15:1;LAV-15:2", "program": "NFR"}, ROW]
    outcome = await import_autoships(shop, write("autoships.csv", rows))
    assert outcome.issues == ()
    assert outcome.stored == {"autoships": 2, "autoship_items": 3}
    found = await _rows(
        shop,
        "SELECT customer_id, program_id, status_id, day_of_month, next_date, started_on,"
        " currency_code, pv, total FROM autoships ORDER BY autoship_id",
    )
    assert found == [
        (1, 1, 1, 20, date(2014, 12, 20), date(2014, 12, 15), "USD", 67, 67),
        (2, 2, 1, 10, date(2015, 1, 10), date(2014, 12, 15), "USD", 70.5, 141),
    ]


async def test_paused_ones_are_not_due_and_dates_may_be_given(shop: Context, write: Maker) -> None:
    rows = [
        ROW | {"next_date": "2015-02-20", "started": "2013-01-20"},
        ROW | {"member": 2, "status": "paused"},
    ]
    assert (await import_autoships(shop, write("autoships.csv", rows))).ok
    found = await _rows(shop, "SELECT next_date, status_id FROM autoships ORDER BY customer_id")
    assert found == [(date(2015, 2, 20), 1), (None, 2)]


@pytest.mark.parametrize(
    ("change", "column", "reason"),
    [
        ({"member": 99}, "member", "“99” is not a customer"),
        ({"day": 29}, "day", "“29” is not a whole number from 1 to 28"),
        ({"items": ""}, "items", "is missing"),
        ({"items": "ROSE:1"}, "items", "“ROSE” is not a known product"),
        ({"items": "MINT:99999;MINT:1"}, "items", "has more than 99999 of “MINT”"),
        ({"next_date": "2014-12-14"}, "next_date", "“2014-12-14” lies in the past"),
        ({"started": "soon"}, "started", "“soon” is not a date (YYYY-MM-DD)"),
        ({"program": "gold"}, "program", "“gold” is not a known program"),
    ],
)
async def test_one_bad_row_stops_the_file(
    shop: Context, write: Maker, change: dict[str, object], column: str, reason: str
) -> None:
    good = ROW | {"member": 2}
    outcome = await import_autoships(shop, write("autoships.csv", [ROW | change, good]))
    assert outcome.issues == (Issue(2, column, reason),)
    assert await _rows(shop, "SELECT FROM autoships") == []


async def test_one_a_member_and_program(shop: Context, write: Maker) -> None:
    twice = await import_autoships(shop, write("a.csv", [ROW, ROW]))
    assert twice.issues == (Issue(3, "member", "has this program in line 2 already"),)
    assert (await import_autoships(shop, write("b.csv", [ROW]))).ok
    again = await import_autoships(shop, write("c.csv", [ROW]))
    assert again.issues == (Issue(2, "member", "has an autoship of this program already"),)
    assert (await import_autoships(shop, write("d.csv", [ROW | {"program": "NFR"}]))).ok


async def test_a_product_must_be_sold_where_the_member_lives(shop: Context, write: Maker) -> None:
    await shop.session.execute(text("UPDATE customers SET country_code = 'DE'"))
    outcome = await import_autoships(shop, write("a.csv", [ROW]))
    assert {issue.reason for issue in outcome.issues} == {
        "“LAV-15” is not sold in DE",
        "“MINT” is not sold in DE",
    }
