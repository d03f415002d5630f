"""A controller that exists in tests only: writes, lists and fails the ways real ones will."""

from typing import Annotated

from fastapi import Path
from pydantic import Field
from sqlalchemy import text

from upline.core.context import Scope
from upline.core.paging import Paged
from upline.routers.backoffice.identity import ActingCustomer
from upline.routers.backoffice.routing import Router
from upline.routers.backoffice.wire import (
    Amount,
    BackOfficeModel,
    BackOfficeRequest,
    Id,
    Number,
    OpaqueCustomerId,
    OpaqueOrderId,
)
from upline.routers.deps import Ctx, Paging
from upline.routers.policies import Authenticated, Public, Scoped, Self

router = Router("Other")

TABLES = [
    "CREATE SEQUENCE tries",
    """
CREATE TABLE probes (
    id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL,
    customer_id bigint CONSTRAINT fk_probes_customer REFERENCES customers
        DEFERRABLE INITIALLY DEFERRED
)
""",
]


class Item(BackOfficeRequest):
    product_id: Id
    quantity: Annotated[int, Field(ge=1, le=999)] = 1


class Event(BackOfficeRequest):
    name: Annotated[str, Field(max_length=50)]
    customer_id: Id | None = None
    price: Amount | None = None
    items: list[Item] = []


class Stored(BackOfficeModel):
    event_id: int
    name: str
    customer_id: int | None
    encrypted_customer_id: OpaqueCustomerId | None
    order_id: int = 5
    encrypted_order_id: OpaqueOrderId
    price: Number | None
    items: list[Item] = []


@router.post("/other/events", policy=Authenticated(), response_model=Stored)
async def add(ctx: Ctx, body: Event) -> dict[str, object]:
    """Store an event; a customer that does not exist is noticed at commit only."""
    event_id = await ctx.session.scalar(
        text("INSERT INTO probes (name, customer_id) VALUES (:name, :customer) RETURNING id"),
        {"name": body.name, "customer": body.customer_id},
    )
    return {"event_id": event_id, "order_id": 5, **body.model_dump()}


@router.get("/other/events/category", policy=Public(), response_model=list[int])
async def numbers(page: Paging, max_level: int = 3, search: str = "") -> Paged[int]:
    """A page of 250 numbers."""
    if search == "fail":
        raise ValueError("password=hunter22")
    return Paged(range(250)[page.offset : page.offset + page.limit], 250, page)


@router.get("/other/country", policy=Scoped(Scope.FUNNEL), response_model=int)
async def country() -> int:
    """For public sites."""
    return 1


@router.get("/other/timezones", policy=Authenticated(), response_model=int)
async def collide(ctx: Ctx) -> int:
    """Fails to serialise twice, then succeeds; the sequence survives the rollbacks."""
    tries = int(await ctx.session.scalar(text("SELECT nextval('tries')")) or 0)
    if tries < 3:
        await ctx.session.execute(
            text("DO $$ BEGIN RAISE SQLSTATE '40001' USING MESSAGE = 'collision'; END $$")
        )
    return tries


@router.post("/customer/email/check", policy=Self("customer_id"), response_model=bool)
async def check(customer_id: Id, email: str) -> bool:
    """Has required query parameters."""
    return bool(email)


@router.delete("/lead/delete/{id}", policy=Authenticated())
async def delete(lead_id: Annotated[int, Path(alias="id"), Field(ge=1)]) -> None:
    """Answers nothing."""
    del lead_id


@router.post("/image/remove", policy=Self("customer_id"), response_model=int)
async def remove(customer_id: int) -> int:
    """Takes an opaque id in its query."""
    return customer_id


@router.get("/organization/faststart", policy=Self("customer_id"), response_model=int)
async def fast_start(customer_id: ActingCustomer) -> int:
    """Names no customer in its path."""
    return customer_id
