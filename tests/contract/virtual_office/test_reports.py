"""Reports as the known programs ask for them, and what their figures obey."""

import json
from typing import Any

import pytest
from tests.contract.virtual_office.samples import ACCOUNT, differences
from tests.factories.golden import MEMBER
from tests.factories.office import HOST, LEG, PASSWORD, UPLINE, Office, pack

LOAD = "/vo.dlv.api/reportdata/v2/load"
# What the reading library sends, whole.
PLAIN: dict[str, Any] = {
    "reportid": "all",
    "periodid": 405,
    "sortby": "",
    "sortdesc": 1,
    "pagenumber": 1,
    "filters": [],
    "resultsperpage": 100,
}
REPORTS = ("all", "all-members", "all-retail", "new-members", "near-inactive")


async def post(office: Office, body: Any, member: int = MEMBER, path: str = LOAD) -> Any:
    """The answer to a body, sent as any client sends it."""
    header = {"authtoken": pack(await office.token(member))}
    content = body if isinstance(body, str | bytes) else json.dumps(body)
    return await office.client.post(f"{HOST}{path}", content=content, headers=header)


async def load(office: Office, member: int = MEMBER, **changes: Any) -> Any:
    answer = await post(office, PLAIN | changes, member)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def accounts(office: Office, member: int = MEMBER, **changes: Any) -> list[dict[str, Any]]:
    """Every record of a report, which fits on one page."""
    found = await load(office, member, resultsperpage=1000, **changes)
    assert found["pagination"]["totalpages"] <= 1
    rows: list[dict[str, Any]] = found["accounts"]
    return rows


@pytest.mark.parametrize("report", REPORTS)
async def test_records_stand_in_the_documented_order(office: Office, report: str) -> None:
    for period in (405, 0):
        found = await load(office, UPLINE, reportid=report, periodid=period)
        assert list(found) == ["pagination", "accounts"]
        assert list(found["pagination"]) == ["currentpage", "totalpages", "totalrows"]
        assert all(type(value) is int for value in found["pagination"].values())
        assert differences(found["accounts"], [ACCOUNT]) == []


async def test_the_largest_organizations_come_first_and_the_caller_is_at_level_0(
    office: Office,
) -> None:
    for member in (MEMBER, UPLINE, LEG):
        rows = await accounts(office, member)
        assert rows == sorted(rows, key=lambda row: (-row["ogv"], row["customerid"]))
        assert [row["customerid"] for row in rows if row["level"] == 0] == [member]


async def test_a_library_reads_page_after_page_with_a_token_for_each(office: Office) -> None:
    """It goes on while the page is before the last, logging in anew every time."""
    whole = await accounts(office, UPLINE)
    seen, page = [], 1
    while True:
        login = await office.login(
            memberId=UPLINE, userName=str(UPLINE), email=str(UPLINE), password=PASSWORD,
            token=None, rememberMe=True,
        )  # fmt: skip
        header = {"authtoken": pack(login.json())}
        body = PLAIN | {"pagenumber": page, "resultsperpage": 3}
        answer = (await office.client.post(LOAD, json=body, headers=header)).json()
        seen += answer["accounts"]
        if answer["pagination"]["currentpage"] >= answer["pagination"]["totalpages"]:
            break
        page += 1
    assert seen == whole
    assert page == -(-len(whole) // 3) > 2


async def test_a_tool_loops_until_the_page_is_beyond_the_last(office: Office) -> None:
    page, seen = 1, 0
    while True:
        found = await load(office, UPLINE, pagenumber=page, resultsperpage=7)
        assert found["pagination"]["currentpage"] == page
        if found["pagination"]["currentpage"] > found["pagination"]["totalpages"]:
            break
        seen += len(found["accounts"])
        page += 1
    assert found["accounts"] == []
    assert seen == found["pagination"]["totalrows"] > 7
    far = await load(office, UPLINE, pagenumber=2**53 - 1)
    assert far["pagination"]["currentpage"] == 2**53 - 1
    assert far["accounts"] == []


async def test_an_empty_report_has_no_pages(office: Office) -> None:
    found = await load(office, filters=[{"type": "ogv.greater-or-equal", "value": 10**9}])
    assert found == {
        "pagination": {"currentpage": 1, "totalpages": 0, "totalrows": 0},
        "accounts": [],
    }


async def test_a_proxy_wraps_its_body_and_doubles_slashes(office: Office) -> None:
    plain = await load(office, periodid=405)
    texts = {"pagenumber": "1", "resultsperpage": "100", "sortdesc": "1", "periodid": "405"}
    for body in (
        {"values": PLAIN},
        PLAIN | texts,
        {"values": PLAIN | texts | {"download": "false", "format": None, "reportname": 7}},
        {"reportid": "ALL", "periodid": 405},
        {"reportid": "all", "periodid": 405.0, "filters": None, "sortby": None},
    ):
        answer = await post(office, body, path="//vo.dlv.api//reportdata/v2/load/")
        assert answer.status_code == 200, answer.text
        assert answer.json() == plain
    july = await post(office, {"values": PLAIN | {"periodid": 440}})
    assert july.status_code == 200
    assert july.json()["accounts"]


async def test_a_page_has_at_most_a_thousand_records(office: Office) -> None:
    few = await load(office, UPLINE, resultsperpage=10**6)
    assert few == await load(office, UPLINE, resultsperpage=1000)


FILTERS: list[tuple[str, Any, Any]] = [
    ("level.less-or-equal", 1, lambda row: row["level"] <= 1),
    ("level.equal", "2", lambda row: row["level"] == 2),
    ("LEVEL.Greater-Or-Equal", 2, lambda row: row["level"] >= 2),
    ("rank.equal", 0, lambda row: row["rankid"] == 0),
    ("rank.greater-or-equal", 1, lambda row: row["rankid"] >= 1),
    ("pv.greater-or-equal", "75.25", lambda row: row["pv"] >= 75.25),
    ("pv.less-or-equal", 75.25, lambda row: row["pv"] <= 75.25),
    ("pv.equal", 75.25, lambda row: row["pv"] == 75.25),
    ("ogv.greater-or-equal", 100.00001, lambda row: row["ogv"] >= 100.00001),
    ("pgv.equal", 0.00001, lambda row: False),
]


@pytest.mark.parametrize(("kind", "value", "meets"), FILTERS, ids=[kind for kind, *_ in FILTERS])
async def test_filters_leave_out_the_others(
    office: Office, kind: str, value: Any, meets: Any
) -> None:
    whole = await accounts(office, UPLINE)
    found = await accounts(office, UPLINE, filters=[{"type": kind, "value": value}])
    assert found == [row for row in whole if meets(row)]


async def test_filters_are_joined(office: Office) -> None:
    filters = [
        {"type": "level.less-or-equal", "value": 2},
        {"type": "pv.greater-or-equal", "value": 1},
    ]
    found = await accounts(office, UPLINE, filters=filters)
    whole = await accounts(office, UPLINE)
    assert found == [row for row in whole if row["level"] <= 2 and row["pv"] >= 1]
    assert 0 < len(found) < len(whole)


ORDERS = {
    "memberid": "customerid", "name": "name", "level": "level", "pv": "pv", "totalpv": "totalpv",
    "ogv": "ogv", "pgv": "pgv", "rankid": "rankid", "currentrank": "rankid",
    "highestpaidrank": "maxrankid", "previousrank": "previousrankid",
}  # fmt: skip


@pytest.mark.parametrize("order", [*ORDERS, "signupdate", "lastorderdate"])
async def test_orders_go_both_ways_and_equals_stand_by_number(office: Office, order: str) -> None:
    up = await accounts(office, UPLINE, sortby=order, sortdesc=0)
    down = await accounts(office, UPLINE, sortby=order, sortdesc=1)
    assert sorted(row["customerid"] for row in up) == sorted(row["customerid"] for row in down)
    if order in ORDERS:
        key = ORDERS[order]
        by_number = sorted(up, key=lambda row: row["customerid"])
        assert up == sorted(by_number, key=lambda row: row[key])
        assert down == sorted(by_number, key=lambda row: row[key], reverse=True)


async def test_retail_customers_stand_in_all_and_alone_in_theirs(office: Office) -> None:
    rows = await accounts(office, UPLINE)
    retail = await accounts(office, UPLINE, reportid="all-retail")
    members = await accounts(office, UPLINE, reportid="all-members")
    assert retail == [row for row in rows if row["customertype"] in {1, 3}] != []
    assert members == [row for row in rows if row["customertype"] == 2] != []
    assert {(row["ogv"], row["pgv"], row["rankid"]) for row in retail} == {(0, 0, -1)}


async def test_new_and_nearly_inactive_members(office: Office) -> None:
    rows = await accounts(office, UPLINE, periodid=0)
    near = await accounts(office, UPLINE, reportid="near-inactive", periodid=0)
    members = [row for row in rows if row["customertype"] == 2]
    assert near == [row for row in members if row["rankid"] == -1 < row["previousrankid"]] != []
    whole = await accounts(office, UPLINE, reportid="all-members")
    new = await accounts(office, UPLINE, reportid="new-members")
    assert new == [row for row in whole if row["signupdate"].startswith("Oct ")]
    assert all(row["signupdate"].endswith("2014") for row in new)


async def test_what_the_real_numbers_obey(office: Office) -> None:
    for member in (MEMBER, UPLINE, LEG):
        rows = await accounts(office, member)
        own = {row["customerid"]: row for row in rows}
        assert round(sum(row["pv"] for row in rows), 4) == own[member]["ogv"]
        for row in rows:
            assert row["level"] == 0 or row["level"] == own[row["sponsorid"]]["level"] + 1
            assert row["enrollerid"] == 0 or row["enrollerid"] in own
            legs = [row[f"pgv{number}legs"] for number in range(2, 7)]
            assert legs == sorted(legs, reverse=True)
            assert row["ogv"] >= legs[0]
            if row["rankid"] < 4:
                assert row["pgv"] == row["ogv"]


async def test_months_without_a_run_show_who_was_there(office: Office) -> None:
    figures = ("pv", "ogv", "pgv", "totalpv")
    for period, rank in ((404, -1), (1000, -1)):
        rows = await accounts(office, UPLINE, periodid=period)
        assert [row["customerid"] for row in rows] == sorted(row["customerid"] for row in rows)
        assert {row[name] for row in rows for name in figures} == {0}
        assert {row["rankid"] for row in rows} == {rank}
        assert UPLINE in {row["customerid"] for row in rows}
    assert await accounts(office, UPLINE, periodid=200) == []


BAD: list[Any] = [
    "", "null", "[]", "7", '"all"', "{", "{}", b"\xff", '{"values": 7}', '{"values": {}}',
    '{"reportid": "all", "reportid": "all"}',
    *(
        PLAIN | changes
        for changes in (
            {"reportid": "none"}, {"reportid": 7}, {"reportid": None}, {"reportid": ["all"]},
            {"periodid": "x"}, {"periodid": 10500}, {"periodid": -5}, {"periodid": 10**40},
            {"periodid": 405.5}, {"periodid": {}}, {"sortby": "shoe"}, {"sortby": 7},
            {"sortdesc": "x"}, {"sortdesc": 2}, {"pagenumber": 0}, {"pagenumber": -1},
            {"pagenumber": 2**53}, {"pagenumber": "one"}, {"resultsperpage": 0},
            {"resultsperpage": -1}, {"resultsperpage": 1.5}, {"filters": {}}, {"filters": "level"},
            {"filters": [None]}, {"filters": [{}]}, {"filters": [{"type": "level.equal"}]},
            {"filters": [{"type": "level", "value": 1}]},
            {"filters": [{"type": "shoe.equal", "value": 1}]},
            {"filters": [{"type": "level.like", "value": 1}]},
            {"filters": [{"type": 1, "value": 1}]},
            {"filters": [{"type": "level.equal", "value": "one"}]},
            {"filters": [{"type": "level.equal", "value": "NaN"}]},
            {"filters": [{"type": "level.equal", "value": "Infinity"}]},
            {"filters": [{"type": "pv.equal", "value": 10**30}]},
            {"filters": [{"type": "level.equal", "value": 1}] * 21},
            {"download": "perhaps"}, {"download": "true", "format": "PDF"},
            {"download": "true", "columns": [{"id": "shoe"}]}, {"download": "true", "columns": "x"},
            {"download": "true", "columns": [{}]},
        )
    ),
]  # fmt: skip


@pytest.mark.parametrize("body", BAD, ids=lambda body: str(body)[-60:])
async def test_bad_bodies_are_refused_with_a_message(office: Office, body: Any) -> None:
    answer = await post(office, body)
    assert answer.status_code == 400, answer.text
    assert list(answer.json()) == ["message"]


async def test_strangers_load_nothing(office: Office) -> None:
    for header in ({}, {"authtoken": "undefined"}, {"authtoken": "W29iamVjdCBPYmplY3Rd"}):
        answer = await office.client.post(LOAD, json=PLAIN, headers=header)
        assert answer.status_code == 401
        assert list(answer.json()) == ["message"]
