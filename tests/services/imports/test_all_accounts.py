"""An account report comes in as members and volume, and our figures are held against its own."""

import csv
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text, update
from tests.factories.company import load_essential
from tests.services.imports.conftest import COMPANY, NOW, Maker, contents

from upline.core.clock import FixedClock
from upline.core.context import SYSTEM, Context, ContextFactory
from upline.core.db import Database
from upline.core.errors import NotFound
from upline.models.customer import Address, Customer
from upline.models.order import Order
from upline.models.period import Period
from upline.models.placement import Placement
from upline.models.volume import VolumeEntry
from upline.services.imports.all_accounts import import_accounts, import_and_compare
from upline.services.imports.report import FileRefused, Issue
from upline.services.plan.versions import NoPlan
from upline.services.workflows.close_period import PeriodClosed

OCTOBER = 405
HEADER = (
    "name,level,memberid,pv,ogv,pgv,autoship,hasautoship,autoshippv,status,email,signupdate,"
    "lastorderdate,lastorderpv,previousrank,currentrank,highestpaidrank,rankchange,pvassistant,"
    "sponsorid,enrollerid,forecastpv,scheduledpv,addressline1,addressline2,city,state,postalcode,"
    "country"
)
# As the download has them: the top's sponsor is outside, numbers are trimmed, a retail customer
# shows by volume that is not in their ogv.
CSV_ROWS = """\
"ABLE, ANN",0,100,100,272.5,272.5,8,Y,100,Active,ann@example.com,"May 1, 2014","Oct 3, 2014",\
100,Distributor,Distributor,Star,,N,42,42,0,0,1 Main Street,,Lehi,UT,84043,United States
"BERG, BO",1,101,52.5,132.5,132.5,0,N,0,Active,opted-out,"Jun 1, 2014","Nov 3, 2014",\
52.5,Inactive,Distributor,Star,Up,N,100,100,0,0,,,Berlin,,10115,Germany
'=CMD,2,102,80,0,0,0,N,0,Active,cy@example.com,"Jul 1, 2014",,\
0,,Inactive,,,N,101,0,0,0,,,,,,US
"DAY, DEE",1,103,40,40,40,0,N,0,On hold,ann@example.com,,,0,,Inactive,,,N,100,100,0,0,,,,,,US
""".splitlines()


def report(path: Path, rows: list[str]) -> Path:
    path.write_text("\n".join([HEADER, *rows]) + "\n", encoding="utf-8")
    return path


@pytest.fixture
async def contexts(committed_database: Database) -> ContextFactory:
    async with committed_database.session() as session:
        await load_essential(session)
    return ContextFactory(committed_database, FixedClock(NOW), COMPANY)


@pytest.fixture
async def planned(ctx: Context) -> Context:
    await load_essential(ctx.session)
    return ctx


async def test_a_report_that_is_right_comes_out_the_same(
    contexts: ContextFactory, tmp_path: Path
) -> None:
    file = report(tmp_path / "all.csv", CSV_ROWS)
    outcome, comparison = await import_and_compare(contexts, file, OCTOBER)
    assert outcome.issues == ()
    assert outcome.stored["customers"] == outcome.stored["orders"] == 4
    assert comparison is not None
    assert comparison.largest == ()
    assert comparison.different == {"ogv": 0, "pgv": 0, "rank": 0}
    assert comparison.members == 4


async def test_every_different_figure_is_listed(contexts: ContextFactory, tmp_path: Path) -> None:
    rows = [
        CSV_ROWS[0].replace("272.5,272.5", "300,272.5"),
        CSV_ROWS[1].replace("Inactive,Distributor", "Inactive,Star"),
        *CSV_ROWS[2:],
    ]
    file = report(tmp_path / "all.csv", rows)
    _, comparison = await import_and_compare(contexts, file, OCTOBER)
    assert comparison is not None
    assert comparison.different == {"ogv": 1, "pgv": 0, "rank": 1}
    assert [tuple(difference) for difference in comparison.largest] == [
        (2, 100, "ogv", Decimal(300), Decimal("272.5"), Decimal("-27.5")),
        (3, 101, "rank", Decimal(1), Decimal(0), Decimal(-1)),
    ]
    with comparison.path.open(encoding="utf-8", newline="") as stream:
        assert list(csv.DictReader(stream)) == [
            {"line": "2", "memberid": "100", "figure": "ogv", "file": "300", "ours": "272.5",
             "difference": "-27.5"},
            {"line": "3", "memberid": "101", "figure": "rank", "file": "1", "ours": "0",
             "difference": "-1"},
        ]  # fmt: skip
    again, same = await import_and_compare(contexts, file, OCTOBER, compare_only=True)
    assert (again.rows, same) == (0, comparison)


async def test_what_the_columns_become(planned: Context, tmp_path: Path) -> None:
    await import_accounts(planned, report(tmp_path / "all.csv", CSV_ROWS), OCTOBER)
    people = await planned.session.execute(
        select(
            Customer.customer_id, Customer.customer_type_id, Customer.status_id,
            Customer.first_name, Customer.last_name, Customer.country_code, Customer.email_key,
            Customer.email_opted_out,
        ).order_by(Customer.customer_id)
    )  # fmt: skip
    assert [tuple(row) for row in people] == [
        (100, 2, 1, "ANN", "ABLE", "US", "ann@example.com", False),
        (101, 2, 1, "BO", "BERG", "DE", None, True),
        (102, 3, 1, "", "=CMD", "US", "cy@example.com", False),
        (103, 2, 3, "DEE", "DAY", "US", None, False),  # the household's address is Ann's
    ]
    trees = await planned.session.execute(
        select(Placement.genealogy_id, Placement.customer_id, Placement.parent_id).order_by(
            Placement.genealogy_id, Placement.customer_id
        )
    )
    assert [tuple(row) for row in trees] == [
        (1, 100, None), (1, 101, 100), (1, 102, None), (1, 103, 100),
        (2, 100, None), (2, 101, 100), (2, 102, 101), (2, 103, 100),
    ]  # fmt: skip
    orders = await planned.session.execute(
        select(Order.external_id, Order.ordered_at, Order.order_type_id).order_by(Order.order_id)
    )
    assert {(name, at.isoformat(), kind) for name, at, kind in orders} == {
        ("all-accounts-405-100", "2014-10-03T06:00:00+00:00", 1),
        ("all-accounts-405-101", "2014-10-31T18:00:00+00:00", 1),
        ("all-accounts-405-102", "2014-10-31T18:00:00+00:00", 5),
        ("all-accounts-405-103", "2014-10-31T18:00:00+00:00", 1),
    }
    entries = await planned.session.execute(
        select(VolumeEntry.customer_id, VolumeEntry.period_id, VolumeEntry.pv, VolumeEntry.cv)
    )
    assert {tuple(row) for row in entries} == {
        (100, OCTOBER, 100, 100), (101, OCTOBER, Decimal("52.5"), Decimal("52.5")),
        (102, OCTOBER, 80, 80), (103, OCTOBER, 40, 40),
    }  # fmt: skip
    assert await planned.session.scalar(select(Address.city).where(Address.customer_id == 101)) == (
        "Berlin"
    )


RECORD: dict[str, Any] = {
    "customerid": 100, "enrollerid": 0, "sponsorid": 42, "name": "ABLE & SONS",
    "contactname": "ABLE, ANN", "hasmultibytename": False, "hasmultibytecontactname": False,
    "level": 0, "pv": 52.5, "totalpv": 52.5, "ogv": 132.5, "pgv": 132.5, "pgv2legs": 0,
    "pgv3legs": 0, "pgv4legs": 0, "pgv5legs": 0, "pgv6legs": 0, "lastorderpv": 10.0,
    "futureautoshippv": 0.0, "mainaddress1": "1 Main Street", "mainaddress2": "",
    "maincity": "Lehi", "mainstate": "UT", "mainzip": "84043", "maincountry": "United States",
    "mainphone": "8015550100", "haspvassist": False, "optedoutofemail": True, "rankid": 0,
    "maxrankid": 1, "previousrankid": -1, "isnewmaxrank": False, "activitystatusid": 1,
    "customertype": 2, "signupdate": "5/1/2013 12:27:52 PM", "lastorderdate": "",
    "dateactivated": "5/2/2013", "maincountryid": 840, "avatarimage": "", "showcontactname": True,
    "autoship": {"active": False, "day": 0, "pv": 0, "shipped": False, "status": "none"},
    "email": "", "rankchange": 0, "onhold": False, "holdreason": "",
}  # fmt: skip
CUSTOMER = RECORD | {
    "customerid": 7, "sponsorid": 100, "name": "Cy Coe", "contactname": "", "level": 1, "pv": 80,
    "ogv": 0, "pgv": 0, "rankid": -1, "customertype": 3, "maincountry": "", "maincountryid": 276,
}  # fmt: skip


@pytest.mark.parametrize("wrapped", [True, False])
async def test_json_records_come_in_as_well(
    contexts: ContextFactory, tmp_path: Path, wrapped: bool
) -> None:
    records = [CUSTOMER, RECORD]
    file = tmp_path / "accounts.json"
    page = {"pagination": {"currentpage": 1, "totalpages": 1, "totalrows": 2}}
    file.write_text(json.dumps(page | {"accounts": records} if wrapped else records))
    outcome, comparison = await import_and_compare(contexts, file, OCTOBER)
    assert outcome.issues == ()
    assert comparison is not None
    assert comparison.largest == ()
    async with contexts.open(SYSTEM) as ctx:
        ann = await ctx.session.get_one(Customer, 100)
        assert (ann.company_name, ann.first_name, ann.last_name) == ("ABLE & SONS", "ANN", "ABLE")
        assert ann.email_opted_out
        assert ann.activated_at is not None
        cy = await ctx.session.get_one(Customer, 7)
        assert (cy.customer_type_id, cy.country_code, cy.first_name) == (3, "DE", "Cy")


async def test_a_second_month_brings_only_who_is_new(planned: Context, tmp_path: Path) -> None:
    assert (await import_accounts(planned, report(tmp_path / "all.csv", CSV_ROWS[:2]), OCTOBER)).ok
    await planned.session.execute(
        update(Customer).where(Customer.customer_id == 100).values(first_name="Changed")
    )
    second = await import_accounts(planned, report(tmp_path / "all.csv", CSV_ROWS), OCTOBER + 1)
    assert (second.stored["customers"], second.stored["orders"]) == (2, 4)
    assert (await planned.session.get_one(Customer, 100)).first_name == "Changed"


async def test_a_month_is_imported_once(planned: Context, tmp_path: Path) -> None:
    file = report(tmp_path / "all.csv", CSV_ROWS[:2])
    assert (await import_accounts(planned, file, OCTOBER)).ok
    before = await contents(planned.session)
    again = await import_accounts(planned, file, OCTOBER)
    assert list(again.issues) == [
        Issue(2, "pv", "is in period 405 already"),
        Issue(3, "pv", "is in period 405 already"),
    ]
    assert await contents(planned.session) == before


async def test_bad_rows_are_listed_by_the_names_of_the_file(
    planned: Context, tmp_path: Path
) -> None:
    rows = [
        CSV_ROWS[0],
        CSV_ROWS[1].replace("N,100,100", "N,77,100"),
        CSV_ROWS[2].replace("Jul 1, 2014", "Jul 99, 2014"),
        CSV_ROWS[3].replace(",,US", ",,"),
        CSV_ROWS[3].replace(",40,40,40,", ",4O,40,40,"),
        CSV_ROWS[0].replace("Distributor,Distributor", "Distributor,Emperor"),
    ]
    before = await contents(planned.session)
    outcome = await import_accounts(planned, report(tmp_path / "all.csv", rows), OCTOBER)
    assert list(outcome.issues) == [
        Issue(3, "sponsorid", "“77” is neither in the file nor a customer"),
        Issue(4, "signupdate", "“Jul 99, 2014” is not a date of the calendar"),
        Issue(5, "country", "is missing"),
        Issue(6, "memberid", "is the same as in line 5"),
        Issue(6, "pv", "“4O” is not a number (up to 12 digits, a point, up to four decimals)"),
        Issue(7, "currentrank", "“Emperor” is not a known rank of the plan"),
        Issue(7, "memberid", "is the same as in line 2"),
    ]
    assert await contents(planned.session) == before


async def test_a_dry_run_changes_and_compares_nothing(
    contexts: ContextFactory, tmp_path: Path
) -> None:
    file = report(tmp_path / "all.csv", CSV_ROWS)
    outcome, comparison = await import_and_compare(contexts, file, OCTOBER, dry_run=True)
    assert (outcome.ok, outcome.rows, outcome.stored, comparison) == (True, 4, {}, None)
    async with contexts.open(SYSTEM) as ctx:
        assert await ctx.session.scalar(text("SELECT count(*) FROM customers")) == 0


async def test_only_an_open_month_with_a_plan_can_be_imported(
    ctx: Context, tmp_path: Path, write: Maker
) -> None:
    file = report(tmp_path / "all.csv", CSV_ROWS)
    with pytest.raises(NoPlan):
        await import_accounts(ctx, file, OCTOBER)
    await load_essential(ctx.session)
    with pytest.raises(NotFound):
        await import_accounts(ctx, file, 10_021)
    await import_accounts(ctx, file, OCTOBER)
    await ctx.session.execute(update(Period).where(Period.period_id == OCTOBER).values(status_id=2))
    with pytest.raises(PeriodClosed):
        await import_accounts(ctx, file, OCTOBER)
    with pytest.raises(FileRefused):
        await import_accounts(ctx, tmp_path / "none.csv", OCTOBER + 1)
