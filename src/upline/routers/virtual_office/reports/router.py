"""Reports: the most used operations of the family."""

from collections.abc import AsyncIterator

from fastapi import Request
from fastapi.responses import Response, StreamingResponse

from upline.core.context import ANONYMOUS, Context, ContextFactory
from upline.core.errors import FieldInvalid, NotFound
from upline.routers.deps import Ctx, get_container
from upline.routers.policies import Authenticated, Public
from upline.routers.virtual_office.auth import caller
from upline.routers.virtual_office.reports import columns
from upline.routers.virtual_office.reports import schemas as s
from upline.routers.virtual_office.reports.titles import content_disposition
from upline.routers.virtual_office.routing import JSON, Router
from upline.services.period.queries import resolve_month
from upline.services.reports import downloads, export, pages
from upline.services.reports.downloads import Download
from upline.services.reports.listings import Listing, Listings

router = Router()
CSV = "text/csv; charset=utf-8"
HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
DOWNLOADS_A_GUID = "10/15 minutes"


@router.post(
    "/vo.dlv.api/reportdata/v2/load",
    policy=Authenticated(),
    response_model=s.LoadedPage | s.LoadedDownload,
)
async def load_report(
    ctx: Ctx, request: Request, body: s.LoadRequest
) -> Response | s.LoadedDownload:
    """Load a downline report, as JSON pages or as a CSV download."""
    period_id = _resolve(ctx, body.period_id)
    if body.download:
        return await _prepare_download(ctx, period_id, body)
    listings, viewer_id, definition = get_listings(request), caller(ctx), body.definition()
    found = await pages.get_page(ctx, listings, viewer_id, period_id, definition, body.page())
    return Response(s.write_page(found), media_type=JSON)


@router.get(
    "/vo.dlv.api/reports/download/{title}/{reportid}/{guid}/1/{culture}",
    policy=Public(),
    response_model=None,
)
async def download_report(
    ctx: Ctx, request: Request, reportid: str, guid: str
) -> StreamingResponse:
    """Download a loaded report as CSV (the guid is the permission)."""
    download = await downloads.get(ctx, reportid, guid)
    contexts, limiter = get_container(request).contexts, get_container(request).limiter
    # A guid needs no token: who has one may use it again, but not to keep the server busy.
    await limiter.hit(DOWNLOADS_A_GUID, f"download:{guid}")
    listing = await export.get_listing(ctx, get_listings(request), download)
    headers = HEADERS | {"Content-Disposition": content_disposition(request.scope["raw_path"])}
    return StreamingResponse(_lines(contexts, download, listing), headers=headers, media_type=CSV)


def get_listings(request: Request) -> Listings:
    """What the application that serves this request remembers of reports."""
    listings: Listings = request.app.state.listings
    return listings


def _resolve(ctx: Context, period_id: int) -> int:
    """A month out of a body: one that does not exist is a bad body, and no missing page."""
    try:
        return resolve_month(ctx, period_id)
    except NotFound as error:
        raise FieldInvalid("periodid", "The request is invalid: periodid.") from error


async def _prepare_download(ctx: Context, period_id: int, body: s.LoadRequest) -> s.LoadedDownload:
    download = Download(caller(ctx), period_id, body.definition(), body.column_ids())
    guid = await downloads.create(ctx, download)
    return s.LoadedDownload(
        report_id=body.report, guid=guid, period_id=period_id, format=body.format.upper()
    )


async def _lines(
    contexts: ContextFactory, download: Download, listing: Listing
) -> AsyncIterator[bytes]:
    yield columns.write_header(download.columns)
    async for accounts in export.read(contexts, ANONYMOUS, download, listing):
        yield columns.write_rows(download.columns, accounts)
