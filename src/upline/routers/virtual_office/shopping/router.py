"""The public catalogue, Essential Rewards, and paying with PayPal."""

from typing import Annotated

from fastapi import Header, Path, Request
from starlette.responses import Response

from upline.routers.deps import Ctx, get_container
from upline.routers.policies import Authenticated, Public
from upline.routers.virtual_office.auth import caller
from upline.routers.virtual_office.routing import Router
from upline.routers.virtual_office.shopping import schemas as s
from upline.routers.virtual_office.shopping.rewards import EssentialRewards
from upline.routers.virtual_office.shopping.shelf import Shelf
from upline.services.points import rewards

router = Router()

CultureName = Annotated[str, Path(max_length=20, description="A language as spoken: nl-NL.")]
CountryCode = Annotated[str, Path(min_length=2, max_length=3, description="ISO 3166: NL or NLD.")]
CustomerType = Annotated[int, Path(ge=1, le=3, description="1 preferred, 2 distributor, 3 retail.")]


@router.get(
    "/api/shopping/product-catalog/{culture}/{country}/{customertype}",
    policy=Public(),
    response_model=s.Catalogue,
)
async def product_catalog(
    ctx: Ctx,
    request: Request,
    culture: CultureName,
    country: CountryCode,
    customertype: CustomerType,
    if_none_match: Annotated[str | None, Header()] = None,
) -> Response:
    """Public product catalogue: the culture sets the language, the country the prices.

    Prices and points are integers in hundredths. Answers carry an ETag and may be kept a minute.
    """
    shelf: Shelf = request.app.state.shelf
    stored = await shelf.get(ctx, culture, country, customertype)
    return stored.respond(if_none_match)


@router.get(
    "/api/shopping/essential-rewards/info",
    policy=Authenticated(),
    response_model=EssentialRewards,
)
async def essential_rewards(ctx: Ctx, request: Request) -> EssentialRewards:
    """Essential Rewards information: points, consecutive months, stored payments, autoships."""
    found = await rewards.get_rewards(ctx, caller(ctx))
    return EssentialRewards.of(found, get_container(request).ids)
