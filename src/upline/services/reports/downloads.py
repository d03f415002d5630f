"""Permission to download a loaded report: a random name, good for a while, that carries no token.

The name is 128 random bits and only its digest is stored, so that neither trying nor reading the
table opens anything; unknown, expired and foreign names are one and the same NotFound.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import delete, insert, select

from upline.core.context import Context
from upline.core.errors import NotFound
from upline.core.wire import plain
from upline.models.report import ReportDownload
from upline.services.reports.definitions import (
    Comparison,
    Definition,
    Filter,
    Measure,
    Order,
    Report,
)

LIFETIME = timedelta(minutes=15)
GUID_BYTES = 16
GROUPS = (8, 12, 16, 20)


@dataclass(frozen=True, slots=True)
class Download:
    """What was loaded, by whom; `columns` are for whoever writes the file."""

    viewer_id: int
    period_id: int
    definition: Definition
    columns: tuple[str, ...]


async def create(ctx: Context, download: Download) -> str:
    """Keep `download` for LIFETIME; returns its guid, which is nowhere else."""
    guid = _make_guid()
    definition = download.definition
    stored = {
        "filters": [
            [condition.measure, condition.comparison, plain(condition.value)]
            for condition in definition.filters
        ],
        "order": definition.order,
        "descending": definition.descending,
        "columns": download.columns,
    }
    await ctx.session.execute(
        insert(ReportDownload).values(
            guid_digest=digest(guid),
            customer_id=download.viewer_id,
            period_id=download.period_id,
            report=definition.report,
            definition=stored,
            expires_at=ctx.now + LIFETIME,
        )
    )
    return guid


async def get(ctx: Context, report: str, guid: str) -> Download:
    """The download behind a guid; raises NotFound, at the cost of one look, for anything else."""
    query = select(
        ReportDownload.customer_id,
        ReportDownload.period_id,
        ReportDownload.report,
        ReportDownload.definition,
    ).where(
        ReportDownload.guid_digest == digest(guid),
        ReportDownload.report == report,
        ReportDownload.expires_at > ctx.now,
    )
    row = (await ctx.session.execute(query)).one_or_none()
    if row is None:
        raise NotFound
    stored: dict[str, Any] = row.definition
    return Download(
        viewer_id=row.customer_id,
        period_id=row.period_id,
        definition=Definition(
            report=Report(row.report),
            filters=tuple(
                Filter(Measure(measure), Comparison(comparison), Decimal(value))
                for measure, comparison, value in stored["filters"]
            ),
            order=Order(stored["order"]),
            descending=stored["descending"],
        ),
        columns=tuple(stored["columns"]),
    )


async def purge(ctx: Context) -> None:
    """Forget downloads that have expired."""
    await ctx.session.execute(delete(ReportDownload).where(ReportDownload.expires_at <= ctx.now))


def _make_guid() -> str:
    text = secrets.token_hex(GUID_BYTES)
    return "-".join(text[start:end] for start, end in zip((0, *GROUPS), (*GROUPS, 32), strict=True))


def digest(guid: str) -> bytes:
    """What is stored of a guid."""
    return hashlib.sha256(guid.lower().encode("utf-8", "replace")).digest()
