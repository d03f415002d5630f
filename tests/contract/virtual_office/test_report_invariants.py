"""What the real numbers obey, on a demo company of six hundred people with months of history."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import httpx2
import pytest
from sqlalchemy import select
from tests.contract.virtual_office.samples import ACCOUNT, differences
from tests.contract.virtual_office.test_reports import LOAD
from tests.database import TestServer
from tests.factories.office import HOST, Office, pack

from upline.bootstrap import Container
from upline.core.clock import FixedClock
from upline.core.context import SYSTEM
from upline.core.db import Database
from upline.demo import company
from upline.models.customer import Customer
from upline.models.placement import Placement
from upline.routers.virtual_office.app import create_virtual_office_app
from upline.services.organization.visibility import Genealogy
from upline.settings import Settings

NOW = datetime(2026, 11, 21, 18, 30, tzinfo=UTC)
CURRENT = 550  # November 2026
SILVER = 4
DISTRIBUTOR = 2
Rows = list[dict[str, Any]]


@pytest.fixture(scope="module")
async def office(
    server: TestServer, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Office]:
    url, clock = server.clone(), FixedClock(NOW)
    database = Database.connect(url, application="upline-tests")
    settings = Settings(demo=True, data_dir=tmp_path_factory.mktemp("demo"))
    async with Container.open(settings, clock=clock, database=database) as container:
        await company.build(container, members=600, months=4)
        app = create_virtual_office_app(container)
        transport = httpx2.ASGITransport(app=app)
        async with httpx2.AsyncClient(transport=transport, base_url=HOST) as client:
            yield Office(container, clock, client)
    await database.dispose()
    server.drop(url)


@pytest.fixture(scope="module")
async def callers(office: Office) -> list[int]:
    """The root and some who stand right below it."""
    async with office.container.context(SYSTEM) as ctx:
        top = (
            select(Placement.customer_id)
            .join(Customer, Customer.customer_id == Placement.customer_id)
            .where(
                Placement.genealogy_id == Genealogy.SPONSOR,
                Placement.valid_to.is_(None),
                Placement.depth <= 1,
                Customer.customer_type_id == DISTRIBUTOR,
            )
        )
        return list(await ctx.session.scalars(top.order_by(Placement.depth).limit(6)))


async def report(office: Office, member: int, period: int, name: str = "all") -> Rows:
    """A whole report, page by page, with the token its first page was asked with."""
    if member not in office.tokens:
        answer = await office.login(memberId=member, password=company.PASSWORD)
        assert answer.status_code == 200, answer.text
        office.tokens[member] = answer.json()
    rows: Rows = []
    page = 0
    while True:
        page += 1
        body = {"reportid": name, "periodid": period, "pagenumber": page, "resultsperpage": 200}
        header = {"authtoken": pack(office.tokens[member])}
        answer = (await office.client.post(f"{HOST}{LOAD}", json=body, headers=header)).json()
        rows += answer["accounts"]
        if page >= answer["pagination"]["totalpages"]:
            assert len(rows) == answer["pagination"]["totalrows"]
            return rows


@pytest.mark.parametrize("period", [CURRENT, CURRENT - 1, CURRENT - 3])
async def test_figures_add_up(office: Office, callers: list[int], period: int) -> None:
    for caller in callers:
        rows = await report(office, caller, period)
        own = {row["customerid"]: row for row in rows}
        assert len(own) == len(rows)
        assert differences(rows, [ACCOUNT]) == []
        volumes = _organization_volumes(rows, caller)
        for row in rows:
            is_retail = row["customertype"] != DISTRIBUTOR
            assert row["ogv"] == (0 if is_retail else pytest.approx(volumes[row["customerid"]]))
            if is_retail:
                assert (row["pgv"], row["rankid"]) == (0, -1)
            elif row["rankid"] < SILVER:
                assert row["pgv"] == row["ogv"]
            assert row["enrollerid"] in {0, *own}
            if row["customerid"] != caller:
                assert row["level"] == own[row["sponsorid"]]["level"] + 1


def _organization_volumes(rows: Rows, caller: int) -> dict[int, float]:
    """PV of everybody and everybody below, summed up from the deepest level."""
    totals = {row["customerid"]: row["pv"] for row in rows}
    for row in sorted(rows, key=lambda row: -row["level"]):
        if row["customerid"] != caller:
            totals[row["sponsorid"]] += totals[row["customerid"]]
    return totals


async def test_volumes_without_legs_leave_out_the_largest(
    office: Office, callers: list[int]
) -> None:
    rows = await report(office, callers[0], CURRENT - 1)
    legs: dict[int, list[float]] = {}
    for row in rows:
        legs.setdefault(row["sponsorid"], []).append(row["ogv"])
    for row in rows:
        if row["customertype"] != DISTRIBUTOR:
            continue
        largest = sorted(legs.get(row["customerid"], []), reverse=True)
        for number in range(2, 7):
            assert row[f"pgv{number}legs"] == pytest.approx(row["ogv"] - sum(largest[:number]))


async def test_reports_are_parts_of_the_whole(office: Office, callers: list[int]) -> None:
    whole = await report(office, callers[0], CURRENT)
    members = await report(office, callers[0], CURRENT, "all-members")
    retail = await report(office, callers[0], CURRENT, "all-retail")
    assert [row for row in whole if row["customertype"] == DISTRIBUTOR] == members
    assert [row for row in whole if row["customertype"] != DISTRIBUTOR] == retail
    for name in ("new-members", "near-inactive"):
        part = await report(office, callers[0], CURRENT, name)
        assert part == [row for row in members if row in part] != []
    new = await report(office, callers[0], CURRENT, "new-members")
    assert new == [row for row in members if row["signupdate"].startswith("Nov ")
                   and row["signupdate"].endswith("2026")]  # fmt: skip


async def test_the_front_line_is_that_of_the_children(office: Office, callers: list[int]) -> None:
    for caller in callers[:3]:
        rows = await report(office, caller, CURRENT - 1)
        header = {"authtoken": pack(office.tokens[caller])}
        path = f"{HOST}/vo.dlv.api/downline/children/user/{CURRENT - 1}"
        children = (await office.client.get(path, headers=header)).json()
        front = [row for row in rows if row["level"] == 1 and row["customertype"] == DISTRIBUTOR]
        assert children["totalchildren"] == len(front)
        for leg, row in zip(children["legs"], front, strict=True):
            leg.pop("chart")
            assert leg == row
