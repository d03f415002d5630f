"""The columns of an all-accounts report, as its CSV download and as its JSON records name them."""

import re
from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from upline.services.imports.fields import (
    Bad,
    Converter,
    Field,
    among,
    choice,
    clean,
    email,
    flag,
    identifier,
    instant,
    moment,
    number,
    remembered,
    required,
    shown,
    text,
)
from upline.services.imports.reference import CUSTOMER_TYPES, STATUSES, Reference

OPTED_OUT = "opted-out"
# Reports put an apostrophe before what a spreadsheet would run as a formula.
NEUTRALISED = ("'=", "'+", "'-", "'@")
WITHOUT_RANK = {"Inactive": -1, "Retail": -1, "Retail customer": -1, "None": -1}
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
# What a report also holds and an import has no use for, or works out itself.
IGNORED = frozenset((
    "hasmultibytename", "hasmultibytecontactname", "totalpv", "pgv2legs", "pgv3legs",
    "pgv4legs", "pgv5legs", "pgv6legs", "lastorderpv", "futureautoshippv", "haspvassist",
    "maxrankid", "previousrankid", "isnewmaxrank", "onhold", "autoship", "autoshippv",
    "hasautoship", "avatarimage", "showcontactname", "rankchange", "previousrank",
    "highestpaidrank", "pvassistant", "forecastpv", "scheduledpv",
))  # fmt: skip

_WORDED = re.compile(r"([A-Za-z]{3})[a-z]* ([0-9]{1,2}), ([0-9]{4})")
_NUMBERED = re.compile(
    r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})(?: ([0-9]{1,2}):([0-9]{2}):([0-9]{2}) ([AP])M)?"
)


def account_fields(reference: Reference) -> tuple[Field, ...]:
    """What a report may hold; the id comes first (see staging.stage)."""
    when = remembered(report_date(reference.zone, reference.latest))
    country = remembered(among(reference.countries, "country"))
    return (
        Field("id", ("customer_id bigint",), required(identifier),
              ("customerid", "memberid"), required=True),
        Field("type", ("customer_type_id smallint",),
              remembered(choice(CUSTOMER_TYPES, "member type")), ("customertype",)),
        Field("name", ("name text", "first_name text", "last_name text"), person_name),
        Field("contact_name", ("contact text", "contact_first text", "contact_last text"),
              person_name),
        Field("level", ("level numeric",), remembered(number)),
        Field("pv", ("pv numeric",), remembered(number), required=True),
        Field("ogv", ("ogv numeric",), number),
        Field("pgv", ("pgv numeric",), number),
        Field("rank", ("rank_id smallint",), remembered(rank(reference.ranks)),
              ("rankid", "currentrank")),
        Field("sponsor", ("sponsor_id bigint",), identifier, ("sponsorid",), required=True),
        Field("enroller", ("enroller_id bigint",), identifier, ("enrollerid",)),
        Field("enrolled", ("enrolled_at timestamptz",), when, ("signupdate",)),
        Field("activated", ("activated_at timestamptz",), when, ("dateactivated",)),
        Field("last_order", ("last_order_at timestamptz",), when, ("lastorderdate",)),
        Field("status", ("status_id smallint",), remembered(choice(STATUSES, "status")),
              ("activitystatusid",)),
        Field("email", ("email text", "email_key text", "email_opted_out boolean"), report_email),
        Field("opted_out", ("opted_out boolean",), remembered(flag), ("optedoutofemail",)),
        Field("phone", ("phone text",), text(32), ("mainphone",)),
        Field("address1", ("address1 text",), text(200), ("addressline1", "mainaddress1")),
        Field("address2", ("address2 text",), text(200), ("addressline2", "mainaddress2")),
        Field("city", ("city text",), text(100), ("maincity",)),
        Field("state", ("state_province text",), remembered(text(100)), ("mainstate",)),
        Field("postal_code", ("postal_code text",), text(20), ("mainzip",)),
        Field("country", ("country_code text",), country, ("maincountry",)),
        Field("country_id", ("other_country_code text",), country, ("maincountryid",)),
        Field("hold_reason", ("hold_reason text",), text(200)),
    )  # fmt: skip


def person_name(cell: str) -> str:
    """The name as it stands, and its first and last part: `LAST, FIRST` or `First Last`."""
    if cell.startswith(NEUTRALISED):
        cell = cell[1:]
    cell = text(200)(cell)
    if ", " in cell:
        last, _, first = cell.partition(", ")
    else:
        first, _, last = cell.rpartition(" ")
    if max(len(first), len(last)) > 100:
        raise Bad("has a part of more than 100 characters")
    return f"{cell}\t{first.strip()}\t{last.strip()}"


def report_email(cell: str) -> str:
    """An address and its key, or the word that stands for one which may not be used."""
    if clean(cell).casefold() == OPTED_OUT:
        return "\t\tt"
    return f"{email(cell)}\t"


def rank(ranks: Mapping[str, int]) -> Converter:
    """A rank's id or name; -1 is no rank."""
    return choice({**WITHOUT_RANK, **ranks}, "rank of the plan")


def report_date(zone: str, latest: datetime) -> Converter:
    """The dates of reports, `Oct 3, 2015` and `5/1/2013 12:27:52 PM`, and ISO ones."""
    iso = instant(zone, latest)
    local = ZoneInfo(zone)

    def convert(cell: str) -> str:
        cell = cell.strip()
        worded, numbered = _WORDED.fullmatch(cell), _NUMBERED.fullmatch(cell)
        try:
            if worded:
                month = MONTHS.index(worded[1].casefold()) + 1
                found = datetime(int(worded[3]), month, int(worded[2]), tzinfo=local)
            elif numbered:
                found = _us_instant(numbered).replace(tzinfo=local)
            else:
                return iso(cell)
        except Bad:
            raise
        except ValueError:
            raise Bad(f"{shown(cell)} is not a date of the calendar") from None
        return moment(found, latest)

    return convert


def _us_instant(match: re.Match[str]) -> datetime:
    month, day, year, hour, minute, second = (int(part or 0) for part in match.groups()[:6])
    if match[7]:
        if not 1 <= hour <= 12:
            raise ValueError("hours on a clock face go from 1 to 12")
        hour = hour % 12 + 12 * (match[7] == "P")
    return datetime(year, month, day, hour, minute, second)  # noqa: DTZ001 - the caller knows where
