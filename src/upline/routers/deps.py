"""What endpoints of both families may ask for; the only file here that knows the container.

What FastAPI is to call is `async`, though most of it waits for nothing: it runs all else in a
thread, and going there and back takes longer than a query.
"""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Annotated

from fastapi import Depends, Query, Request
from fastapi.exceptions import RequestValidationError

from upline.bootstrap import Container
from upline.core.context import ANONYMOUS, Context, Principal, PrincipalKind
from upline.core.crypto import FieldCipher
from upline.core.db import see_one_instant
from upline.core.paging import DEFAULT_SIZE, LARGEST_SIZE, LAST_PAGE, Page
from upline.services.auth.sessions import Doorway
from upline.services.commission.statement_document import StatementPrinter


def get_container(request: Request) -> Container:
    """The process's container, which the application that serves this request keeps."""
    container: Container = request.app.state.container
    return container


def get_principal(request: Request) -> Principal:
    """Whoever the family's identity layer found behind the request's token."""
    principal: Principal = getattr(request.state, "principal", ANONYMOUS)
    return principal


def get_peer(request: Request) -> str:
    """The caller's address; empty on transports that have none."""
    return request.client.host if request.client else ""


async def open_context(request: Request) -> AsyncIterator[Context]:
    """One transaction for the request.

    It must be used with scope="function": then it ends, and commits, before the first byte of the
    answer is sent. With the default scope a failed commit would still have answered 200. Reads see
    one instant, however many statements they take: figures of open periods change in place.
    """
    async with get_container(request).context(
        get_principal(request),
        request_id=getattr(request.state, "request_id", ""),
        peer=get_peer(request),
    ) as ctx:
        if request.method == "GET":
            await see_one_instant(ctx.session)
        yield ctx


async def read_page(
    page: Annotated[int, Query(ge=1, le=LAST_PAGE, description="Counts from 1.")] = 1,
    page_size: Annotated[
        int, Query(alias="pageSize", ge=1, le=LARGEST_SIZE, description="Entries a page.")
    ] = DEFAULT_SIZE,
) -> Page:
    """The part of a list the query asks for."""
    return Page(page, page_size)


async def find_subject(
    request: Request,
    customer_id: Annotated[
        int | None,
        Query(
            alias="customerId",
            ge=1,
            le=2**63 - 1,
            description="Whom an application asks about; customers ask about themselves.",
        ),
    ] = None,
) -> int:
    """The customer an operation is about whose path names none: the token's own, or the one an
    application names. Guard it with the policy Self."""
    principal = get_principal(request)
    if principal.kind is PrincipalKind.CUSTOMER and principal.customer_id is not None:
        return principal.customer_id
    if customer_id is None:
        missing = {"type": "missing", "loc": ("query", "customerId"), "msg": "Field required"}
        raise RequestValidationError([missing])
    return customer_id


async def get_doorway(request: Request) -> Doorway:
    """How this process turns proofs into tokens."""
    container = get_container(request)
    lifetime = timedelta(minutes=container.settings.security.token_lifetime_minutes)
    return Doorway(container.guard, container.signer, lifetime)


async def get_fields(request: Request) -> FieldCipher:
    """What seals and opens columns encrypted at rest."""
    return get_container(request).fields


async def get_printer(request: Request) -> StatementPrinter:
    """What makes PDFs of statements."""
    return get_container(request).statements


Ctx = Annotated[Context, Depends(open_context, scope="function")]
Paging = Annotated[Page, Depends(read_page)]
Subject = Annotated[int, Depends(find_subject)]
Entrance = Annotated[Doorway, Depends(get_doorway)]
Sealing = Annotated[FieldCipher, Depends(get_fields)]
Printing = Annotated[StatementPrinter, Depends(get_printer)]
