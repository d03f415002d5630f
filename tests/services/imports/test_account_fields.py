"""The ways in which reports write names, addresses and dates."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upline.services.imports.account_fields import person_name, rank, report_date, report_email
from upline.services.imports.fields import Bad

DATE = report_date("America/Denver", datetime(2016, 1, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    ("cell", "converted"),
    [
        ("Oct 3, 2015", "2015-10-03T00:00:00-06:00"),
        ("October 3, 2015", "2015-10-03T00:00:00-06:00"),
        ("5/1/2013 12:27:52 PM", "2013-05-01T12:27:52-06:00"),
        ("5/1/2013 12:27:52 AM", "2013-05-01T00:27:52-06:00"),
        ("12/1/2013 1:00:00 PM", "2013-12-01T13:00:00-07:00"),
        ("11/17/2014", "2014-11-17T00:00:00-07:00"),
        ("2014-11-17", "2014-11-17T00:00:00-07:00"),
        ("", ""),
    ],
)
def test_report_dates(cell: str, converted: str) -> None:
    assert DATE(cell) == converted


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("Feb 30, 2015", "“Feb 30, 2015” is not a date of the calendar"),
        ("Foo 3, 2015", "“Foo 3, 2015” is not a date of the calendar"),
        ("13/1/2015", "“13/1/2015” is not a date of the calendar"),
        ("5/1/2013 0:27:52 PM", "“5/1/2013 0:27:52 PM” is not a date of the calendar"),
        ("yesterday", "“yesterday” is not a date (YYYY-MM-DD) or an instant"),
        ("Oct 3, 2017", "“2017-10-03T00:00:00-06:00” lies in the future"),
    ],
)
def test_bad_report_dates(cell: str, reason: str) -> None:
    with pytest.raises(Bad) as refused:
        DATE(cell)
    assert str(refused.value) == reason


@given(st.from_regex(r"[0-9]{1,2}/[0-9]{1,2}/[0-9]{4}( [0-9]{1,2}:[0-9]{2}:[0-9]{2} [AP]M)?"))
def test_anything_like_a_date_is_taken_or_refused(cell: str) -> None:
    try:
        converted = DATE(cell)
    except Bad:
        return
    assert datetime.fromisoformat(converted).tzinfo


@pytest.mark.parametrize(
    ("cell", "converted"),
    [
        ("DOE, JANE ANN", "DOE, JANE ANN\tJANE ANN\tDOE"),
        ("Jane Ann Doe", "Jane Ann Doe\tJane Ann\tDoe"),
        ("Prince", "Prince\t\tPrince"),
        ("'=SUM(A1)", "=SUM(A1)\t\t=SUM(A1)"),
        ("", "\t\t"),
    ],
)
def test_names_are_split(cell: str, converted: str) -> None:
    assert person_name(cell) == converted


def test_a_name_too_long_for_its_part_is_refused() -> None:
    with pytest.raises(Bad, match="more than 100 characters"):
        person_name("x" * 101)


def test_opted_out_stands_for_an_address() -> None:
    assert report_email("opted-out") == "\t\tt"
    assert report_email("A@b.co") == "A@b.co\ta@b.co\t"


def test_ranks_go_by_name_or_id() -> None:
    convert = rank({"Senior Star": 2})
    assert [convert(cell) for cell in ("senior star", "2", "Inactive", "-1", "")] == [
        "2", "2", "-1", "-1", "",
    ]  # fmt: skip
    with pytest.raises(Bad, match="“9” is not a known rank of the plan"):
        convert("9")
