"""What may be asked of an organization: filters of its lists, changes of its trees."""

import re
from datetime import date
from typing import Annotated

from pydantic import BeforeValidator, Field

from upline.core.paging import LARGEST_SIZE, LAST_PAGE
from upline.routers.backoffice.wire import BackOfficeRequest, Id
from upline.services.organization import sorts

MaxLevel = Annotated[int, Field(ge=1, le=2**31 - 1)]
Code = Annotated[int, Field(ge=-1, le=2**15 - 1)]
Text = Annotated[str, Field(max_length=100)]
Sort = Annotated[str, Field(pattern=rf"(?i)^(-?({'|'.join(sorts.SORTS)}))?$")]
Codes = Annotated[list[Code], Field(max_length=100)]


def written_day(value: object) -> object:
    """Refuses what Pydantic would take for seconds since 1970."""
    if value is None or (isinstance(value, str) and re.match(r"\d{4}-\d\d-\d\d", value)):
        return value
    raise ValueError("A day is written like 2026-11-17.")


Day = Annotated[
    date, BeforeValidator(written_day), Field(ge=date(1900, 1, 1), le=date(2199, 12, 31))
]


class BinaryFilter(BackOfficeRequest):
    """Whom of a binary downline; what is null or missing is not asked for."""

    position_id: Annotated[int, Field(ge=1, le=2)] | None = None
    max_level: MaxLevel | None = None
    search: Text | None = None
    rank_ids: Codes | None = None
    status_ids: Codes | None = None
    enrolled_from: Day | None = None
    enrolled_to: Day | None = None
    page: Annotated[int, Field(ge=1, le=LAST_PAGE)] | None = None
    page_size: Annotated[int, Field(ge=1, le=LARGEST_SIZE)] | None = None
    sort: Sort | None = None


class SponsorUpdate(BackOfficeRequest):
    """Who is to stand under whom."""

    customer_id: Id
    new_sponsor_id: Id
