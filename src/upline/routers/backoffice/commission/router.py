"""Commission: a member's statements. Nobody above a member reads their earnings."""

from fastapi import Response

from upline.core.paging import Paged
from upline.routers.backoffice.commission import schemas as s
from upline.routers.backoffice.routing import Router
from upline.routers.deps import Ctx, Paging, Printing
from upline.routers.policies import Self
from upline.services.commission import queries
from upline.services.commission.queries import DetailedStatement, Statement

router = Router("Commission")


class Pdf(Response):
    """A document to be shown or kept."""

    media_type = "application/pdf"


@router.get(
    "/commission/{EncryptedCustomerId}",
    policy=Self("customer_id"),
    response_model=list[s.Statement],
)
async def list_statements(ctx: Ctx, customer_id: int, page: Paging) -> Paged[Statement]:
    """Get Commission list by customerid.

    Every period with earnings, newest first, with what each bonus paid.
    """
    return await queries.list_statements(ctx, customer_id, page)


@router.get(
    "/commission/{EncryptedCustomerId}/{PeriodId}",
    policy=Self("customer_id"),
    response_model=s.DetailedStatement,
)
async def get_statement(
    ctx: Ctx, customer_id: int, period_id: int, page: Paging
) -> DetailedStatement:
    """Get commission history of customer id.

    The period's statement: bonuses, fees and corrections, carry-over, the rank it was paid at and
    every line with its explanation. `page` and `pageSize` choose among the LineCount lines. Period
    0 is the current month.
    """
    return await queries.get_statement(ctx, customer_id, period_id, page)


@router.get(
    "/commission/{EncryptedCustomerId}/{PeriodId}/statement.pdf",
    policy=Self("customer_id"),
    response_model=Pdf,
)
async def print_statement(ctx: Ctx, printer: Printing, customer_id: int, period_id: int) -> Pdf:
    """The period's statement as a PDF, with the same figures. Period 0 is the current month."""
    document = await printer.get(ctx, customer_id, period_id)
    headers = {
        "Content-Disposition": f'inline; filename="{document.name}"',
        "Cache-Control": "private, no-store",
    }
    return Pdf(document.content, headers=headers)
