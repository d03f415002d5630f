"""Names, numbers, dates and paths as this family writes and reads them."""

from datetime import date, datetime
from decimal import Decimal

import pytest

from upline.core.wire import dump_json
from upline.routers.virtual_office import wire


class Sums(wire.SquashedModel):
    one: wire.Volume


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("290.2500", b"290.25"),
        ("100.0000", b"100"),
        ("0", b"0"),
        ("4635.5", b"4635.5"),
        ("999999999999999.9999", b"999999999999999.9999"),
    ],
)
def test_volumes_are_exact_numbers(value: str, expected: bytes) -> None:
    assert dump_json(Sums(one=Decimal(value)).model_dump()) == b'{"one":%s}' % expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("314.3900", "314.39"),
        ("0.0000", "0"),
        ("-0.0000", "0"),
        ("-3.0000", "-3"),
        ("1E+3", "1000"),
    ],
)
def test_amounts_are_short_texts(value: str, expected: str) -> None:
    assert wire.signed_text(Decimal(value)) == expected


def test_level_amounts_read_like_money() -> None:
    assert wire.money_text(Decimal("142.83"), "USD") == "$142.83"
    assert wire.money_text(Decimal("67.4"), "USD") == "$67.40"
    assert wire.money_text(Decimal("1234.5"), "EUR") == "€1,234.50"


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        (datetime.fromisoformat("2013-05-01T12:27:52"), "5/1/2013 12:27:52 PM"),
        (datetime.fromisoformat("2013-11-16T00:05:09"), "11/16/2013 12:05:09 AM"),
        (datetime.fromisoformat("2013-11-16T13:00:00"), "11/16/2013 1:00:00 PM"),
        (datetime.fromisoformat("2013-11-16T11:59:59"), "11/16/2013 11:59:59 AM"),
        (None, ""),
    ],
)
def test_moments_of_details(moment: datetime | None, expected: str) -> None:
    assert wire.detail_moment(moment) == expected


def test_days_of_checks_and_reports() -> None:
    assert wire.check_date(date(2014, 11, 7)) == "11/7/2014"
    assert wire.report_date(datetime.fromisoformat("2015-10-03T09:00")) == "Oct 3, 2015"
    assert wire.check_date(None) == wire.report_date(None) == ""


@pytest.mark.parametrize(
    "path",
    [
        "/vo.dlv.api/downline/detail/user/0",
        "//vo.dlv.api//downline///detail/user/0/",
        "/VO.dlv.API/Downline/DETAIL/User/0//",
    ],
)
def test_paths_collapse(path: str) -> None:
    assert wire.tidy_path(path) == "/vo.dlv.api/downline/detail/user/0"


def test_which_paths_belong_to_the_family() -> None:
    for path in ("/api/accounts/token", "//API//accounts", "/api/shopping/x", "/vo.dlv.api//y"):
        assert wire.handles(path)
    for path in ("/", "/api/v1/auth", "/api/accountsx", "/vo.dlv.apis", "/api"):
        assert not wire.handles(path)
