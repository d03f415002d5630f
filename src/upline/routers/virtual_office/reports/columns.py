"""The columns of a CSV report, each by the cells it makes of an account, and how they are written.

Text that a spreadsheet would run as a formula is written with a quote mark before it.
"""

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from upline.core.wire import plain
from upline.routers.virtual_office.wire import report_date
from upline.services.organization.accounts import (
    RANK_DOWN,
    RANK_UP,
    Account,
)

FORMULA_STARTS = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
# A record is one line, for readers that split at line ends before they look at quotes.
ONE_LINE = str.maketrans(dict.fromkeys("\r\n\t\v\f\x85\u2028\u2029", " "))
OPTED_OUT = "opted-out"


@dataclass(frozen=True, slots=True)
class Column:
    """`headers` are several where one column id stands for a group, as `address` does."""

    headers: tuple[str, ...]
    cells: Callable[[Account], tuple[str, ...]]


def text(value: str) -> str:
    """A cell of text, neutralised; spaces before a formula do not make it harmless."""
    line = value.translate(ONE_LINE)
    return f"'{line}" if line.lstrip().startswith(FORMULA_STARTS) else line


def _one(name: str, cell: Callable[[Account], str]) -> tuple[str, Column]:
    return name, Column((name,), lambda account: (cell(account),))


def _yes(flag: bool) -> str:
    return "Y" if flag else "N"


def _email(account: Account) -> str:
    return OPTED_OUT if account.opted_out_of_email else text(account.email)


def _rank_change(account: Account) -> str:
    if account.rank_change == RANK_UP:
        return "Up (New)" if account.is_new_max_rank else "Up"
    return "Down" if account.rank_change == RANK_DOWN else ""


def _address(account: Account) -> tuple[str, ...]:
    parts = (
        account.main_address_1,
        account.main_address_2,
        account.main_city,
        account.main_state,
        account.main_zip,
        account.main_country,
    )
    return tuple(map(text, parts))


# Ranks are numbers, as in the records. Scheduled PV is what the autoships of the member will bring,
# forecast PV what the month then comes to.
COLUMNS = dict(
    (
        _one("name", lambda account: text(account.name)),
        _one("level", lambda account: str(account.level)),
        _one("memberid", lambda account: str(account.customer_id)),
        _one("pv", lambda account: plain(account.pv)),
        _one("ogv", lambda account: plain(account.ogv)),
        _one("pgv", lambda account: plain(account.pgv)),
        _one("autoship", lambda account: str(account.autoship.day)),
        _one("hasautoship", lambda account: _yes(account.autoship.active)),
        _one("autoshippv", lambda account: plain(account.autoship.pv)),
        _one("status", lambda account: account.autoship.status),
        _one("email", _email),
        _one("signupdate", lambda account: report_date(account.signup_date)),
        _one("lastorderdate", lambda account: report_date(account.last_order_date)),
        _one("lastorderpv", lambda account: plain(account.last_order_pv)),
        _one("previousrank", lambda account: str(account.previous_rank_id)),
        _one("currentrank", lambda account: str(account.rank_id)),
        _one("highestpaidrank", lambda account: str(account.max_rank_id)),
        _one("rankchange", _rank_change),
        _one("pvassistant", lambda account: _yes(account.has_pv_assist)),
        _one("sponsorid", lambda account: str(account.sponsor_id)),
        _one("enrollerid", lambda account: str(account.enroller_id)),
        _one("forecastpv", lambda account: plain(account.pv + account.future_autoship_pv)),
        _one("scheduledpv", lambda account: plain(account.future_autoship_pv)),
        (
            "address",
            Column(
                ("addressline1", "addressline2", "city", "state", "postalcode", "country"), _address
            ),
        ),
    )
)


def write_header(names: Sequence[str]) -> bytes:
    """The first line."""
    return _write([[header for name in names for header in COLUMNS[name].headers]])


def write_rows(names: Sequence[str], accounts: Iterable[Account]) -> bytes:
    """A line an account."""
    columns = [COLUMNS[name].cells for name in names]
    return _write([cell for cells in columns for cell in cells(account)] for account in accounts)


def _write(rows: Iterable[Sequence[str]]) -> bytes:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerows(rows)
    return buffer.getvalue().encode()
