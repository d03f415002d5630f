"""How an account is written into a CSV file."""

import csv
import io
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from tests.factories.account import ACCOUNT

from upline.routers.virtual_office.reports.columns import COLUMNS, write_header, write_rows
from upline.services.organization.accounts import Account


def cells(account: Account, *names: str) -> list[str]:
    (row,) = csv.reader(io.StringIO(write_rows(names, [account]).decode()))
    return row


def test_every_column() -> None:
    names = tuple(COLUMNS)
    header = write_header(names).decode().strip().split(",")
    assert dict(zip(header, cells(ACCOUNT, *names), strict=True)) == {
        "name": "COOPER, ANN", "level": "1", "memberid": "7", "pv": "52.5", "ogv": "100",
        "pgv": "0", "autoship": "17", "hasautoship": "Y", "autoshippv": "50",
        "status": "Processed", "email": "ann@example.com", "signupdate": "Oct 3, 2015",
        "lastorderdate": "", "lastorderpv": "10.25", "previousrank": "1", "currentrank": "2",
        "highestpaidrank": "2", "rankchange": "Up (New)", "pvassistant": "N", "sponsorid": "2",
        "enrollerid": "0", "forecastpv": "102.5", "scheduledpv": "50",
        "addressline1": "1 Main Street", "addressline2": "", "city": "Lehi", "state": "UT",
        "postalcode": "84043", "country": "United States",
    }  # fmt: skip


def test_columns_come_in_the_order_asked_for() -> None:
    assert write_header(["address", "pv"]) == (
        b"addressline1,addressline2,city,state,postalcode,country,pv\n"
    )
    assert write_rows(["memberid", "name"], [ACCOUNT, ACCOUNT]) == b'7,"COOPER, ANN"\n' * 2


CHANGES: list[tuple[str, dict[str, Any], str]] = [
    ("rankchange", {"rank_change": 0}, ""),
    ("rankchange", {"rank_change": 1, "is_new_max_rank": False}, "Up"),
    ("rankchange", {"rank_change": 2, "is_new_max_rank": False}, "Down"),
    ("email", {"opted_out_of_email": True, "email": ""}, "opted-out"),
    ("email", {"opted_out_of_email": True}, "opted-out"),
    ("pvassistant", {"has_pv_assist": True}, "Y"),
    ("currentrank", {"rank_id": -1}, "-1"),
    ("pv", {"pv": Decimal("-10.5000")}, "-10.5"),
    ("name", {"name": "=1+1"}, "'=1+1"),
    ("name", {"name": "  @SUM(A1)"}, "'  @SUM(A1)"),
    ("name", {"name": '=HYPERLINK("http://x","y")'}, '\'=HYPERLINK("http://x","y")'),
    ("email", {"email": "+1@example.com"}, "'+1@example.com"),
    ("name", {"name": 'O\'NEIL, "JO"'}, 'O\'NEIL, "JO"'),
]


@pytest.mark.parametrize(("column", "changes", "cell"), CHANGES)
def test_cells(column: str, changes: dict[str, Any], cell: str) -> None:
    assert cells(replace(ACCOUNT, **changes), column) == [cell]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t=", "\r+", "\n-", " \u00a0@", "＝"])
def test_addresses_run_no_formulas(start: str) -> None:
    account = replace(ACCOUNT, main_city=f"{start}cmd|' /C calc'!A0")
    assert cells(account, "address")[2].startswith("'")


def test_a_record_is_one_line() -> None:
    account = replace(ACCOUNT, name="ANN\r\nCOOPER\u2028X")
    assert write_rows(["name"], [account]) == b"ANN  COOPER X\n"
