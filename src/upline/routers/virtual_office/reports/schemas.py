"""What clients send to load a report, in all the shapes they were seen to send it, and what they
get: a page of accounts, or the permission to download."""

from decimal import Decimal
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from upline.core.paging import DEFAULT_SIZE, LARGEST_SIZE, Page
from upline.core.wire import dump_json
from upline.routers.virtual_office.records import AccountRecord, write_record
from upline.routers.virtual_office.reports.columns import COLUMNS
from upline.routers.virtual_office.wire import SquashedModel
from upline.services.reports.definitions import (
    Comparison,
    Definition,
    Filter,
    Measure,
    Order,
    Report,
)
from upline.services.reports.pages import ReportPage

# Clients sort by the names of record fields and of columns alike.
ORDERS = {order.value: order for order in Order} | {
    "": Order.OGV,
    "customerid": Order.MEMBER,
    "contactname": Order.NAME,
    "rankid": Order.RANK,
    "currentrank": Order.RANK,
    "maxrankid": Order.HIGHEST_RANK,
    "highestpaidrank": Order.HIGHEST_RANK,
    "previousrankid": Order.PREVIOUS_RANK,
}
MOST_FILTERS = 20
LARGEST_VALUE = 10**14
# Echoed as it was asked for; beyond this, numbers stop being exact in the clients' own JSON.
LAST_PAGE = 2**53 - 1


def _lower(value: object) -> object:
    return value.strip().lower() if isinstance(value, str) else value


class FilterEntry(BaseModel):
    """`{type: "level.less-or-equal", value: 1}`."""

    type: Annotated[str, BeforeValidator(_lower)]
    value: Annotated[Decimal, Field(ge=-LARGEST_VALUE, le=LARGEST_VALUE)]

    def condition(self) -> Filter:
        measure, _, comparison = self.type.partition(".")
        return Filter(Measure(measure), Comparison(comparison), self.value)

    @model_validator(mode="after")
    def refuse_unknown(self) -> Self:
        """A ValueError of the enumerations is the refusal."""
        self.condition()
        return self


class ColumnEntry(BaseModel):
    """`{id: "memberid"}`."""

    id: Annotated[Literal[tuple(COLUMNS)], BeforeValidator(_lower)]  # type: ignore[valid-type]


class LoadRequest(BaseModel):
    """A report to load. Numbers may be texts; what is null or empty counts as not sent."""

    model_config = ConfigDict(extra="ignore", str_strip_whitespace=True)

    report: Annotated[Report, BeforeValidator(_lower)] = Field(alias="reportid")
    period_id: int = Field(0, alias="periodid")
    sort_by: Annotated[Literal[tuple(ORDERS)], BeforeValidator(_lower)] = Field(  # type: ignore[valid-type]
        "", alias="sortby"
    )
    sort_desc: bool = Field(False, alias="sortdesc")
    page_number: int = Field(1, alias="pagenumber", ge=1, le=LAST_PAGE)
    page_size: int = Field(DEFAULT_SIZE, alias="resultsperpage", ge=1)
    filters: list[FilterEntry] = Field(default_factory=list, max_length=MOST_FILTERS)
    download: bool = False
    format: Annotated[Literal["csv"], BeforeValidator(_lower)] = "csv"
    columns: list[ColumnEntry] = Field(default_factory=list, max_length=4 * len(COLUMNS))

    @model_validator(mode="before")
    @classmethod
    def unwrap(cls, body: Any) -> Any:
        """The whole body may arrive as `{"values": {…}}`."""
        if isinstance(body, dict) and isinstance(body.get("values"), dict):
            body = body["values"]
        if not isinstance(body, dict):
            return body
        return {key: value for key, value in body.items() if value not in (None, "")}

    def definition(self) -> Definition:
        is_default = self.sort_by == ""
        return Definition(
            report=self.report,
            filters=tuple(entry.condition() for entry in self.filters),
            order=ORDERS[self.sort_by],
            descending=is_default or self.sort_desc,
        )

    def page(self) -> Page:
        return Page(self.page_number, min(self.page_size, LARGEST_SIZE))

    def column_ids(self) -> tuple[str, ...]:
        """In the order asked for, each once; all of them when none was."""
        return tuple(dict.fromkeys(entry.id for entry in self.columns)) or tuple(COLUMNS)


class Pagination(SquashedModel):
    """`currentpage` is the page asked for, even beyond the last one: clients count up to that."""

    current_page: int
    total_pages: int
    total_rows: int


class LoadedPage(SquashedModel):
    """A page of a report."""

    pagination: Pagination
    accounts: list[AccountRecord]


def write_page(page: ReportPage) -> bytes:
    """A LoadedPage as JSON."""
    pagination = Pagination(current_page=page.number, total_pages=page.pages, total_rows=page.total)
    return dump_json(
        {
            "pagination": pagination.model_dump(by_alias=True),
            "accounts": [write_record(account) for account in page.accounts],
        }
    )


class LoadedDownload(SquashedModel):
    """A report ready to be downloaded: the guid is the permission, for a quarter of an hour."""

    report_id: str
    guid: str
    period_id: int
    format: str
