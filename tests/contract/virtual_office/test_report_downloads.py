"""Downloads as the known programs make them: loaded with a token, fetched without one."""

import csv
import io
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import httpx2
import pytest
from sqlalchemy import select, update
from tests.contract.virtual_office.test_reports import LOAD, accounts, post
from tests.factories.golden import MEMBER
from tests.factories.office import HOST, LEG, UPLINE, Office

from upline.core.context import SYSTEM
from upline.models.customer import Customer
from upline.models.report import ReportDownload
from upline.services.reports import downloads

COLUMNS = [
    "name", "level", "memberid", "pv", "ogv", "pgv", "autoship", "email", "signupdate",
    "lastorderdate", "previousrank", "pvassistant", "status", "forecastpv", "currentrank",
    "lastorderpv", "sponsorid", "hasautoship", "autoshippv", "enrollerid", "highestpaidrank",
    "rankchange", "scheduledpv", "address",
]  # fmt: skip
ADDRESS = ["addressline1", "addressline2", "city", "state", "postalcode", "country"]


async def prepare(office: Office, member: int = UPLINE, **changes: Any) -> dict[str, Any]:
    """Load a report to be downloaded, wrapped as the proxy sends it."""
    body = {
        "reportid": "all",
        "periodid": 405,
        "sortby": "",
        "sortdesc": 1,
        "pagenumber": 1,
        "download": "true",
        "format": "CSV",
        "reportname": "My People",
        "columns": [{"id": name} for name in COLUMNS],
    }
    answer = await post(office, {"values": body | changes}, member, f"/{LOAD}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def fetch(
    office: Office, loaded: dict[str, Any], title: str = "My%20People"
) -> httpx2.Response:
    """As anybody who knows the guid does: no token."""
    path = f"/vo.dlv.api/reports/download/{title}/{loaded['reportid']}/{loaded['guid']}/1/en-US"
    return await office.client.get(f"{HOST}{path}")


async def read(office: Office, loaded: dict[str, Any]) -> list[dict[str, str]]:
    answer = await fetch(office, loaded)
    assert answer.status_code == 200, answer.text
    return list(csv.DictReader(io.StringIO(answer.text)))


async def test_a_proxy_loads_with_a_token_and_downloads_without(office: Office) -> None:
    loaded = await prepare(office)
    assert loaded["reportid"] == "all"
    answer = await fetch(office, loaded)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"].startswith('attachment; filename="My People.csv"')
    header = answer.text.split("\n")[0].split(",")
    assert header == [*COLUMNS[:-1], *ADDRESS]
    records = await accounts(office, UPLINE)
    lines = await read(office, loaded)
    assert [int(line["memberid"]) for line in lines] == [row["customerid"] for row in records]
    for line, row in zip(lines, records, strict=True):
        assert line["name"] == row["name"]
        assert [float(line[name]) for name in ("pv", "ogv", "pgv", "lastorderpv")] == [
            row["pv"], row["ogv"], row["pgv"], row["lastorderpv"]
        ]  # fmt: skip
        assert int(line["currentrank"]) == row["rankid"]
        assert line["signupdate"] == row["signupdate"]
        assert line["city"] == row["maincity"]
        assert not any(line[name].endswith((".0", ".00")) for name in ("pv", "ogv", "pgv"))


async def test_two_columns_of_one_report(office: Office) -> None:
    columns = [{"id": "MemberId"}, {"id": "name"}, {"id": "memberid"}]
    loaded = await prepare(office, reportid="all-retail", columns=columns)
    answer = await fetch(office, loaded, "Retail%20Customers")
    assert answer.text.startswith("memberid,name\n")
    retail = await accounts(office, UPLINE, reportid="all-retail")
    assert [int(line["memberid"]) for line in await read(office, loaded)] == [
        row["customerid"] for row in retail
    ]


async def test_a_download_is_bound_to_what_was_loaded(office: Office) -> None:
    filters = [{"type": "level.less-or-equal", "value": 1}]
    loaded = await prepare(office, LEG, filters=filters, sortby="pv", sortdesc=0)
    records = await accounts(office, LEG, filters=filters, sortby="pv", sortdesc=0)
    assert [int(line["memberid"]) for line in await read(office, loaded)] == [
        row["customerid"] for row in records
    ]


TITLES = [
    "x", "", "My%20People", "A%2FB", "a/b/c", "//", "%25", "100%25%20sure", quote("年度 报告"),
    "%00", "..%2f..", "%0d%0aSet-Cookie:%20a", "r" * 2000, "%FF", "all/0123/1/en-US",
]  # fmt: skip


@pytest.mark.parametrize("title", TITLES, ids=range(len(TITLES)))
async def test_any_title_will_do(office: Office, title: str) -> None:
    loaded = await prepare(office, columns=[{"id": "memberid"}])
    answer = await fetch(office, loaded, title)
    assert answer.status_code == 200
    assert "set-cookie" not in answer.headers


async def test_guids_are_long_random_and_never_the_same(office: Office) -> None:
    guids = {(await prepare(office))["guid"] for _ in range(5)}
    assert len(guids) == 5
    for guid in guids:
        assert [len(part) for part in guid.split("-")] == [8, 4, 4, 4, 12]
        int(guid.replace("-", ""), 16)
    async with office.container.context(SYSTEM) as ctx:
        stored = (await ctx.session.execute(select(ReportDownload))).scalars().all()
    assert not any(guid in str(vars(row)) for guid in guids for row in stored)


async def test_wrong_and_expired_guids_look_like_no_path_at_all(office: Office) -> None:
    loaded = await prepare(office)
    expired = await prepare(office)
    async with office.container.context(SYSTEM) as ctx:
        await ctx.session.execute(
            update(ReportDownload)
            .where(ReportDownload.guid_digest == downloads.digest(expired["guid"]))
            .values(expires_at=ctx.now)
        )
    wrong = [
        loaded | {"guid": "0" * 32},
        loaded | {"guid": "x"},
        loaded | {"guid": "%00"},
        loaded | {"guid": "undefined"},
        loaded | {"reportid": "all-retail"},
        loaded | {"reportid": "undefined"},
        expired,
    ]
    answers = [await fetch(office, entry) for entry in wrong]
    nowhere = await office.client.get(f"{HOST}/vo.dlv.api/reports/nowhere")
    assert {answer.status_code for answer in (*answers, nowhere)} == {404}
    assert {answer.content for answer in (*answers, nowhere)} == {nowhere.content}
    assert (await fetch(office, loaded)).status_code == 200


async def test_expired_downloads_are_forgotten(office: Office) -> None:
    loaded = await prepare(office)
    async with office.container.context(SYSTEM) as ctx:
        await ctx.session.execute(
            update(ReportDownload)
            .where(ReportDownload.guid_digest == downloads.digest(loaded["guid"]))
            .values(expires_at=ctx.now - timedelta(seconds=1))
        )
        await downloads.purge(ctx)
        left = await ctx.session.scalars(select(ReportDownload.guid_digest))
        assert downloads.digest(loaded["guid"]) not in set(left)


async def test_one_guid_does_not_keep_the_server_busy(office: Office) -> None:
    loaded = await prepare(office)
    statuses = [(await fetch(office, loaded)).status_code for _ in range(11)]
    assert statuses == [200] * 10 + [429]


async def test_opted_out_members_are_called_so(office: Office) -> None:
    async with office.container.context(SYSTEM) as ctx:
        await ctx.session.execute(
            update(Customer).where(Customer.customer_id == LEG).values(email_opted_out=True)
        )
    try:
        loaded = await prepare(office)
        lines = {int(line["memberid"]): line for line in await read(office, loaded)}
        assert lines[LEG]["email"] == "opted-out"
        assert lines[MEMBER]["email"] not in {"", "opted-out"}
    finally:
        async with office.container.context(SYSTEM) as ctx:
            await ctx.session.execute(
                update(Customer).where(Customer.customer_id == LEG).values(email_opted_out=False)
            )


async def test_files_longer_than_a_batch_are_whole(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("upline.services.reports.export.BATCH", 4)
    loaded = await prepare(office)
    lines = await read(office, loaded)
    records = await accounts(office, UPLINE)
    assert [int(line["memberid"]) for line in lines] == [row["customerid"] for row in records]
    assert len(lines) > 8
