"""How this family writes names, numbers and dates, and how it reads paths.

Names are squashed (`customerid`) under /vo.dlv.api and camelCase (`memberId`) under /api. Volumes
are JSON numbers, amounts the texts of the published samples, moments the company's local time.
"""

import re
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated

from babel.numbers import format_currency
from fastapi import Path
from pydantic import AliasGenerator, BaseModel, ConfigDict, PlainSerializer, WithJsonSchema
from pydantic.alias_generators import to_camel
from starlette.types import ASGIApp, Receive, Scope, Send

from upline.core.wire import plain

PREFIXES = ("/api/accounts", "/api/shopping", "/vo.dlv.api")

# Not where a download's title begins, which may be empty.
_SLASHES = re.compile(r"(?<!/reports/download)/{2,}", re.IGNORECASE)


def squash(name: str) -> str:
    """`pgv_2_legs` → `pgv2legs`."""
    return name.replace("_", "")


class SquashedModel(BaseModel):
    """An answer under /vo.dlv.api; fields stand in the documented order."""

    model_config = ConfigDict(
        alias_generator=AliasGenerator(serialization_alias=squash), from_attributes=True
    )


class CamelModel(BaseModel):
    """A body or answer under /api; keys a client adds are ignored."""

    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, from_attributes=True, extra="ignore"
    )


def signed_text(value: Decimal) -> str:
    """An amount as text, no longer than needed: 314.39, 0, -3."""
    return plain(value) if value else "0"


def money_text(value: Decimal, currency: str) -> str:
    """An amount as people write it: $142.83."""
    return str(format_currency(value, currency, locale="en_US"))


def detail_moment(moment: datetime | None) -> str:
    """5/1/2013 12:27:52 PM; nothing where there is none."""
    if moment is None:
        return ""
    clock = f"{(moment.hour + 11) % 12 + 1}:{moment:%M:%S} {'AM' if moment.hour < 12 else 'PM'}"
    return f"{check_date(moment)} {clock}"


def check_date(day: date | None) -> str:
    """11/17/2014."""
    return "" if day is None else f"{day.month}/{day.day}/{day.year}"


def report_date(day: date | None) -> str:
    """Oct 3, 2015; the names of months must not follow the server's locale."""
    return "" if day is None else f"{_MONTHS[day.month - 1]} {day.day}, {day.year}"


_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

# Written by core.wire as the exact number, without a point where there is nothing behind it.
Volume = Annotated[Decimal, WithJsonSchema({"type": "number"})]
AmountText = Annotated[Decimal, PlainSerializer(signed_text, return_type=str)]
DetailMoment = Annotated[datetime | None, PlainSerializer(detail_moment, return_type=str)]
CheckDate = Annotated[date | None, PlainSerializer(check_date, return_type=str)]
ReportDate = Annotated[datetime | None, PlainSerializer(report_date, return_type=str)]

# Refused before the database is asked for numbers that its columns cannot hold.
MemberId = Annotated[int, Path(ge=1, le=2**63 - 1, description="A member's number.")]
PeriodId = Annotated[int, Path(description="A month; 0 is the current one.")]
LevelNumber = Annotated[int, Path(ge=1, le=2**15 - 1, description="Counts from 1.")]


def handles(path: str) -> bool:
    """Whether a request for `path` belongs to this family, however it is written."""
    tidy = tidy_path(path)
    return any(tidy == prefix or tidy.startswith(f"{prefix}/") for prefix in PREFIXES)


def tidy_path(path: str) -> str:
    """`//VO.dlv.api//downline/` → `/vo.dlv.api/downline`; no parameter here cares about case."""
    # Patterns of routes end at a line end, which a title may hold.
    return _SLASHES.sub("/", f"/{path}".replace("\n", " ")).rstrip("/").lower()


class TidyRequests:
    """Rewrites paths instead of redirecting, since clients do not repeat a POST; any body is JSON,
    whatever its content type says."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            headers = [pair for pair in scope["headers"] if pair[0] != b"content-type"]
            headers.append((b"content-type", b"application/json"))
            scope = {**scope, "path": tidy_path(scope["path"]), "headers": headers}
        await self._app(scope, receive, send)
